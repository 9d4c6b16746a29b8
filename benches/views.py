"""What several pictures of one recording are worth: ``python -m benches.views DATA WEIGHTS PRESET``.

DATA has labels.csv (filename, label, fold) and the recordings in audio/ or wav/. On features of MobileNetV2,
frozen, under a linear model, whose strength inner folds choose: one picture; the mean answer of six recipes;
more chunks of one recipe; a student that has one picture and learns what the six say. Differences are paired
over the files.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.linear_model import LogisticRegression

import dslite
from dslite.training.metrics.paired import compare
from dslite.training.metrics.predictions import Answers
from dslite.training.task import CLASSES

Array = npt.NDArray[np.float64]
STRENGTHS = (1e-4, 1e-3, 1e-2)
#: How much of the student's target is the teacher's answer, the rest the label.
SHARES = (0.5, 1.0)


def recipes(base: dslite.Recipe) -> dict[str, dslite.Recipe]:
    """The base and five others that see the same sound otherwise."""
    stft = base.stft
    return {
        "base": base,
        "gray": base.replace(picture={"colormap": "gray"}),
        "short windows": base.replace(stft={"window_seconds": stft.window_seconds / 2}),
        "long windows": base.replace(
            stft=dict.fromkeys(("window_seconds", "fft_seconds"), 2 * stft.fft_seconds)
        ),
        "linear": base.replace(mel={"bands": 0}),
        "pcen": base.replace(scale={"kind": "pcen", "top_db": 0.0}),
        "four times the chunks": base.replace(chunk={"hop_seconds": base.chunk.hop_seconds / 4}),
    }


def fit_predict(train: Array, targets: Array, test: Array, strength: float) -> Array:
    """Multinomial regression on rows of probabilities: each row counts for every class by its share."""
    mean, deviation = train.mean(axis=0), np.maximum(train.std(axis=0), 1e-6)
    train, test = (train - mean) / deviation, (test - mean) / deviation
    # The solution lies in the span of the rows: in its coordinates it is the same, and found faster.
    basis = np.linalg.svd(train, full_matrices=False)[2].T
    rows, classes = np.nonzero(targets > 1e-3)
    model = LogisticRegression(C=strength, max_iter=300)
    model.fit((train @ basis)[rows], classes, sample_weight=targets[rows, classes])
    found: Array = model.predict_proba(test @ basis)
    return found


def out_of_fold(features: Array, targets: Array, folds: npt.NDArray[np.int_], strength: float) -> Array:
    """What is said of each file by a model of the other folds."""
    said = np.zeros_like(targets)
    for fold in np.unique(folds):
        held = folds == fold
        said[held] = fit_predict(features[~held], targets[~held], features[held], strength)
    return said


def recall(said: Array, truth: npt.NDArray[np.intp]) -> float:
    """UAR."""
    right = said.argmax(axis=1) == truth
    return float(np.mean([right[truth == label].mean() for label in np.unique(truth)]))


def nested(
    views: dict[str, Array], truth: npt.NDArray[np.intp], folds: npt.NDArray[np.int_]
) -> dict[str, Array]:
    """Every way's answers for every file; all that is chosen is chosen within the other folds."""
    labels = np.eye(truth.max() + 1)[truth]
    chunks = views.pop("four times the chunks")
    said: dict[str, Array] = {
        name: np.zeros_like(labels) for name in (*views, "mean of six", "chunks", "student")
    }
    for fold in np.unique(folds):
        held = folds == fold
        inner, y = folds[~held], labels[~held]
        within = [out_of_fold(views["base"][~held], y, inner, strength) for strength in STRENGTHS]
        strength = STRENGTHS[int(np.argmax([recall(one, truth[~held]) for one in within]))]
        teacher = np.mean([out_of_fold(x[~held], y, inner, strength) for x in views.values()], axis=0)
        for name, x in views.items():
            said[name][held] = fit_predict(x[~held], y, x[held], strength)
        said["mean of six"][held] = np.mean([said[name][held] for name in views], axis=0)
        said["chunks"][held] = fit_predict(chunks[~held], y, chunks[held], strength)
        mixed = [share * teacher + (1 - share) * y for share in SHARES]
        base = views["base"]
        tried = [recall(out_of_fold(base[~held], one, inner, strength), truth[~held]) for one in mixed]
        said["student"][held] = fit_predict(base[~held], mixed[int(np.argmax(tried))], base[held], strength)
    return said


def main(data: Path, weights: Path, preset: str) -> None:
    """Print a line for every way: accuracy and UAR, and what they differ from one picture's."""
    table = pd.read_csv(data / "labels.csv")
    (audio,) = (folder for folder in (data / "audio", data / "wav") if folder.is_dir())
    paths = [audio / name for name in table["filename"]]
    made = recipes(dslite.Recipe.preset(preset))
    views = {
        name: np.asarray(
            dslite.DeepSpectrum("mobilenet_v2", weights, recipe=one).transform(paths), np.float64
        )
        for name, one in made.items()
    }
    classes, truth = np.unique(table["label"], return_inverse=True)
    said = nested(views, truth, table["fold"].to_numpy())
    everyone = np.arange(len(truth))
    answers = {
        name: Answers.of_files(
            CLASSES, list(classes), list(table["filename"]), everyone, truth, scores.astype(np.float32),
            np.zeros((len(truth), 2)),
        )
        for name, scores in said.items()
    }  # fmt: skip
    for name, one in answers.items():
        measures = one.measure().to_json()
        text = f"{name:16} accuracy {100 * measures['accuracy']:.1f}, UAR {100 * measures['uar']:.1f}"
        if name != "base":
            found = compare([answers["base"]], [one]).measures
            for key in ("accuracy", "uar"):
                difference = found[key].difference
                low, high = difference.interval() or (0.0, 0.0)
                text += f"; {key} {100 * difference.value:+.1f} [{100 * low:+.1f}, {100 * high:+.1f}]"
        print(text, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
