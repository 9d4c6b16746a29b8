"""How good the answers are: accuracy, UAR, macro-F1 and the confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.table import Table
from rich.text import Text
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, recall_score

Indices = npt.NDArray[np.intp]
Scores = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Metrics:
    """Measures of one set of answers, each in 0…1.

    ``accuracy``: share of right answers. ``uar``: unweighted average recall, the mean of the
    recalls of the classes that occur. ``macro_f1``: the mean of the F1 scores of the classes that
    occur or were answered. ``confusion[t, p]``: answers ``p`` where ``t`` was true.
    """

    labels: tuple[str, ...]
    confusion: npt.NDArray[np.int64]
    accuracy: float
    uar: float
    macro_f1: float

    @property
    def count(self) -> int:
        """How many answers were measured."""
        return int(self.confusion.sum())

    def to_json(self) -> dict[str, Any]:
        """The same as plain values, for ``json.dump``."""
        return {
            "count": self.count,
            "accuracy": round(self.accuracy, 6),
            "uar": round(self.uar, 6),
            "macro_f1": round(self.macro_f1, 6),
            "confusion": self.confusion.tolist(),
        }


def measure(truth: Indices, scores: Scores, labels: Sequence[str]) -> Metrics:
    """Measure scores (answers, labels) against the true label's index of each answer.

    Raises:
        ValueError: no answers, or shapes that do not fit.
    """
    if not len(truth) or scores.shape != (len(truth), len(labels)):
        raise ValueError(
            f"scores: shape {scores.shape}, expected ({len(truth)}, {len(labels)}) and not empty"
        )
    answers = scores.argmax(axis=1)
    return Metrics(
        tuple(labels),
        confusion_matrix(truth, answers, labels=np.arange(len(labels))).astype(np.int64),
        float(accuracy_score(truth, answers)),
        float(recall_score(truth, answers, labels=np.unique(truth), average="macro")),
        float(f1_score(truth, answers, average="macro", zero_division=0.0)),
    )


def mean_per_file(scores: Scores, file_of: Indices) -> tuple[Indices, Scores]:
    """Average the chunks of each file: (files, their mean scores), ordered by file index."""
    files, inverse = np.unique(file_of, return_inverse=True)
    sums = np.zeros((len(files), scores.shape[1]), dtype=np.float64)
    np.add.at(sums, inverse, scores)
    means = sums / np.bincount(inverse)[:, None]
    return files, means.astype(np.float32)


def summary_table(per_chunk: Metrics, per_file: Metrics) -> Table:
    """Lay out the three measures, per chunk and per file, in percent."""
    table = Table(title="Test part, in %")
    table.add_column("")
    for title in ("accuracy", "UAR", "macro-F1", "answers"):
        table.add_column(title, justify="right")
    for name, metrics in (("per chunk", per_chunk), ("per file", per_file)):
        values = (metrics.accuracy, metrics.uar, metrics.macro_f1)
        table.add_row(name, *(f"{100 * value:.1f}" for value in values), str(metrics.count))
    return table


def confusion_table(metrics: Metrics, title: str) -> Table:
    """Lay out the confusion matrix: a row per true label, a column per answer."""
    table = Table(title=Text(title))
    table.add_column("true ↓  answer →", no_wrap=True)
    for label in metrics.labels:
        table.add_column(Text(label), justify="right", overflow="fold")
    for true, row in enumerate(metrics.confusion):
        cells = [
            f"[bold]{count}[/bold]" if true == answer else str(count) if count else "·"
            for answer, count in enumerate(row)
        ]
        table.add_row(Text(metrics.labels[true]), *cells)
    return table
