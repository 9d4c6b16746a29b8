"""What the measures of both tasks have in common: means per file, and the rows of a summary."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from dslite.training.metrics.bootstrap import Estimate
from dslite.training.metrics.confusion import Confusion
from dslite.training.metrics.kinds import Kind

Indices = npt.NDArray[np.intp]
Scores = npt.NDArray[np.float32]


class Metrics(Protocol):
    """Measures of one set of answers: of classes (``ClassMetrics``) or of values (``ValueMetrics``)."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes, or the targets by name."""

    @property
    def count(self) -> int:
        """How many answers were measured."""

    @property
    def title(self) -> str:
        """What a summary is headed with, after the name of the files that were measured."""

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of measures there are."""

    @property
    def terms(self) -> str:
        """What the names of the measures mean, as a sentence without its stop."""

    @property
    def confusion(self) -> Confusion | None:
        """Which class was taken for which; None of values."""

    def rows(self) -> list[tuple[str, tuple[Estimate, ...]]]:
        """The rows of a summary: a name, which may be empty, and an estimate for each of ``kinds``."""

    def to_json(self) -> dict[str, Any]:
        """Turn the measures into plain values, for ``json.dump``."""


def mean_per_file(scores: Scores, file_of: Indices) -> tuple[Indices, Scores]:
    """Average the chunks of each file: (files, their mean scores), ordered by file index."""
    files, inverse = np.unique(file_of, return_inverse=True)
    sums = np.zeros((len(files), scores.shape[1]), dtype=np.float64)
    np.add.at(sums, inverse, scores)
    means = sums / np.bincount(inverse)[:, None]
    return files, means.astype(np.float32)


def summary_rows(per_chunk: Metrics, per_file: Metrics, gap: str = " ") -> Iterator[tuple[str, ...]]:
    """The rows of a summary: its header, then the measures per chunk, then those per file.

    Args:
        gap: between a figure and its interval.
    """
    yield ("", *(kind.name for kind in per_file.kinds), "n")
    for unit, metrics in (("per chunk", per_chunk), ("per file", per_file)):
        for name, estimates in metrics.rows():
            cells = (summary_cell(kind, one, gap) for kind, one in zip(metrics.kinds, estimates, strict=True))
            yield (f"{name} {unit}".strip(), *cells, str(metrics.count))


def summary_cell(kind: Kind, one: Estimate, gap: str = " ") -> str:
    """``92.5 [88.8, 96.2]``; without the interval where there is none."""
    if math.isnan(one.low):
        return kind.write(one.value)
    return f"{kind.write(one.value)}{gap}[{kind.write(one.low)}, {kind.write(one.high)}]"
