"""The area under the ROC curve of one class against the rest, for many weightings at once.

The area is the share of (positive, negative) pairs in the right order, a tie being half of one
(Mann & Whitney, 1947). The answers are ranked once. The scores of the positives cut the line into
bins, and what a weighting changes is only the weight of the negatives in each bin: a product of
one sparse matrix with all weightings.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

Floats = npt.NDArray[np.float32]


class RankedClass:
    """One class against the rest, its answers sorted into bins between the positives' scores.

    Args:
        positive: (answers,) which answers are of the class; one at least.
        scores: (answers,) how much each answer speaks for it.
    """

    def __init__(self, positive: npt.NDArray[np.bool_], scores: Floats) -> None:
        cuts, level = np.unique(scores[positive], return_inverse=True)
        self._positives = _rows(level, np.flatnonzero(positive), len(cuts), len(scores))
        # Bin 2i holds the negatives between cut i − 1 and cut i, bin 2i + 1 those on cut i.
        negatives = np.flatnonzero(~positive)
        below = np.searchsorted(cuts, scores[negatives], "left")
        on_cut = cuts[np.minimum(below, len(cuts) - 1)] == scores[negatives]
        self._negatives = _rows(2 * below + on_cut, negatives, 2 * len(cuts) + 1, len(scores))

    def area(self, weights: Floats) -> npt.NDArray[np.float64]:
        """The area for each column of ``weights`` (answers, resamples); NaN where a side weighs nothing."""
        positives = (self._positives @ weights).astype(np.float64)
        bins = (self._negatives @ weights).astype(np.float64)
        up_to = bins.cumsum(axis=0)
        wins = positives * (up_to[0:-1:2] + bins[1::2] / 2)
        share: npt.NDArray[np.float64] = wins.sum(axis=0) / (positives.sum(axis=0) * up_to[-1])
        return share


def _rows(row_of: npt.NDArray[np.intp], answers: npt.NDArray[np.intp], rows: int, columns: int) -> csr_array:
    """A matrix (rows, columns) that sums up the answers of each row."""
    order = np.argsort(row_of, kind="stable")
    ends = np.concatenate(([0], np.bincount(row_of, minlength=rows).cumsum()))
    # float32 counts exactly up to 16 million, and int32 indices halve what is read.
    ones = np.ones(len(answers), np.float32)
    indices = answers[order].astype(np.int32)
    return csr_array((ones, indices, ends.astype(np.int32)), shape=(rows, columns))
