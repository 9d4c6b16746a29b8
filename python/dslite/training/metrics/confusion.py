"""Which class is taken for which: the confusion matrix, stored as its cells that are not empty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

Indices = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Confusion:
    """Counts of answers by true class and answered class.

    Cell ``i`` says that ``counts[i]`` answers were class ``answers[i]`` where class ``truths[i]`` was
    true, both indices of ``labels``; cells are sorted by the two, and none is empty. Memory goes with
    the cells that occur, not with the square of the classes.
    """

    labels: tuple[str, ...]
    truths: Indices
    answers: Indices
    counts: Indices

    @classmethod
    def of(cls, labels: Sequence[str], truth: Indices, answers: Indices) -> Confusion:
        """Count answers (n,) against the truth (n,), both indices of ``labels``."""
        cells, counts = np.unique(truth * len(labels) + answers, return_counts=True)
        truths, answered = np.divmod(cells, len(labels))
        return cls(tuple(labels), truths, answered, counts)

    @property
    def total(self) -> int:
        """How many answers were counted."""
        return int(self.counts.sum())

    def dense(self) -> npt.NDArray[np.int64]:
        """The whole matrix (classes, classes), rows true and columns answered."""
        matrix = np.zeros((len(self.labels), len(self.labels)), np.int64)
        matrix[self.truths, self.answers] = self.counts
        return matrix

    @cached_property
    def occurring(self) -> Indices:
        """(classes,) how many answers have each class as their truth."""
        return self._sums(self.truths, self.counts)

    @cached_property
    def answered(self) -> Indices:
        """(classes,) how often each class was the answer."""
        return self._sums(self.answers, self.counts)

    @cached_property
    def right(self) -> Indices:
        """(classes,) how many answers of each class were right."""
        return self._sums(self.truths, self.counts * (self.truths == self.answers))

    def recall(self) -> Floats:
        """(classes,) the share of each class that was answered rightly; NaN where it does not occur."""
        return _ratio(self.right, self.occurring)

    def precision(self) -> Floats:
        """(classes,) the share of right ones among the answers of each class; NaN where it was none."""
        return _ratio(self.right, self.answered)

    def f1(self) -> Floats:
        """(classes,) the harmonic mean of recall and precision; NaN where a class is nowhere."""
        return _ratio(2 * self.right, self.occurring + self.answered)

    def mistakes(self, most: int) -> list[tuple[str, str, int]]:
        """The ``most`` frequent mistakes: true class, answer, count."""
        wrong = np.flatnonzero(self.truths != self.answers)
        chosen = wrong[np.argsort(-self.counts[wrong], kind="stable")][:most]
        return [
            (self.labels[self.truths[i]], self.labels[self.answers[i]], int(self.counts[i])) for i in chosen
        ]

    def table(self) -> pd.DataFrame:
        """The cells as a table: ``truth`` and ``answer`` as labels, ``count``."""
        names = np.asarray(self.labels, dtype=object)
        return pd.DataFrame(
            {"truth": names[self.truths], "answer": names[self.answers], "count": self.counts}
        )

    def reduced(self, most: int) -> Confusion:
        """The same with at most ``most`` classes: those with the most mistakes, the others put together.

        A mistake counts for the class that it missed and for the one that it named. The order of the
        classes stays; the last is ``N others``. Mistakes among the others are on its diagonal.
        """
        if len(self.labels) <= most:
            return self
        mistakes = self.occurring + self.answered - 2 * self.right
        chosen = np.sort(np.argsort(-mistakes, kind="stable")[: most - 1])
        place = np.full(len(self.labels), len(chosen))
        place[chosen] = np.arange(len(chosen))
        labels = (*(self.labels[i] for i in chosen), f"{len(self.labels) - len(chosen)} others")
        one_each = (np.repeat(place[of], self.counts) for of in (self.truths, self.answers))
        return Confusion.of(labels, *one_each)

    def _sums(self, classes: Indices, counts: Indices) -> Indices:
        sums = np.zeros(len(self.labels), np.intp)
        np.add.at(sums, classes, counts)
        return sums


def _ratio(part: Indices, whole: Indices) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio: Floats = part / whole
    return ratio
