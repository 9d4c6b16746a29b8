"""The measures against values worked out by hand, and by their definitions."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from dslite.training.metrics import confusion_table, mean_per_file, measure, summary_table

LABELS = ("a", "b", "c")


def scores_of(answers: list[int], count: int = 3) -> np.ndarray:
    return np.eye(count, dtype=np.float32)[answers]


def test_by_hand() -> None:
    # a: 3 of 4 right, b: 1 of 2, c: none of 1; answers a: 3 + 1, b: 1 + 1, c: 1.
    truth = np.array([0, 0, 0, 0, 1, 1, 2])
    metrics = measure(truth, scores_of([0, 0, 0, 1, 1, 2, 0]), LABELS)
    np.testing.assert_array_equal(metrics.confusion, [[3, 1, 0], [0, 1, 1], [1, 0, 0]])
    assert metrics.count == 7
    assert metrics.accuracy == pytest.approx(4 / 7)
    assert metrics.uar == pytest.approx((3 / 4 + 1 / 2 + 0) / 3)
    assert metrics.macro_f1 == pytest.approx((2 * 3 / (4 + 4) + 2 * 1 / (2 + 2) + 0) / 3)


def test_classes_that_do_not_occur_do_not_count() -> None:
    metrics = measure(np.array([0, 0, 1]), scores_of([0, 0, 1]), LABELS)
    assert (metrics.accuracy, metrics.uar, metrics.macro_f1) == (1, 1, 1)
    assert metrics.confusion.shape == (3, 3)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40))
def test_by_definition(pairs: list[tuple[int, int]]) -> None:
    truth, answers = (np.array(column) for column in zip(*pairs, strict=True))
    metrics = measure(truth, scores_of(list(answers)), LABELS)
    recalls = [(answers[truth == k] == k).mean() for k in np.unique(truth)]
    assert metrics.accuracy == pytest.approx((truth == answers).mean())
    assert metrics.uar == pytest.approx(np.mean(recalls))
    assert metrics.confusion.sum() == len(pairs)
    assert metrics.to_json()["confusion"] == metrics.confusion.tolist()


def test_mean_per_file() -> None:
    scores = np.array([[1, 0], [0, 1], [0.2, 0.8], [0.5, 0.5]], dtype=np.float32)
    files, means = mean_per_file(scores, np.array([4, 1, 4, 4]))
    np.testing.assert_array_equal(files, [1, 4])
    np.testing.assert_allclose(means, [[0, 1], [1.7 / 3, 1.3 / 3]], rtol=1e-6)


def test_empty_or_odd_scores_are_refused() -> None:
    with pytest.raises(ValueError, match="not empty"):
        measure(np.array([], dtype=int), np.zeros((0, 3), np.float32), LABELS)
    with pytest.raises(ValueError, match=r"shape \(1, 2\), expected \(1, 3\)"):
        measure(np.array([0]), np.zeros((1, 2), np.float32), LABELS)


def test_tables_print_labels_as_they_are() -> None:
    labels = ("[bold]", "plain")
    metrics = measure(np.array([0, 1, 1]), scores_of([0, 1, 0], 2), labels)
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(summary_table(metrics, metrics))
    console.print(confusion_table(metrics, "Confusion [per file]"))
    text = console.export_text()
    assert text.count("[bold]") == 2
    assert "66.7" in text
    assert "75.0" in text
