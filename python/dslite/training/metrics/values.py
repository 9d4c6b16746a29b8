"""How good predicted numbers are: MAE, RMSE and the concordance correlation coefficient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from dslite.training.metrics.bootstrap import Estimate, Measure, Weights, estimate, rounded
from dslite.training.metrics.kinds import OF_VALUES, Kind

Indices = npt.NDArray[np.intp]
Values = npt.NDArray[np.float32]

#: The name under which the mean over the targets goes.
MEAN = "mean"


@dataclass(frozen=True)
class ValueMetrics:
    """Measures of one set of answers, for every target and their mean, with 95 % intervals.

    ``mae``: mean absolute error. ``rmse``: root of the mean squared error, in the target's unit as
    the other. ``ccc``: concordance correlation coefficient (Lin, 1989), in −1…1, the correlation
    less what the answers x miss of the truth y in place and spread,

        2 s_xy / (s_x² + s_y² + (mean x − mean y)²),

    with moments over n, not n − 1; NaN where x and y are one and the same constant.
    ``targets[i]`` has the measures of target ``i``, and ``mean`` the means over the targets.
    """

    labels: tuple[str, ...]
    count: int
    targets: tuple[Mapping[str, Estimate], ...]
    mean: Mapping[str, Estimate]

    title: ClassVar[str] = "with 95 % intervals"
    kinds: ClassVar[tuple[Kind, ...]] = OF_VALUES
    terms: ClassVar[str] = "CCC is the concordance correlation coefficient"
    confusion: ClassVar[None] = None

    def rows(self) -> list[tuple[str, tuple[Estimate, ...]]]:
        """The rows of a summary: a name and an estimate for each of ``kinds``, per target and their mean."""
        named = list(zip(self.labels, self.targets, strict=True))
        if len(named) > 1:
            named.append((MEAN, self.mean))
        return [(name, tuple(measures[kind.key] for kind in self.kinds)) for name, measures in named]

    def to_json(self) -> dict[str, Any]:
        """The same as plain values, for ``json.dump``."""
        targets = {name: _plain(one) for name, one in zip(self.labels, self.targets, strict=True)}
        return {"count": self.count, **_plain(self.mean), "targets": targets}


def measure_values(
    truth: Values, answers: Values, names: Sequence[str], file_of: Indices | None = None, seed: int = 0
) -> ValueMetrics:
    """Measure answers (answers, targets) against the truth, of the same shape.

    Args:
        file_of: the file of each answer. [default: each is a file's]
        seed: of the bootstrap's 1000 resamples of the files.

    Raises:
        ValueError: no answers, or shapes that do not fit.
    """
    if not len(truth) or not truth.shape == answers.shape == (len(truth), len(names)):
        raise ValueError(
            f"answers: shape {answers.shape}, truth: {truth.shape}, "
            f"expected ({len(truth)}, {len(names)}) and not empty"
        )
    files = np.arange(len(truth)) if file_of is None else file_of
    estimates = estimate(value_measure(truth, answers), files, seed)
    *targets, mean = (
        {kind.key: estimates[kind.key, index] for kind in OF_VALUES} for index in (*range(len(names)), -1)
    )
    return ValueMetrics(tuple(names), len(truth), tuple(targets), mean)


def value_measure(truth: Values, answers: Values) -> Measure[tuple[str, int]]:
    """MAE, RMSE and CCC of each target, and as target −1 their means, as functions of the weights."""
    x, y = answers.astype(np.float64), truth.astype(np.float64)
    # Centred on one point for both: the moments below would lose digits far from zero.
    centre = y.mean(axis=0)
    x, y = x - centre, y - centre
    terms = np.stack([abs(x - y), (x - y) ** 2, x, y, x * x, y * y, x * y])  # (7, answers, targets)

    def measure(weights: Weights) -> dict[tuple[str, int], npt.NDArray[np.float64]]:
        shares = weights / weights.sum(axis=1, keepdims=True, dtype=np.float64)
        mae, mse, mean_x, mean_y, xx, yy, xy = shares @ terms  # each (resamples, targets)
        spread = xx - mean_x**2 + yy - mean_y**2 + (mean_x - mean_y) ** 2
        with np.errstate(invalid="ignore", divide="ignore"):
            # Of two equal constants rounding leaves a spread, 16 digits down.
            ccc = 2 * (xy - mean_x * mean_y) / np.where(spread > 1e-12 * (xx + yy), spread, np.nan)
        found = {"mae": mae, "rmse": np.sqrt(mse), "ccc": ccc}
        one_each = {(key, i): value[:, i] for key, value in found.items() for i in range(value.shape[1])}
        return one_each | {(key, -1): value.mean(axis=1) for key, value in found.items()}

    return measure


def _plain(measures: Mapping[str, Estimate]) -> dict[str, Any]:
    values: dict[str, Any] = {key: rounded(one.value) for key, one in measures.items()}
    return values | {"intervals": {key: one.interval() for key, one in measures.items()}}
