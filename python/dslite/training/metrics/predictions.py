"""The answers of a run as a table: what was said of each chunk, and what was true.

Its columns: ``file``, ``start`` and ``end`` (seconds); of classes ``truth`` and ``answer``, both
labels, and ``score:LABEL`` of every label; of values ``truth:NAME`` and ``score:NAME`` of every
target. As CSV it is a run's ``predictions.csv``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dslite import Error
from dslite.training.metrics.bootstrap import Measure, Weights
from dslite.training.metrics.classes import class_measure, measure_classes
from dslite.training.metrics.confusion import Confusion
from dslite.training.metrics.summary import Metrics, mean_per_file
from dslite.training.metrics.values import measure_values, value_measure
from dslite.training.task import (
    ANSWER,
    SCORE_OF,
    TRUTH,
    TRUTH_OF,
    Task,
    answered_outputs,
    task_of_predictions,
)
from dslite.util.text import shorten

#: Which chunk a row is of.
WHERE = ("file", "start", "end")


@dataclass(frozen=True)
class Answers:
    """What a model said and what was true, as arrays.

    ``truth`` (answers,) are indices of ``labels`` where one of them is right, or else (answers, labels)
    values; ``scores`` (answers, labels). ``file_of`` (answers,) are indices of ``files``, which are
    sorted, or seed after seed where several seeds answered. ``spans_s`` (answers, 2) are the start and
    end of what was answered for, in seconds.
    """

    task: Task
    labels: tuple[str, ...]
    files: tuple[str, ...]
    file_of: npt.NDArray[np.intp]
    truth: npt.NDArray[Any]
    scores: npt.NDArray[np.float32]
    spans_s: npt.NDArray[np.float64]

    @classmethod
    def of(cls, predictions: pd.DataFrame) -> Answers:
        """Take a table of predictions apart.

        Raises:
            Error: a column is missing, there is no row, or a label that has no scores.
        """
        labels, task = answered_outputs(predictions), task_of_predictions(predictions)
        needed = [*WHERE, *task.truth_columns(labels)]
        if not labels or not set(needed) <= set(predictions):
            expected = shorten([*needed, f"{SCORE_OF}…"], 10)
            raise Error(f"predictions: columns {shorten(predictions, 10)}, expected {expected} among them")
        if predictions.empty:
            raise Error("predictions: no row, expected one a chunk")
        files, file_of = np.unique(predictions["file"].to_numpy(str), return_inverse=True)
        truth = _classes(predictions, labels) if task.exclusive else _columns(predictions, labels, TRUTH_OF)
        scores = _columns(predictions, labels, SCORE_OF)
        spans_s = _numbers(predictions, WHERE[1:], np.float64)
        names = tuple(map(str, files))
        return cls(task, tuple(labels), names, file_of.astype(np.intp), truth, scores, spans_s)

    @classmethod
    def of_files(
        cls,
        task: Task,
        labels: Sequence[str],
        names: Sequence[str],
        file_of: npt.NDArray[np.intp],
        truth: npt.NDArray[Any],
        scores: npt.NDArray[np.float32],
        spans_s: npt.NDArray[np.float64],
    ) -> Answers:
        """Make them of arrays as a model leaves them: ``names`` in any order, some without an answer."""
        answered, place = np.unique(file_of, return_inverse=True)
        files, code = np.unique([names[index] for index in answered], return_inverse=True)
        return cls(task, tuple(labels), tuple(map(str, files)), code[place], truth, scores, spans_s)

    @classmethod
    def joined(cls, parts: Sequence[Answers]) -> Answers:
        """Put the answers of several runs together, such as the folds of a cross-validation.

        Raises:
            Error: the runs have not the same labels.
        """
        first = parts[0]
        parts = [first, *(part.reordered(first.labels) for part in parts[1:])]
        names = [name for part in parts for name in part.files]
        starts = np.cumsum([0, *(len(part.files) for part in parts)])
        file_of = np.concatenate([part.file_of + start for part, start in zip(parts, starts, strict=False)])
        truth, scores, spans_s = (
            np.concatenate([getattr(part, name) for part in parts]) for name in ("truth", "scores", "spans_s")
        )
        return cls.of_files(first.task, first.labels, names, file_of, truth, scores, spans_s)

    @classmethod
    def stacked(cls, seeds: Sequence[Answers]) -> Answers:
        """Put the answers of several seeds together, each on its own: a file occurs once for every seed.

        Raises:
            Error: the seeds have not the same labels.
        """
        first = seeds[0]
        if len(seeds) == 1:
            return first
        seeds = [first, *(one.reordered(first.labels) for one in seeds[1:])]
        starts = np.cumsum([0, *(len(one.files) for one in seeds)])
        truth, scores, spans_s = (
            np.concatenate([getattr(one, name) for one in seeds]) for name in ("truth", "scores", "spans_s")
        )
        file_of = np.concatenate([one.file_of + start for one, start in zip(seeds, starts, strict=False)])
        files = tuple(name for one in seeds for name in one.files)
        return cls(first.task, first.labels, files, file_of, truth, scores, spans_s)

    def reordered(self, labels: Sequence[str]) -> Answers:
        """The same with the scores, and the truth in their terms, in the order of ``labels``.

        Raises:
            Error: these are not the labels.
        """
        if set(labels) != set(self.labels):
            raise Error(
                f"the runs answer different questions: {self.task.name} {shorten(labels)} "
                f"and {self.task.name} {shorten(self.labels)}"
            )
        order = [self.labels.index(label) for label in labels]
        truth = np.argsort(order)[self.truth] if self.task.exclusive else self.truth[:, order]
        return replace(self, labels=tuple(labels), truth=truth, scores=self.scores[:, order])

    def per_file(self) -> Answers:
        """One answer a file: the mean of its chunks' scores."""
        _, scores = mean_per_file(self.scores, self.file_of)
        _, first = np.unique(self.file_of, return_index=True)
        spans_s = np.full((len(self.files), 2), [np.inf, -np.inf])
        np.minimum.at(spans_s[:, 0], self.file_of, self.spans_s[:, 0])
        np.maximum.at(spans_s[:, 1], self.file_of, self.spans_s[:, 1])
        everyone = np.arange(len(self.files), dtype=np.intp)
        return Answers(self.task, self.labels, self.files, everyone, self.truth[first], scores, spans_s)

    def measure(self) -> Metrics:
        """The measures of the task, their intervals over files, whose answers of all seeds stay together."""
        _, recordings = np.unique(self.files, return_inverse=True)
        measure = measure_classes if self.task.exclusive else measure_values
        return measure(self.truth, self.scores, self.labels, recordings[self.file_of])

    def confusion(self) -> Confusion:
        """Which class was taken for which, of classes."""
        return Confusion.of(self.labels, self.truth, self.scores.argmax(axis=1))

    def function(self) -> Measure[str]:
        """The measures as functions of how often each answer counts.

        Those of several targets are named ``mae:TARGET``; the mean over the targets is ``mae``.
        """
        if self.task.exclusive:
            return class_measure(self.truth, self.scores)
        measure = value_measure(self.truth, self.scores)

        def named(weights: Weights) -> dict[str, npt.NDArray[np.float64]]:
            found = measure(weights)
            means = {key: value for (key, target), value in found.items() if target < 0}
            if len(self.labels) == 1:
                return means
            return means | {f"{key}:{self.labels[i]}": value for (key, i), value in found.items() if i >= 0}

        return named

    def table(self) -> pd.DataFrame:
        """Make the table of predictions, a row per chunk."""
        names = np.asarray(self.files, dtype=object)[self.file_of]
        columns: dict[str, Any] = {"file": names, "start": self.spans_s[:, 0], "end": self.spans_s[:, 1]}
        if self.task.exclusive:
            labels = np.asarray(self.labels, dtype=object)
            columns |= {TRUTH: labels[self.truth], ANSWER: labels[self.scores.argmax(axis=1)]}
        else:
            columns |= {TRUTH_OF + name: self.truth[:, index] for index, name in enumerate(self.labels)}
        columns |= {SCORE_OF + name: self.scores[:, index] for index, name in enumerate(self.labels)}
        return pd.DataFrame(columns)


def _columns(predictions: pd.DataFrame, labels: Sequence[str], prefix: str) -> npt.NDArray[np.float32]:
    return _numbers(predictions, [prefix + name for name in labels], np.float32)


def _numbers(predictions: pd.DataFrame, names: Sequence[str], dtype: Any) -> npt.NDArray[Any]:
    columns = [pd.to_numeric(predictions[name], errors="coerce") for name in names]
    numbers: npt.NDArray[Any] = np.stack([column.to_numpy(dtype) for column in columns], axis=1)
    if (wrong := np.argwhere(~np.isfinite(numbers))).size:
        row, name = wrong[0, 0], names[wrong[0, 1]]
        raise Error(
            f"predictions: row {row + 1}: column '{name}': {predictions[name].iloc[row]!r} given, "
            "expected a finite number"
        )
    return numbers


def _classes(predictions: pd.DataFrame, labels: Sequence[str]) -> npt.NDArray[np.intp]:
    truth = predictions[TRUTH].astype(str)
    indices: npt.NDArray[np.intp] = pd.Index(labels).get_indexer(truth)
    if unknown := sorted(set(truth[indices < 0])):
        raise Error(
            f"predictions: {shorten(unknown)} is true of some, but has no column '{SCORE_OF}{unknown[0]}'"
        )
    return indices
