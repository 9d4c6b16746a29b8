"""The answers of a run as a table: what was said of each chunk, and what was true.

Its columns: ``file``, ``start`` and ``end`` (seconds); of classes ``truth`` and ``answer``, both
labels, and ``score:LABEL`` of every label; of values ``truth:NAME`` and ``score:NAME`` of every
target. As CSV it is a run's ``predictions.csv``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dslite import Error
from dslite.training.metrics.classes import measure_classes
from dslite.training.metrics.summary import Metrics, mean_per_file
from dslite.training.metrics.values import measure_values
from dslite.util.text import shorten

SCORE, TRUTH = "score:", "truth:"


def tabulate(
    labels: Sequence[str],
    files: Sequence[str],
    spans_s: npt.NDArray[np.float64],
    truth: npt.NDArray[Any],
    scores: npt.NDArray[np.float32],
) -> pd.DataFrame:
    """Make the table of predictions, a row per chunk.

    Args:
        files: the file of each chunk; ``spans_s`` (chunks, 2) its start and end in seconds.
        truth: the index of each chunk's class (chunks,), or its values (chunks, targets).
        scores: (chunks, labels).
    """
    columns: dict[str, Any] = {"file": files, "start": spans_s[:, 0], "end": spans_s[:, 1]}
    if truth.ndim == 1:
        names = np.asarray(labels, dtype=object)
        columns |= {"truth": names[truth], "answer": names[scores.argmax(axis=1)]}
    else:
        columns |= {TRUTH + name: truth[:, index] for index, name in enumerate(labels)}
    columns |= {SCORE + name: scores[:, index] for index, name in enumerate(labels)}
    return pd.DataFrame(columns)


@dataclass(frozen=True)
class Answers:
    """A table of predictions as arrays: each answer's scores, its file, and what was true.

    ``truth`` (answers,) are indices of ``labels``, or (answers, targets) values. ``file_of`` are
    indices of ``files``, which are sorted.
    """

    labels: tuple[str, ...]
    files: tuple[str, ...]
    file_of: npt.NDArray[np.intp]
    truth: npt.NDArray[Any]
    scores: npt.NDArray[np.float32]

    @classmethod
    def of(cls, predictions: pd.DataFrame) -> Answers:
        """Take a table of predictions apart.

        Raises:
            Error: a column is missing, there is no row, or a label that has no scores.
        """
        labels = [name.removeprefix(SCORE) for name in predictions if str(name).startswith(SCORE)]
        is_classes = "truth" in predictions
        needed = ["file", *([] if is_classes else (TRUTH + name for name in labels))]
        if not labels or not set(needed) <= set(predictions):
            expected = shorten([*needed, f"{SCORE}…"], 10)
            raise Error(f"predictions: columns {shorten(predictions, 10)}, expected {expected} among them")
        if predictions.empty:
            raise Error("predictions: no row, expected one a chunk")
        files, file_of = np.unique(predictions["file"].to_numpy(str), return_inverse=True)
        truth = _classes(predictions, labels) if is_classes else _columns(predictions, labels, TRUTH)
        scores = _columns(predictions, labels, SCORE)
        return cls(tuple(labels), tuple(map(str, files)), file_of.astype(np.intp), truth, scores)

    @property
    def task(self) -> str:
        """ "classes" or "values"."""
        return "classes" if self.truth.ndim == 1 else "values"

    def per_file(self) -> Answers:
        """One answer a file: the mean of its chunks' scores."""
        _, scores = mean_per_file(self.scores, self.file_of)
        _, first = np.unique(self.file_of, return_index=True)
        everyone = np.arange(len(self.files), dtype=np.intp)
        return Answers(self.labels, self.files, everyone, self.truth[first], scores)

    def measure(self) -> Metrics:
        """The measures of the task, their intervals over files."""
        if self.task == "classes":
            return measure_classes(self.truth, self.scores, self.labels, self.file_of)
        return measure_values(self.truth, self.scores, self.labels, self.file_of)


def _columns(predictions: pd.DataFrame, labels: Sequence[str], prefix: str) -> npt.NDArray[np.float32]:
    columns = [pd.to_numeric(predictions[prefix + name], errors="coerce") for name in labels]
    numbers = np.stack([column.to_numpy(np.float32) for column in columns], axis=1)
    if (wrong := np.argwhere(~np.isfinite(numbers))).size:
        row, name = wrong[0, 0], prefix + labels[wrong[0, 1]]
        raise Error(
            f"predictions: row {row + 1}: column '{name}': {predictions[name].iloc[row]!r} given, "
            "expected a finite number"
        )
    return numbers


def _classes(predictions: pd.DataFrame, labels: Sequence[str]) -> npt.NDArray[np.intp]:
    truth = predictions["truth"].astype(str)
    indices: npt.NDArray[np.intp] = pd.Index(labels).get_indexer(truth)
    if unknown := sorted(set(truth[indices < 0])):
        raise Error(
            f"predictions: {shorten(unknown)} is true of some, but has no column '{SCORE}{unknown[0]}'"
        )
    return indices
