"""What a conversion costs in answers: the converted model against the run's own, on the same recordings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from dslite.training.metrics.bootstrap import rounded
from dslite.training.metrics.kinds import KINDS, Kind
from dslite.training.metrics.paired import Difference, compare, compare_chunks
from dslite.training.metrics.predictions import Answers

#: A point: a hundredth, of UAR and of CCC alike.
POINT = 0.01


@dataclass(frozen=True)
class Loss:
    """Two models on the same chunks.

    ``kind`` is UAR, or CCC (mean over the targets) of values. ``agreement`` is the share of chunks that
    get the same answer, or of values the CCC between the two models, the lowest of the targets.
    ``divergence`` is the mean Jensen–Shannon divergence of a chunk's scores in bits (Lin, 1991; 0: the same,
    1: disjoint), or of values the mean distance in standard deviations of the first model's values.
    """

    kind: Kind
    per_file: Difference
    per_chunk: Difference
    agreement: float
    divergence: float

    @property
    def points(self) -> float:
        """The larger loss of the two in points, negative where the conversion is better."""
        return max(-one.difference.value for _, one in self._both()) / POINT

    def _both(self) -> Iterator[tuple[str, Difference]]:
        yield "file", self.per_file
        yield "chunk", self.per_chunk

    def describe(self) -> str:
        """The larger loss in words, with its interval."""
        unit, worst = max(self._both(), key=lambda pair: -pair[1].difference.value)
        low, high = -worst.difference.high / POINT, -worst.difference.low / POINT
        return (
            f"{self.points:.1f} points of {self.kind.name} per {unit} (95 % interval {low:.1f} to {high:.1f})"
        )

    def rows(self) -> list[tuple[str, str, str, str]]:
        """A line per file and one per chunk: the measure of both models, and the difference in points."""
        return [
            (
                f"{self.kind.title} per {unit}",
                self.kind.write(one.first),
                self.kind.write(one.second),
                f"{one.difference.value / POINT:+.1f} [{one.difference.low / POINT:.1f}, "
                f"{one.difference.high / POINT:.1f}] points",
            )
            for unit, one in self._both()
        ]

    def agreement_text(self) -> str:
        """Agreement and divergence in words."""
        if self.kind.in_percent:
            return (
                f"{100 * self.agreement:.1f} % of chunks get the same answer; the mean Jensen–Shannon "
                f"divergence of their scores is {self.divergence:.4f} bits"
            )
        return (
            f"the CCC between the two models' values is {self.agreement:.4f} (lowest target); their mean "
            f"distance is {self.divergence:.4f} standard deviations"
        )

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        sections = {
            f"per_{unit}": {
                "own": rounded(one.first),
                "converted": rounded(one.second),
                "difference": rounded(one.difference.value),
                "interval": one.difference.interval(),
            }
            for unit, one in self._both()
        }
        return {
            "measure": self.kind.key,
            **sections,
            "agreement": rounded(self.agreement),
            "divergence": rounded(self.divergence),
        }


def measure_loss(own: Answers, converted: Answers) -> Loss:
    """Compare the answers of two models to the same chunks."""
    key = "uar" if own.task.exclusive else "ccc"
    first, second = own.scores.astype(np.float64), converted.scores.astype(np.float64)
    if own.task.exclusive:
        agreement = float((first.argmax(axis=1) == second.argmax(axis=1)).mean())
        divergence = float(_jensen_shannon_bits(first, second).mean())
    else:
        agreement = float(min(map(_concordance, first.T, second.T)))
        spread = np.maximum(first.std(axis=0), np.finfo(np.float32).tiny)
        divergence = float((np.abs(first - second) / spread).mean())
    per_file, per_chunk = compare([own], [converted]), compare_chunks(own, converted)
    return Loss(KINDS[key], per_file.measures[key], per_chunk[key], agreement, divergence)


def _jensen_shannon_bits(first: Any, second: Any) -> Any:
    """The divergence of each row, taken as a distribution."""
    p, q = (
        np.clip(one, 0, None) / np.clip(one, 0, None).sum(axis=1, keepdims=True) for one in (first, second)
    )
    middle = (p + q) / 2

    def relative(one: Any) -> Any:
        return np.sum(one * np.log2(np.where(one > 0, one / np.where(middle > 0, middle, 1), 1)), axis=1)

    return np.maximum((relative(p) + relative(q)) / 2, 0)


def _concordance(first: Any, second: Any) -> Any:
    """Lin's concordance correlation coefficient (1989); 1 of two constants that are the same."""
    covariance = np.mean((first - first.mean()) * (second - second.mean()))
    spread = first.var() + second.var() + (first.mean() - second.mean()) ** 2
    return 2 * covariance / spread if spread > 0 else 1.0
