"""Measures as metrics.json holds them, named and written for people: accuracy 92.5 (88.8 – 95.8)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, stdev
from typing import Any

from dslite.training.metrics.averages import average
from dslite.training.metrics.bootstrap import rounded
from dslite.training.metrics.kinds import KINDS, Kind
from dslite.training.metrics.paired import Comparison
from dslite.training.metrics.predictions import Answers
from dslite.training.metrics.values import MEAN


@dataclass(frozen=True)
class Measure:
    """One figure and, where it is known, its 95 % interval.

    ``target`` is the value it is of, if any. ``std`` is the standard deviation over folds, of which
    ``value`` is the mean then.
    """

    key: str
    value: float | None
    interval: tuple[float, float] | None = None
    target: str = ""
    std: float | None = None

    @property
    def kind(self) -> Kind:
        """Its row in the table of measures."""
        return KINDS[self.key]

    def function_key(self, known: Iterable[str]) -> str:
        """Its name in ``Answers.function``: ``mae:TARGET``, or ``mae`` where only that is ``known``."""
        full = f"{self.key}:{self.target}"
        return full if full in known else self.key

    @property
    def name(self) -> str:
        """What people call it, its target before it."""
        return f"{self.target} {self.kind.name}".strip()

    @property
    def title(self) -> str:
        """The name with the unit."""
        return f"{self.target} {self.kind.title}".strip()

    def text(self) -> str:
        """The figure alone; a dash where it is not defined."""
        return self.write(self.value)

    def interval_text(self) -> str:
        """``88.8 – 95.8``, or nothing."""
        return " – ".join(map(self.write, self.interval)) if self.interval else ""

    def full_text(self, sign: str = "") -> str:
        """``92.5 [88.8, 95.8]``, over folds ``92.5 ± 2.1 [88.8, 95.8]``; ``sign`` as in ``Kind.write``."""
        text = self.write(self.value, sign)
        if self.std is not None:
            text += f" ± {self.write(self.std)}"
        return f"{text} [{', '.join(self.write(x, sign) for x in self.interval)}]" if self.interval else text

    def stacked(self, sign: str = "") -> str:
        """The figure, and below it the interval."""
        figure, bracket, interval = self.full_text(sign).partition(" [")
        # The ends' signs are plain by the figure's, and a plus would cost the table eight columns.
        return f"{figure}\n[{interval.replace('+', '')}" if bracket else figure

    def to_json(self) -> dict[str, float | None]:
        """As plain values: value and, where they are known, low and high, or std."""
        numbers = {"value": self.value, "std": self.std}
        if self.interval:
            numbers |= dict(zip(("low", "high"), self.interval, strict=True))
        known = {name: rounded(number) for name, number in numbers.items() if number is not None}
        return {"value": None} | known

    def write(self, number: float | None, sign: str = "") -> str:
        """Write a number of this measure's unit."""
        return self.kind.write(number, sign)


def read_measures(section: Mapping[str, Any]) -> list[Measure]:
    """Find the measures of ``per_chunk`` or ``per_file``; of values, those of each target and their mean."""
    targets = section.get("targets") or {}
    measures = [measure for name, inner in targets.items() for measure in _measures(inner, name)]
    return measures if len(targets) == 1 else measures + list(_measures(section, MEAN if targets else ""))


def averages(
    folds: Sequence[Sequence[Measure]], answers: Sequence[Answers]
) -> tuple[list[Measure], list[Measure]]:
    """The two averages of a cross-validation: the mean of its folds, and the figure of all answers pooled.

    Args:
        folds: the measures of each fold, per file; ``answers`` what it answered.

    Raises:
        Error: the folds have not the same labels.
    """
    mean, pooled = average(answers)
    means = [
        replace(one, interval=_interval(mean[one.function_key(mean)].interval()))
        for one in mean_of_folds(folds)
    ]
    return means, [
        replace(one, std=None, value=pooled[key].value, interval=_interval(pooled[key].interval()))
        for one in means
        for key in [one.function_key(pooled)]
    ]


def mean_of_folds(folds: Sequence[Sequence[Measure]]) -> list[Measure]:
    """The mean of each measure and its standard deviation (n − 1), over the folds it is defined in."""
    values: dict[tuple[str, str], list[float]] = {}
    for measure in (measure for fold in folds for measure in fold):
        known = values.setdefault((measure.key, measure.target), [])
        if measure.value is not None and math.isfinite(measure.value):
            known.append(measure.value)
    return [
        Measure(key, fmean(known) if known else None, None, target, stdev(known) if len(known) > 1 else None)
        for (key, target), known in values.items()
    ]


def difference_measures(comparison: Comparison) -> list[Measure]:
    """The differences of two runs, as measures with intervals."""
    several = any(":" in key for key in comparison.measures)
    measures = []
    for name, one in comparison.measures.items():
        key, _, target = name.partition(":")
        interval = _interval(one.difference.interval())
        measures.append(Measure(key, one.difference.value, interval, target or (MEAN if several else "")))
    return measures


def _measures(section: Mapping[str, Any], target: str) -> Iterator[Measure]:
    intervals = section.get("intervals") or {}
    for key, value in section.items():
        if key in KINDS and (value is None or isinstance(value, int | float)):
            yield Measure(key, value, _interval(intervals.get(key)), target)


def _interval(pair: Any) -> tuple[float, float] | None:
    if pair is None or any(edge is None for edge in pair):
        return None
    low, high = pair
    return float(low), float(high)
