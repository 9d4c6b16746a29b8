"""The confusion matrix and its tables against scikit-learn's, and on terminals of any width."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from sklearn.metrics import (
    confusion_matrix,
    precision_recall_fscore_support,
    recall_score,
)

from dslite.training.metrics.confusion import Confusion
from dslite.training.metrics.tables import confusion_tables


def noisy(count: int, classes: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Random truth, and scores in 0…1 by hundredths (so that there are ties) that know a little of it."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(classes, size=count)
    scores = rng.dirichlet(np.ones(classes), size=count) + 0.5 * np.eye(classes)[truth]
    return truth, np.round(scores / scores.sum(axis=1, keepdims=True), 2).astype(np.float32)


def lines_of(confusion: Confusion, width: int) -> list[str]:
    """The tables of a confusion matrix on a terminal of this width."""
    console = Console(width=width, record=True, file=io.StringIO())
    for table in confusion_tables(confusion, "file", width):
        console.print(table)
    return console.export_text().splitlines()


@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize("classes", [2, 4, 10, 13, 40, 309])
@pytest.mark.parametrize("length", [3, 12, 40])
def test_tables_of_any_confusion_fit_the_terminal(classes: int, length: int, width: int) -> None:
    rng = np.random.default_rng(classes)
    labels = [f"{index:03}{'x' * (length - 3)}" for index in range(classes)]
    truth = rng.integers(classes, size=2000)
    answers = np.where(rng.random(2000) < 0.8, truth, rng.integers(classes, size=2000))
    confusion = Confusion.of(labels, truth, answers)
    lines = lines_of(confusion, width)
    assert max(map(len, lines)) <= width
    assert len(lines) <= 60
    assert not any("…" in line for line in lines)
    if classes <= 4:  # the matrix itself, no label broken
        assert all(any(label in line for line in lines) for label in labels)
        rows = [line.split() for line in lines if labels[1] in line and line.split()[-1].isdigit()]
        assert rows[-1][-1] == str((truth == 1).sum())
        assert rows[-1][-2] == f"{100 * (answers == truth)[truth == 1].mean():.1f}"
    if classes == 309:
        recall = recall_score(truth, answers, labels=range(309), average=None, zero_division=1)
        worst = labels[recall.argsort(kind="stable")[0]]
        assert any(line.startswith(f" {worst[:30]}") for line in lines)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=60), st.integers(2, 12))
def test_a_reduced_confusion_keeps_every_count(pairs: list[tuple[int, int]], most: int) -> None:
    truth, answers = (np.array(column) for column in zip(*pairs, strict=True))
    whole = Confusion.of([str(k) for k in range(10)], truth, answers)
    dense = confusion_matrix(truth, answers, labels=range(10))
    np.testing.assert_array_equal(whole.dense(), dense)
    small = whole.reduced(most)
    assert len(small.labels) == min(10, most)
    assert small.total == len(pairs)
    if most < 10:
        kept = [int(label) for label in small.labels[:-1]]
        np.testing.assert_array_equal(small.dense()[:-1, :-1], dense[np.ix_(kept, kept)])
        wrong = dense.sum(axis=0) + dense.sum(axis=1) - 2 * dense.diagonal()
        assert min(wrong[kept]) >= max(np.delete(wrong, kept))
    mistakes = whole.mistakes(3)
    off = dense - np.diag(dense.diagonal())
    assert [count for *_, count in mistakes] == sorted(off[off > 0], reverse=True)[:3]
    assert all(off[int(true), int(answer)] == count for true, answer, count in mistakes)


def test_recall_precision_and_f1_are_scikit_learns() -> None:
    truth, scores = noisy(200, 6)
    answers = scores.argmax(axis=1)
    confusion = Confusion.of(tuple("abcdef"), truth, answers)
    expected = precision_recall_fscore_support(truth, answers, labels=range(6))
    for found, column in zip(
        (confusion.precision(), confusion.recall(), confusion.f1()), expected, strict=False
    ):
        np.testing.assert_allclose(found, column)
    np.testing.assert_array_equal(confusion.occurring, expected[3])
