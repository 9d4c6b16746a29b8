"""How good the answers of a classifier are: accuracy, UAR, macro-F1, AUC and the confusion matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from dslite.training.metrics.auc import RankedClass
from dslite.training.metrics.bootstrap import Estimate, Measure, Weights, estimate, rounded
from dslite.training.metrics.confusion import Confusion
from dslite.training.metrics.kinds import OF_CLASSES, Kind

Indices = npt.NDArray[np.intp]
Scores = npt.NDArray[np.float32]

#: With more classes than these the confusion matrix is mostly empty cells.
DENSE = 100


@dataclass(frozen=True)
class ClassMetrics:
    """Measures of one set of answers, each in 0…1, with their 95 % intervals.

    ``accuracy``: share of right answers. ``uar``: unweighted average recall, the mean of the
    recalls of the classes that occur. ``macro_f1``: the mean of the F1 scores of the classes that
    occur or were answered. ``auc``: the area under the ROC curve of each class against the rest,
    the mean over the classes that occur; NaN where only one does. ``confusion`` counts which class
    was taken for which.
    """

    confusion: Confusion
    estimates: Mapping[str, Estimate]

    title: ClassVar[str] = "in %, with 95 % intervals"
    kinds: ClassVar[tuple[Kind, ...]] = OF_CLASSES
    terms: ClassVar[str] = "UAR is the unweighted average recall, AUC the mean of each class against the rest"

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes, in the order of the scores."""
        return self.confusion.labels

    @property
    def count(self) -> int:
        """How many answers were measured."""
        return self.confusion.total

    @property
    def accuracy(self) -> float:
        """Share of right answers."""
        return self.estimates["accuracy"].value

    @property
    def uar(self) -> float:
        """Unweighted average recall."""
        return self.estimates["uar"].value

    @property
    def macro_f1(self) -> float:
        """Unweighted average F1 score."""
        return self.estimates["macro_f1"].value

    @property
    def auc(self) -> float:
        """Mean area under the ROC curves, NaN where there is none."""
        return self.estimates["auc"].value

    def rows(self) -> list[tuple[str, tuple[Estimate, ...]]]:
        """The only row of a summary: its name, which is empty, and an estimate for each of ``kinds``."""
        return [("", tuple(self.estimates[kind.key] for kind in self.kinds))]

    def to_json(self) -> dict[str, Any]:
        """The same as plain values, for ``json.dump``.

        The matrix is ``confusion`` (rows true) up to DENSE classes, beyond them ``confusion_cells``:
        [true, answered, count] of every cell that is not empty, by the indices of the labels.
        """
        cells = self.confusion
        if len(self.labels) <= DENSE:
            matrix = {"confusion": cells.dense().tolist()}
        else:
            triples = np.stack([cells.truths, cells.answers, cells.counts], axis=1)
            matrix = {"confusion_cells": triples.tolist()}
        return {
            "count": self.count,
            **{name: rounded(one.value) for name, one in self.estimates.items()},
            "intervals": {name: one.interval() for name, one in self.estimates.items()},
            **matrix,
        }


def measure_classes(
    truth: Indices, scores: Scores, labels: Sequence[str], file_of: Indices | None = None, seed: int = 0
) -> ClassMetrics:
    """Measure scores (answers, labels) against the true label's index of each answer.

    Args:
        file_of: the file of each answer. [default: each is a file's]
        seed: of the bootstrap's 1000 resamples of the files.

    Raises:
        ValueError: no answers, or shapes that do not fit.
    """
    if not len(truth) or scores.shape != (len(truth), len(labels)):
        raise ValueError(
            f"scores: shape {scores.shape}, expected ({len(truth)}, {len(labels)}) and not empty"
        )
    files = np.arange(len(truth)) if file_of is None else file_of
    confusion = Confusion.of(labels, truth, scores.argmax(axis=1))
    return ClassMetrics(confusion, estimate(class_measure(truth, scores), files, seed))


def class_measure(truth: Indices, scores: Scores) -> Measure[str]:
    """Accuracy, UAR, macro-F1 and AUC as functions of how often each answer counts."""
    answers = scores.argmax(axis=1)
    classes = scores.shape[1]
    occurring = _one_hot(truth, classes)
    answered = _one_hot(answers, classes)
    right = _one_hot(np.where(truth == answers, truth, classes), classes)
    ranked = [RankedClass(truth == k, scores[:, k]) for k in np.unique(truth)]

    def measure(weights: Weights) -> dict[str, npt.NDArray[np.float64]]:
        columns = np.ascontiguousarray(weights.T, np.float32)
        hits, true, said = (table @ columns for table in (right, occurring, answered))
        with np.errstate(invalid="ignore", divide="ignore"):
            recalls, f1_scores = hits / true, 2 * hits / (true + said)
            return {
                "accuracy": hits.sum(axis=0) / true.sum(axis=0),
                "uar": _mean_of_defined(recalls),
                "macro_f1": _mean_of_defined(f1_scores),
                "auc": _mean_of_defined(np.stack([one.area(columns) for one in ranked])),
            }

    return measure


def _one_hot(classes: Indices, count: int) -> csr_array:
    """(classes, answers): 1 where an answer is of a class; what is of class ``count`` is of none."""
    columns = np.flatnonzero(classes < count)
    ones = np.ones(len(columns))
    return csr_array((ones, (classes[columns], columns)), shape=(count, len(classes)))


def _mean_of_defined(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Mean of each column over what is not NaN; NaN where all is."""
    defined = ~np.isnan(values)
    means: npt.NDArray[np.float64] = np.where(defined, values, 0.0).sum(axis=0) / defined.sum(axis=0)
    return means
