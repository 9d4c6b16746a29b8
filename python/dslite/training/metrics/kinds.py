"""The one table of measures: what each is called, its unit, and which way is better.

The terminal, metrics.json, the report, comparisons and TensorBoard name and write figures by it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of measure.

    ``key`` is its name in JSON and CSV, ``name`` the one that people read. ``unit`` is "%" for those
    that are stored in 0…1 and written in percent, "target" for those in the unit of what is
    predicted, "" for pure numbers.
    """

    key: str
    name: str
    unit: str
    higher_is_better: bool

    @property
    def in_percent(self) -> bool:
        """Whether it is written in percent."""
        return self.unit == "%"

    @property
    def title(self) -> str:
        """The name with the unit, as the head of a column."""
        return f"{self.name} in %" if self.in_percent else self.name

    def write(self, number: float | None, sign: str = "") -> str:
        """Write a number of this kind: ``92.5``, ``0.938``, a dash where it is not defined.

        Args:
            sign: "+" shows it on positive numbers, too.
        """
        if number is None or not math.isfinite(number):
            return "–"
        return f"{100 * number:{sign}.1f}" if self.in_percent else f"{number:{sign}.3f}"


OF_CLASSES = (
    Kind("accuracy", "accuracy", "%", higher_is_better=True),
    Kind("uar", "UAR", "%", higher_is_better=True),
    Kind("macro_f1", "macro-F1", "%", higher_is_better=True),
    Kind("auc", "AUC", "%", higher_is_better=True),
)
OF_VALUES = (
    Kind("mae", "MAE", "target", higher_is_better=False),
    Kind("rmse", "RMSE", "target", higher_is_better=False),
    Kind("ccc", "CCC", "", higher_is_better=True),
)
#: Of one class, beside those of all.
RECALL = Kind("recall", "recall", "%", higher_is_better=True)
PRECISION = Kind("precision", "precision", "%", higher_is_better=True)
F1 = Kind("f1", "F1", "%", higher_is_better=True)
KINDS = {kind.key: kind for kind in (*OF_CLASSES, *OF_VALUES)}
