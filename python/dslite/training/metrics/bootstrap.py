"""How sure a measure is: percentile bootstrap over files (Efron & Tibshirani, 1993, chapter 13).

The chunks of a file are not independent of each other, so whole files are drawn, with replacement,
and a chunk counts as often as its file was drawn. What all files agree on has no spread: where every
answer is right the interval is the point 100 %, and of n files the truth may well be 3/n below it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

#: Counts, which float32 holds exactly up to 16 million.
Weights = npt.NDArray[np.float32]
Key = TypeVar("Key", bound=Hashable)
#: Weights (resamples, answers) → each measure's values (resamples,), NaN where it is undefined.
Measure = Callable[[Weights], Mapping[Key, npt.NDArray[np.float64]]]

RESAMPLES = 1000
CONFIDENCE = 0.95
#: Weights held at a time: 8 MB of them, which was fastest of 4 to 64 MB.
BLOCK = 1 << 21


@dataclass(frozen=True)
class Estimate:
    """A measure and its 95 % interval; NaN where there is none."""

    value: float
    low: float
    high: float

    def interval(self) -> list[float | None]:
        """Both ends for ``json.dump``, which knows no NaN."""
        return [rounded(self.low), rounded(self.high)]


def rounded(value: float) -> float | None:
    """Six digits for JSON; None for what is not a number."""
    return None if math.isnan(value) else round(float(value), 6)


def estimate(
    measure: Measure[Key], file_of: npt.NDArray[np.intp], seed: int = 0, whole: Measure[Key] | None = None
) -> dict[Key, Estimate]:
    """Take every measure of all answers, and its interval: the middle 95 % of 1000 resamples.

    Resamples in which a measure is undefined are left out of its interval. From one file no
    interval can be had.

    Args:
        file_of: the file of each answer.
        whole: the measures of all answers, where those of a resample are others. [default: the same]
    """
    values = (whole or measure)(everyone(len(file_of)))
    drawn = [measure(weights) for weights in resamples(file_of, seed)]
    several = len(np.unique(file_of)) > 1
    estimates = {}
    for key, value in values.items():
        ends = interval(np.concatenate([block[key] for block in drawn])) if several else (math.nan, math.nan)
        estimates[key] = Estimate(float(value[0]), *ends)
    return estimates


def mean_over_seeds(
    measures: Sequence[Measure[Key]], draw: np.random.Generator | None = None
) -> Measure[Key]:
    """The mean of the measures of several seeds, each of which measures answers for the same files.

    With ``draw`` every resample draws its seeds with replacement, too.
    """

    def mean(weights: Weights) -> Mapping[Key, npt.NDArray[np.float64]]:
        found = [measure(weights) for measure in measures]
        if len(found) == 1:
            return found[0]
        count = len(found)
        times = np.ones((len(weights), count))
        if draw is not None:
            times = draw.multinomial(count, np.full(count, 1 / count), size=len(weights)).astype(float)
        return {key: _weighted(np.stack([one[key] for one in found]), times.T) for key in found[0]}

    return mean


def _weighted(values: npt.NDArray[np.float64], times: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The mean over the first axis of what is not NaN; NaN where nothing is."""
    times = np.where(np.isnan(values), 0.0, times)
    with np.errstate(invalid="ignore", divide="ignore"):
        means: npt.NDArray[np.float64] = np.nansum(values * times, axis=0) / times.sum(axis=0)
    return means


def everyone(count: int) -> Weights:
    """Every answer once."""
    return np.ones((1, count), dtype=np.float32)


def interval(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    """The ends of the middle 95 % of ``values``, NaN left out; NaN where nothing else is left."""
    defined = values[~np.isnan(values)]
    if not len(defined):
        return math.nan, math.nan
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return float(low), float(high)


def resamples(file_of: npt.NDArray[np.intp], seed: int) -> Iterator[Weights]:
    """How often each answer counts in each resample, (some resamples, answers) at a time."""
    files, inverse = np.unique(file_of, return_inverse=True)
    count = len(files)
    rng = np.random.default_rng(seed)
    block = max(1, BLOCK // len(inverse))
    for start in range(0, RESAMPLES, block):
        rows = min(block, RESAMPLES - start)
        drawn = rng.integers(count, size=(rows, count)) + count * np.arange(rows)[:, None]
        times = np.bincount(drawn.ravel(), minlength=rows * count).reshape(rows, count)
        yield times.astype(np.float32)[:, inverse]
