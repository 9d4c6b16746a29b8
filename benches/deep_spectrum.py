"""``python -m benches.deep_spectrum DATA WEIGHTS``: ESC-10's official folds by dslite.DeepSpectrum, the
network frozen, and a linear model on top."""

import sys
from pathlib import Path

import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import LeaveOneGroupOut, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

import dslite


def main(data: Path, weights: Path) -> None:
    """Print the mean and the deviation over the folds of the accuracy per file, in percent."""
    table = pd.read_csv(data / "labels.csv")
    paths = [data / "audio" / name for name in table["filename"]]
    # The network does not learn, so its features are the same in every fold.
    features = dslite.DeepSpectrum("mobilenet_v2", weights).transform(paths)
    for top in (LogisticRegression(max_iter=5000), LinearSVC(C=0.01, max_iter=20000)):
        scores = 100 * cross_val_score(
            make_pipeline(StandardScaler(), top), features, table["label"],
            groups=table["fold"], cv=LeaveOneGroupOut(),
        )  # fmt: skip
        print(f"{type(top).__name__}: {scores.mean():.1f} ± {scores.std():.1f}", scores.round(1).tolist())
    # Once without the shortcut: the whole pipeline, tested on fold 5.
    held_out = (table["fold"] == 5).to_numpy()
    model = make_pipeline(dslite.DeepSpectrum("mobilenet_v2", weights), StandardScaler(), LinearSVC(C=0.01))
    files = pd.Series(paths)
    model.fit(files[~held_out], table["label"][~held_out])
    print(f"fold 5 by one pipeline: {100 * model.score(files[held_out], table['label'][held_out]):.1f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
