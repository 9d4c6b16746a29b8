"""The measures against values worked out by hand, scikit-learn, NumPy, and their definitions."""

import io
import json
import math
import time
import warnings

import numpy as np
import pandas as pd
import pytest
from answer_tables import tabulate
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from sklearn.metrics import (
    f1_score,
    recall_score,
    roc_auc_score,
)

from dslite import Error
from dslite.training.metrics.averages import average
from dslite.training.metrics.bootstrap import RESAMPLES, estimate, resamples
from dslite.training.metrics.classes import class_measure, measure_classes
from dslite.training.metrics.predictions import Answers
from dslite.training.metrics.summary import mean_per_file, summary_rows
from dslite.training.metrics.tables import confusion_tables, summary_table
from dslite.training.metrics.values import measure_values, value_measure
from dslite.training.task import CLASSES

LABELS = ("a", "b", "c")


def measure(table: pd.DataFrame):
    """The measures per chunk and per file of a table, read back."""
    answers = Answers.of(table)
    return answers.measure(), answers.per_file().measure()


def scores_of(answers: list[int], count: int = 3) -> np.ndarray:
    return np.eye(count, dtype=np.float32)[answers]


def noisy(count: int, classes: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Random truth, and scores in 0…1 by hundredths (so that there are ties) that know a little of it."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(classes, size=count)
    scores = rng.dirichlet(np.ones(classes), size=count) + 0.5 * np.eye(classes)[truth]
    return truth, np.round(scores / scores.sum(axis=1, keepdims=True), 2).astype(np.float32)


def test_by_hand() -> None:
    # a: 3 of 4 right, b: 1 of 2, c: none of 1; answers a: 3 + 1, b: 1 + 1, c: 1.
    truth = np.array([0, 0, 0, 0, 1, 1, 2])
    metrics = measure_classes(truth, scores_of([0, 0, 0, 1, 1, 2, 0]), LABELS)
    np.testing.assert_array_equal(metrics.confusion.dense(), [[3, 1, 0], [0, 1, 1], [1, 0, 0]])
    assert metrics.count == 7
    assert metrics.accuracy == pytest.approx(4 / 7)
    assert metrics.uar == pytest.approx((3 / 4 + 1 / 2 + 0) / 3)
    assert metrics.macro_f1 == pytest.approx((2 * 3 / (4 + 4) + 2 * 1 / (2 + 2) + 0) / 3)
    # Of the (positive, negative) pairs, those in order and half of the ties.
    assert metrics.auc == pytest.approx(((6 + 5 / 2) / 12 + (4 + 5 / 2) / 10 + 2.5 / 6) / 3)


def test_classes_that_do_not_occur_do_not_count() -> None:
    metrics = measure_classes(np.array([0, 0, 1]), scores_of([0, 0, 1]), LABELS)
    assert (metrics.accuracy, metrics.uar, metrics.macro_f1, metrics.auc) == (1, 1, 1, 1)
    assert metrics.confusion.dense().shape == (3, 3)


def test_what_is_undefined_is_null_in_json() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        metrics = measure_classes(np.array([1, 1]), scores_of([1, 0]), LABELS)
    assert math.isnan(metrics.auc)
    written = json.loads(json.dumps(metrics.to_json(), allow_nan=False))
    assert written["auc"] is None
    assert written["intervals"]["auc"] == [None, None]
    _, row, _ = summary_rows(metrics, metrics)
    assert row[1:] == ("50.0 [0.0, 100.0]", "50.0 [0.0, 100.0]", "33.3 [0.0, 100.0]", "–", "2")


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40))
def test_by_definition(pairs: list[tuple[int, int]]) -> None:
    truth, answers = (np.array(column) for column in zip(*pairs, strict=True))
    metrics = measure_classes(truth, scores_of(list(answers)), LABELS)
    recalls = [(answers[truth == k] == k).mean() for k in np.unique(truth)]
    assert metrics.accuracy == pytest.approx((truth == answers).mean())
    assert metrics.uar == pytest.approx(np.mean(recalls))
    assert metrics.confusion.total == len(pairs)
    assert metrics.to_json()["confusion"] == metrics.confusion.dense().tolist()


@pytest.mark.parametrize("classes", [2, 5])
def test_weighted_measures_are_scikit_learns(classes: int) -> None:
    truth, scores = noisy(200, classes)
    weights = np.random.default_rng(1).integers(0, 4, size=(20, 200)).astype(float)
    found = class_measure(truth, scores)(weights)
    answers = scores.argmax(axis=1)
    for row, times in enumerate(weights):
        some = {"sample_weight": times}
        areas = [roc_auc_score(truth == k, scores[:, k], **some) for k in range(classes)]
        assert found["auc"][row] == pytest.approx(np.mean(areas), abs=1e-12)
        assert found["uar"][row] == pytest.approx(recall_score(truth, answers, average="macro", **some))
        assert found["macro_f1"][row] == pytest.approx(f1_score(truth, answers, average="macro", **some))
        assert found["accuracy"][row] == pytest.approx(np.average(truth == answers, weights=times))


def test_auc_of_resamples_is_scikit_learns() -> None:
    """Answers repeated as often as the bootstrap drew their files, ties and rare classes among them."""
    truth, scores = noisy(300, 6)
    truth[truth == 5] = 4
    truth[:3] = 5  # of one file, which many resamples lack
    file_of = np.arange(300) // 3
    weights = np.concatenate(list(resamples(file_of, seed=2)))[:60]
    found = class_measure(truth, scores)(weights)["auc"]
    for row, times in enumerate(weights.astype(int)):
        y, s = np.repeat(truth, times), np.repeat(scores, times, axis=0)
        areas = [roc_auc_score(y == k, s[:, k]) for k in np.unique(y)]
        assert found[row] == pytest.approx(np.mean(areas), abs=1e-12)
    assert len({len(np.unique(np.repeat(truth, times))) for times in weights.astype(int)}) == 2


def test_values_by_definition() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(1e4, 2, size=(300, 2)).astype(np.float32)
    answers = (0.7 * truth + rng.normal(3e3, 1, size=(300, 2))).astype(np.float32)
    metrics = measure_values(truth, answers, ("arousal", "valence"))
    for index, measures in enumerate(metrics.targets):
        x, y = answers[:, index].astype(float), truth[:, index].astype(float)
        assert measures["mae"].value == pytest.approx(abs(x - y).mean())
        assert measures["rmse"].value == pytest.approx(np.sqrt(((x - y) ** 2).mean()))
        spread = x.var() + y.var() + (x.mean() - y.mean()) ** 2
        ccc = 2 * np.cov(x, y, bias=True)[0, 1] / spread
        assert measures["ccc"].value == pytest.approx(ccc, rel=1e-9)
    for key in ("mae", "rmse", "ccc"):
        assert metrics.mean[key].value == pytest.approx(np.mean([one[key].value for one in metrics.targets]))
    written = json.loads(json.dumps(metrics.to_json(), allow_nan=False))
    assert list(written["targets"]) == ["arousal", "valence"]
    assert written["ccc"] == pytest.approx(metrics.mean["ccc"].value, abs=1e-6)
    assert [row[0] for row in metrics.rows()] == ["arousal", "valence", "mean"]


def test_concordance_at_its_ends() -> None:
    y = np.linspace(-1, 1, 11, dtype=np.float32)[:, None]

    def ccc(answers: np.ndarray, truth: np.ndarray) -> float:
        return measure_values(truth, answers.astype(np.float32), ("x",)).mean["ccc"].value

    assert ccc(y, y) == pytest.approx(1)
    assert ccc(-y, y) == pytest.approx(-1)
    assert ccc(0 * y, y) == 0
    assert ccc(y + 1, y) < ccc(y + 0.5, y) < 1  # perfectly correlated, but out of place
    constant = np.full_like(y, 0.1)
    assert math.isnan(ccc(constant, constant))
    assert measure_values(constant, constant, ("x",)).to_json()["ccc"] is None


def test_files_are_drawn_whole() -> None:
    file_of = np.array([7, 7, 7, 2, 9, 9])
    weights = np.concatenate(list(resamples(file_of, seed=0)))
    assert weights.shape == (RESAMPLES, 6)
    np.testing.assert_array_equal(weights[:, 0], weights[:, 1])
    np.testing.assert_array_equal(weights[:, 4], weights[:, 5])
    per_file = weights[:, [0, 3, 4]]
    assert (per_file.sum(axis=1) == 3).all()
    # Each file is drawn once in the mean, by a binomial of 3 draws: variance 2/3.
    np.testing.assert_allclose(per_file.mean(axis=0), 1, atol=0.1)
    np.testing.assert_allclose(per_file.var(axis=0), 2 / 3, atol=0.1)


def test_an_interval_is_the_spread_that_new_files_would_have() -> None:
    """Accuracy of 400 answers: the normal interval; of 100 files of four equal ones: twice as wide."""
    right = np.random.default_rng(3).random(400) < 0.8
    truth, scores = np.zeros(400, int), scores_of([0 if hit else 1 for hit in right])
    single = measure_classes(truth, scores, LABELS).estimates["accuracy"]
    half = 1.96 * np.sqrt(right.mean() * (1 - right.mean()) / 400)
    assert single.low == pytest.approx(right.mean() - half, abs=0.006)
    assert single.high == pytest.approx(right.mean() + half, abs=0.006)
    repeated = np.repeat(scores[:100], 4, axis=0)
    grouped = measure_classes(truth, repeated, LABELS, np.repeat(np.arange(100), 4)).estimates["accuracy"]
    alone = measure_classes(truth, repeated, LABELS).estimates["accuracy"]
    assert (grouped.high - grouped.low) / (alone.high - alone.low) == pytest.approx(2, rel=0.15)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    held = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        y = rng.normal(size=(80, 1)).astype(np.float32)
        x = (0.8 * y + rng.normal(0, 0.6, size=y.shape)).astype(np.float32)  # unit variance: ccc 0.8
        ccc = measure_values(y, x, ("x",), seed=seed).mean["ccc"]
        held += ccc.low <= 0.8 <= ccc.high
    assert 88 <= held <= 100


def test_the_seed_decides_and_large_sets_take_seconds() -> None:
    truth, scores = noisy(20_000, 10)
    file_of = np.arange(20_000) // 3
    before = time.monotonic()
    first = measure_classes(truth, scores, tuple("abcdefghij"), file_of, seed=1)
    assert time.monotonic() - before < 30
    few = slice(0, 500)
    some = [measure_classes(truth[few], scores[few], tuple("abcdefghij"), file_of[few], s) for s in (1, 1, 2)]
    assert some[0].estimates == some[1].estimates != some[2].estimates
    assert first.estimates["auc"].low < first.auc < first.estimates["auc"].high


def test_one_file_has_no_interval() -> None:
    metrics = measure_classes(np.array([0, 1]), scores_of([0, 0]), LABELS, np.array([5, 5]))
    assert metrics.to_json()["intervals"]["accuracy"] == [None, None]
    assert list(summary_rows(metrics, metrics))[1][1] == "50.0"


def test_an_undefined_resample_is_left_out_of_the_interval() -> None:
    undefined_sometimes = estimate(lambda w: {"x": np.where(w[:, 0] > 0, w[:, 0], np.nan)}, np.arange(4))["x"]
    assert undefined_sometimes.low >= 1


def test_mean_per_file() -> None:
    scores = np.array([[1, 0], [0, 1], [0.2, 0.8], [0.5, 0.5]], dtype=np.float32)
    files, means = mean_per_file(scores, np.array([4, 1, 4, 4]))
    np.testing.assert_array_equal(files, [1, 4])
    np.testing.assert_allclose(means, [[0, 1], [1.7 / 3, 1.3 / 3]], rtol=1e-6)


def test_empty_or_odd_scores_are_refused() -> None:
    with pytest.raises(ValueError, match="not empty"):
        measure_classes(np.array([], dtype=int), np.zeros((0, 3), np.float32), LABELS)
    with pytest.raises(ValueError, match=r"shape \(1, 2\), expected \(1, 3\)"):
        measure_classes(np.array([0]), np.zeros((1, 2), np.float32), LABELS)
    with pytest.raises(ValueError, match=r"shape \(2, 1\), truth: \(1, 1\)"):
        measure_values(np.zeros((1, 1), np.float32), np.zeros((2, 1), np.float32), ("x",))


def test_tables_print_labels_as_they_are() -> None:
    labels = ("[bold]", "plain")
    metrics = measure_classes(np.array([0, 1, 1]), scores_of([0, 1, 0], 2), labels)
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(summary_table(metrics, metrics))
    for table in confusion_tables(metrics.confusion, "file", 80):
        console.print(table)
    text = console.export_text()
    assert text.count("[bold]") == 2
    assert "66.7" in text
    assert "[0.0, 100.0]" in text
    assert "75.0" in text
    values = measure_values(np.eye(3, 2, dtype=np.float32), np.ones((3, 2), np.float32), ("[red]", "y"))
    console.print(summary_table(values, values))
    assert "[red] per chunk" in console.export_text()


def test_the_two_averages_of_folds_by_hand() -> None:
    """Folds of 40 and 120 files, all and a third of them right: the mean of folds is not the pooled share."""
    names = [f"{index:03}.wav" for index in range(160)]
    truth = np.arange(160) % 2
    right = np.concatenate([np.ones(40, bool), np.arange(120) % 3 == 0])
    scores = scores_of(list(np.where(right, truth, 1 - truth)), 2)

    def fold(rows: slice) -> Answers:
        count = len(names[rows])
        spans = np.zeros((count, 2))
        return Answers.of_files(
            CLASSES, ("a", "b"), names[rows], np.arange(count), truth[rows], scores[rows], spans
        )

    mean, pooled = (found["accuracy"] for found in average([[fold(slice(40)), fold(slice(40, 160))]]))
    assert mean.value == pytest.approx((1 + 1 / 3) / 2)
    assert pooled.value == pytest.approx(80 / 160)
    assert pooled == measure_classes(truth, scores, ("a", "b")).estimates["accuracy"]
    # Of the mean only the second fold varies: 120 files, of which a third is right, at half the weight.
    half = 1.96 * np.sqrt(1 / 3 * 2 / 3 / 120) / 2
    assert mean.low == pytest.approx(mean.value - half, abs=0.01)
    assert mean.high == pytest.approx(mean.value + half, abs=0.01)


SPANS = np.array([[0, 4], [2, 6], [0, 4]], dtype=float)


def test_predictions_give_the_measures_back() -> None:
    scores = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]], np.float32)
    table = tabulate(["01", "nan"], ["b.wav", "b.wav", "NA"], SPANS, np.array([0, 0, 1]), scores)
    assert list(table) == ["file", "start", "end", "truth", "answer", "score:01", "score:nan"]
    assert list(table["answer"]) == ["01", "nan", "nan"]
    per_chunk, per_file = measure(table)
    assert (per_chunk.count, per_chunk.accuracy) == (3, pytest.approx(2 / 3))
    assert (per_file.count, per_file.accuracy) == (2, 1.0)  # 0.65 : 0.35 over both chunks
    values = tabulate(["x", "y"], ["a", "a", "b"], SPANS, scores + 1, scores)
    assert list(values) == ["file", "start", "end", "truth:x", "truth:y", "score:x", "score:y"]
    per_chunk, per_file = measure(values)
    assert per_chunk.mean["mae"].value == pytest.approx(1)
    assert per_file.count == 2


def test_broken_predictions_say_what_is_wrong() -> None:
    table = tabulate(LABELS, ["a", "a", "b"], SPANS, np.array([0, 0, 1]), scores_of([0, 1, 2]))
    with pytest.raises(Error, match="'d' is true of some, but has no column 'score:d'"):
        measure(table.assign(truth="d"))
    with pytest.raises(Error, match=r"expected 'file', 'start', 'end', 'truth', 'score:…' among"):
        measure(table[["file", "truth"]])
    for wrong in ("", "high", np.nan, np.inf):
        with pytest.raises(Error, match=r"row 3: column 'score:b': .* given, expected a finite number"):
            measure(table.assign(**{"score:b": np.array([0, 1, wrong], dtype=object)}))
    with pytest.raises(Error, match="no row"):
        measure(table.iloc[:0])
    with pytest.raises(Error, match="expected 'file', 'start', 'end', 'truth:x'"):
        measure(pd.DataFrame({"file": ["a"], "score:x": [1.0]}))


def test_value_weights_are_counts() -> None:
    """An answer of weight 2 is the answer twice."""
    rng = np.random.default_rng(5)
    y, x = rng.normal(size=(2, 50, 2)).astype(np.float32)
    times = rng.integers(0, 3, size=50)
    weighted = value_measure(y, x)(times[None].astype(float))
    again = value_measure(np.repeat(y, times, axis=0), np.repeat(x, times, axis=0))(np.ones((1, times.sum())))
    for key, value in weighted.items():
        np.testing.assert_allclose(value, again[key], rtol=1e-10)
