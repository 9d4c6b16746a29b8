"""``dslite figures``: every figure in every format, and numbers in them that others compute alike."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from command_line import complaint, dslite
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve

from dslite.training.metrics.calibration import calibration
from dslite.training.metrics.evaluate import Evaluation
from dslite.training.metrics.measures import Measure, read_measures
from dslite.training.metrics.predictions import Answers
from dslite.training.reports.latex import escape, measures_table
from dslite.training.runs.reader import read_run
from dslite.training.task import VALUES

OF_A_RUN = {
    "curves",
    "confusion",
    "confusion-normalised",
    "classes",
    "roc",
    "precision-recall",
    "reliability",
}


def test_a_run_has_every_figure_in_every_format(small_run: Path, tmp_path: Path) -> None:
    result = dslite("figures", small_run, "-o", tmp_path / "out", "--format", "pdf,svg,png")
    assert result.returncode == 0, result.stderr
    files = {path.name for path in (tmp_path / "out").iterdir()}
    assert files == {f"{name}.{kind}" for name in OF_A_RUN for kind in ("pdf", "svg", "png")} | {
        "measures.tex"
    }
    for path in (tmp_path / "out").glob("*.svg"):
        assert "<svg" in path.read_text()
    for path in (tmp_path / "out").glob("*.pdf"):
        assert path.read_bytes().startswith(b"%PDF")
    table = (tmp_path / "out" / "measures.tex").read_text()
    for measure in read_measures(read_run(small_run).metrics["per_file"]):
        assert measure.text() in table


def test_several_runs_and_folds_are_compared(small_run: Path, tmp_path: Path) -> None:
    shutil.copytree(small_run, tmp_path / "other & one")
    for fold in ("fold-1", "fold-2"):
        shutil.copytree(small_run, tmp_path / "cv" / fold)
    result = dslite("figures", small_run, tmp_path / "other & one", tmp_path / "cv", "-o", tmp_path / "out")
    assert result.returncode == 0, result.stderr
    names = {path.stem for path in (tmp_path / "out").iterdir()}
    assert {"forest", "differences", "measures"} <= names
    assert sum(name.endswith("-roc") for name in names) == 3
    assert sum("curves-fold-" in name for name in names) == 2
    table = (tmp_path / "out" / "measures.tex").read_text()
    assert r"other \& one" in table
    assert "mean of 2 folds" in table
    assert r"\pm" in table


def test_values_have_a_scatter_and_a_row_per_target(small_run: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(40, 2)).astype(np.float32)
    scores = truth + rng.normal(0, 0.3, truth.shape).astype(np.float32)
    names = [f"{index}.wav" for index in range(40)]
    answers = Answers.of_files(
        VALUES, ("calm", "loud"), names, np.arange(40), truth, scores, np.zeros((40, 2))
    )
    shutil.copytree(small_run, tmp_path / "run")
    answers.table().to_csv(tmp_path / "run" / "predictions.csv", index=False)
    metrics = Evaluation.of(answers, []).to_json()
    (tmp_path / "run" / "metrics.json").write_text(json.dumps(metrics))
    result = dslite("figures", tmp_path / "run", "-o", tmp_path / "out")
    assert result.returncode == 0, result.stderr
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "curves.pdf",
        "scatter.pdf",
        "measures.tex",
    }
    table = (tmp_path / "out" / "measures.tex").read_text()
    for target in ("calm", "loud"):
        assert f"run {target} & {metrics['per_file']['targets'][target]['mae']:.3f} &" in table
    assert "run mean &" in table


def test_wrong_formats_and_runs(small_run: Path, tmp_path: Path) -> None:
    wrong = dslite("figures", small_run, "-o", tmp_path / "out", "--format", "pdf,gif")
    assert wrong.returncode == 2
    assert "'pdf,gif' given, expected some of png, pdf, svg" in wrong.stderr
    assert "no such folder" in complaint(dslite("figures", tmp_path / "none", "-o", tmp_path / "out"))


def test_calibration_by_hand() -> None:
    scores = np.float32([[0.95, 0.05], [0.95, 0.05], [0.95, 0.05], [0.35, 0.65]])
    found = calibration(np.array([0, 0, 1, 0]), scores, bins=10)
    assert found.counts.tolist() == [0, 0, 0, 0, 0, 0, 1, 0, 0, 3]
    assert found.right[9] == pytest.approx(2 / 3)
    assert found.error == pytest.approx(3 / 4 * abs(2 / 3 - 0.95) + 1 / 4 * 0.65)
    with pytest.raises(ValueError, match=r"2 given, expected shares in 0…1"):
        calibration(np.array([0]), np.float32([[2, 0]]))


def test_calibration_is_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    truth, scores = rng.integers(4, size=600), rng.dirichlet(np.ones(4), 600).astype(np.float32)
    found = calibration(truth, scores)
    right, score = calibration_curve(scores.argmax(axis=1) == truth, scores.max(axis=1), n_bins=15)
    filled = found.counts > 0
    np.testing.assert_allclose(found.right[filled], right)
    np.testing.assert_allclose(found.score[filled], score, rtol=1e-6)


def test_latex_by_hand() -> None:
    rows = [
        ("a_b", [Measure("accuracy", 0.925, (0.8, 1.0)), Measure("ccc", None)]),
        ("100 %", [Measure("accuracy", 0.5, None, std=0.1)]),
    ]
    lines = measures_table(rows).splitlines()
    assert lines[1:4] == [r"\begin{tabular}{lrr}", r"\toprule", r" & accuracy in \% & CCC \\"]
    assert lines[5:8] == [
        r"a\_b & 92.5 & -- \\",
        r" & {\footnotesize [80.0, 100.0]} &  \\",
        r"100 \% & $50.0 \pm 10.0$ & -- \\",
    ]


@given(st.text())
def test_no_text_commands_latex(text: str) -> None:
    escaped = re.sub(r"\\(text\w+\{\}|[&%$#_{}])", "", escape(text))
    assert not set(escaped) & set("&%$#_{}\\~^")
