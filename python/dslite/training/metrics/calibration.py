"""Do the scores mean what they say? Of answers with a score of 0.8, four of five should be right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

BINS = 15

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """Answers by the score of what was answered, in bins of equal width over 0…1; NaN in empty bins.

    ``error`` is the expected calibration error (Naeini et al., 2015; Guo et al., 2017): the mean
    distance of score and share of right answers, bins weighing as many answers as they hold.
    """

    counts: npt.NDArray[np.intp]
    score: Floats
    right: Floats
    error: float


def calibration(
    truth: npt.NDArray[np.intp], scores: npt.NDArray[np.float32], bins: int = BINS
) -> Calibration:
    """Sort answers (answers, labels) into bins by their highest score.

    Raises:
        ValueError: scores outside 0…1, which no share of right answers can equal.
    """
    highest = scores.max(axis=1).astype(np.float64)
    if highest.min() < 0 or highest.max() > 1 + 1e-6:
        worst = float(highest.max() if highest.max() > 1 else highest.min())
        raise ValueError(f"scores: {worst:g} given, expected shares in 0…1")
    is_right = scores.argmax(axis=1) == truth
    bin_of = np.minimum((highest * bins).astype(np.intp), bins - 1)
    counts = np.bincount(bin_of, minlength=bins)
    with np.errstate(invalid="ignore"):
        score = np.bincount(bin_of, highest, bins) / counts
        right = np.bincount(bin_of, is_right, bins) / counts
    error = float(np.nansum(counts * abs(score - right)) / len(truth))
    return Calibration(counts, score, right, error)
