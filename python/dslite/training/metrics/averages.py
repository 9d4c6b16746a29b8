"""A cross-validation's two averages, which are not estimates of the same thing.

The *mean of the folds* weighs every fold alike: how good a training on that much data is, on average.
The *pooled* figure weighs every file alike: it is that of all answers together, each by the network
that did not see its file. For measures that are no means over files, UAR and CCC among them, the two
differ even where the folds are of the same size. Each has an interval of its own, by the same
resamples of the files.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from dslite import Error
from dslite.training.metrics.bootstrap import Estimate, Measure, Weights, estimate, mean_over_seeds
from dslite.training.metrics.predictions import Answers


def average(
    seeds: Sequence[Sequence[Answers]], seed: int = 0
) -> tuple[dict[str, Estimate], dict[str, Estimate]]:
    """Measure folds per file: their mean, and all of them pooled, by the names of ``Answers.function``.

    A fold in which a measure is undefined does not count in its mean. Of several seeds both are
    means over the seeds, and a resample draws files and seeds.

    Args:
        seeds: the folds of each seed, in one order; every seed answered for the same files.
        seed: of the resamples.

    Raises:
        Error: the folds have not the same labels, or the seeds not the same files.
    """
    labels = seeds[0][0].labels
    per_file = [[fold.reordered(labels).per_file() for fold in folds] for folds in seeds]
    if any([fold.files for fold in folds] != [fold.files for fold in per_file[0]] for folds in per_file):
        raise Error("the seeds did not answer for the same files; expected the same split for each")
    pooled = [Answers.joined(folds) for folds in per_file]
    answered = sum(len(fold.files) for fold in per_file[0])
    mean = _estimate([_mean_of_folds(folds) for folds in per_file], np.arange(answered), seed)
    return mean, _estimate([one.function() for one in pooled], pooled[0].file_of, seed)


def _estimate(
    measures: Sequence[Measure[str]], file_of: npt.NDArray[np.intp], seed: int
) -> dict[str, Estimate]:
    draw = np.random.default_rng((seed, 1))
    return estimate(mean_over_seeds(measures, draw), file_of, seed, whole=mean_over_seeds(measures))


def _mean_of_folds(folds: Sequence[Answers]) -> Measure[str]:
    """The mean of the measures of the folds, whose answers stand one fold after the other."""
    functions = [fold.function() for fold in folds]
    ends = np.cumsum([0, *(len(fold.files) for fold in folds)])

    def mean(weights: Weights) -> dict[str, npt.NDArray[np.float64]]:
        with np.errstate(invalid="ignore", divide="ignore"):  # a resample may draw nothing of a fold
            found = [
                function(weights[:, start:end])
                for function, start, end in zip(functions, ends, ends[1:], strict=False)
            ]
        return {key: _mean_of_defined([one[key] for one in found]) for key in found[0]}

    return mean


def _mean_of_defined(values: Sequence[npt.NDArray[np.float64]]) -> npt.NDArray[np.float64]:
    stacked = np.stack(values)
    defined = ~np.isnan(stacked)
    with np.errstate(invalid="ignore"):
        means: npt.NDArray[np.float64] = np.where(defined, stacked, 0.0).sum(axis=0) / defined.sum(axis=0)
    return means
