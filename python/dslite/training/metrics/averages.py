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

from dslite.training.metrics.bootstrap import Estimate, Weights, estimate
from dslite.training.metrics.predictions import Answers


def average(folds: Sequence[Answers], seed: int = 0) -> tuple[dict[str, Estimate], dict[str, Estimate]]:
    """Measure the folds per file: their mean, and all of them pooled, by the names of ``Answers.function``.

    A fold in which a measure is undefined does not count in its mean.

    Raises:
        Error: the folds have not the same labels.
    """
    per_file = [fold.reordered(folds[0].labels).per_file() for fold in folds]
    functions = [fold.function() for fold in per_file]
    ends = np.cumsum([0, *(len(fold.files) for fold in per_file)])

    def mean(weights: Weights) -> dict[str, npt.NDArray[np.float64]]:
        with np.errstate(invalid="ignore", divide="ignore"):  # a resample may draw nothing of a fold
            found = [
                function(weights[:, start:end])
                for function, start, end in zip(functions, ends, ends[1:], strict=False)
            ]
        return {key: _mean_of_defined([one[key] for one in found]) for key in found[0]}

    pooled = Answers.joined(per_file)
    return (
        estimate(mean, np.arange(ends[-1]), seed),
        estimate(pooled.function(), pooled.file_of, seed),
    )


def _mean_of_defined(values: Sequence[npt.NDArray[np.float64]]) -> npt.NDArray[np.float64]:
    stacked = np.stack(values)
    defined = ~np.isnan(stacked)
    with np.errstate(invalid="ignore"):
        means: npt.NDArray[np.float64] = np.where(defined, stacked, 0.0).sum(axis=0) / defined.sum(axis=0)
    return means
