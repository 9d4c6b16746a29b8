"""Measures as metrics.json holds them, named and written for people: accuracy 92.5 (88.8 – 95.8)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

#: How people write the names of measures; those in 0…1 are given in percent.
NAMES = {
    "accuracy": "accuracy",
    "uar": "UAR",
    "macro_f1": "macro-F1",
    "auc": "AUC",
    "ccc": "CCC",
    "mae": "MAE",
    "rmse": "RMSE",
}
PERCENT = frozenset({"accuracy", "uar", "macro_f1", "auc"})


@dataclass(frozen=True)
class Measure:
    """One figure and, where it is known, its 95 % interval. ``target`` is the value it is of, if any."""

    key: str
    value: float | None
    interval: tuple[float, float] | None = None
    target: str = ""

    @property
    def name(self) -> str:
        """What people call it, its target before it."""
        return f"{self.target} {NAMES.get(self.key, self.key)}".strip()

    @property
    def in_percent(self) -> bool:
        """Whether it is written in percent."""
        return self.key in PERCENT

    def text(self) -> str:
        """The figure alone; a dash where it is not defined."""
        return self.write(self.value)

    def interval_text(self) -> str:
        """``88.8 – 95.8``, or nothing."""
        return " – ".join(map(self.write, self.interval)) if self.interval else ""

    def write(self, number: float | None, sign: str = "") -> str:
        """Write a number of this measure's unit; ``sign`` "+" shows it on positive ones, too."""
        if number is None or not math.isfinite(number):
            return "–"
        return f"{100 * number:{sign}.1f}" if self.in_percent else f"{number:{sign}.3f}"


def read_measures(section: Mapping[str, Any]) -> list[Measure]:
    """Find the measures of ``per_chunk`` or ``per_file``; of values, those of each target."""
    return list(_measures(section, ""))


def _measures(section: Mapping[str, Any], target: str) -> Iterator[Measure]:
    intervals = section.get("intervals") or {}
    for key, value in section.items():
        if key in NAMES and (value is None or isinstance(value, int | float)):
            yield Measure(key, value, _interval(intervals.get(key)), target)
    for name, inner in (section.get("targets") or {}).items():
        yield from _measures(inner, name)


def _interval(pair: Any) -> tuple[float, float] | None:
    if pair is None or any(edge is None for edge in pair):
        return None
    low, high = pair
    return float(low), float(high)
