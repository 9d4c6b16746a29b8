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
    ``value`` is the mean then, and ``seed_std`` the one over seeds, likewise.
    """

    key: str
    value: float | None
    interval: tuple[float, float] | None = None
    target: str = ""
    std: float | None = None
    seed_std: float | None = None

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
        """``92.5 [88.8, 95.8]``, over folds ``92.5 ± 2.1 [88.8, 95.8]``; ``sign`` as in ``Kind.write``.

        The deviation over seeds comes behind that over folds: ``92.5 ± 2.1, seeds ± 0.4``.
        """
        text = self.write(self.value, sign)
        if self.std is not None:
            text += f" ± {self.write(self.std)}"
        if self.seed_std is not None:
            text += f"{',' if self.std is not None else ''} seeds ± {self.write(self.seed_std)}"
        return f"{text} [{', '.join(self.write(x, sign) for x in self.interval)}]" if self.interval else text

    def stacked(self, sign: str = "") -> str:
        """The figure, and below it the interval."""
        figure, bracket, interval = self.full_text(sign).partition(" [")
        # The ends' signs are plain by the figure's, and a plus would cost the table eight columns.
        return f"{figure}\n[{interval.replace('+', '')}" if bracket else figure

    def to_json(self) -> dict[str, float | None]:
        """As plain values: value and, where they are known, low and high, std and seed_std."""
        numbers = {"value": self.value, "std": self.std, "seed_std": self.seed_std}
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
    measures: Sequence[Sequence[Sequence[Measure]]], answers: Sequence[Sequence[Answers]]
) -> tuple[list[Measure], list[Measure]]:
    """The two averages of a cross-validation: the mean of its folds, and the figure of all answers pooled.

    Args:
        measures: of each seed those of each fold, per file; ``answers`` what the folds answered.

    Raises:
        Error: the folds have not the same labels, or the seeds not the same files.
    """
    mean, pooled = average(answers)
    deviations = _deviations(measures)
    means, together = [], []
    for (key, target), (std, seed_std) in deviations.items():
        one = Measure(key, None, None, target, std, seed_std)
        name = one.function_key(mean)
        means.append(replace(one, value=mean[name].value, interval=_interval(mean[name].interval())))
        pool = pooled[name]
        together.append(
            replace(one, std=None, seed_std=None, value=pool.value, interval=_interval(pool.interval()))
        )
    return means, together


Deviations = dict[tuple[str, str], tuple[float | None, float | None]]


def _deviations(measures: Sequence[Sequence[Sequence[Measure]]]) -> Deviations:
    """The standard deviations (n − 1) of each measure: of its folds' means over seeds, and the other way."""
    by_fold = list(zip(*measures, strict=True))
    folds, seeds = (list(map(_means, groups)) for groups in (by_fold, measures))
    return {name: (_deviation(folds, name), _deviation(seeds, name)) for name in folds[0]}


def _means(runs: Sequence[Sequence[Measure]]) -> dict[tuple[str, str], float | None]:
    """The mean of each measure over the runs in which it is defined."""
    values: dict[tuple[str, str], list[float]] = {}
    for measure in (measure for run in runs for measure in run):
        known = values.setdefault((measure.key, measure.target), [])
        if measure.value is not None and math.isfinite(measure.value):
            known.append(measure.value)
    return {name: fmean(known) if known else None for name, known in values.items()}


def _deviation(
    means: Sequence[Mapping[tuple[str, str], float | None]], name: tuple[str, str]
) -> float | None:
    known = [value for one in means if (value := one.get(name)) is not None]
    return stdev(known) if len(known) > 1 else None


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
