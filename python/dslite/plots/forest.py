"""Figures with their intervals, one below the other: a forest plot of runs, or of classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from dslite.plots.saving import plain, save
from dslite.training.metrics.confusion import Confusion
from dslite.training.metrics.kinds import F1, PRECISION, RECALL
from dslite.training.metrics.measures import Measure

COLOR = "#2f6fb2"
NAME_LENGTH = 32
#: Up to so many classes have a row; of more, those with the lowest F1.
CLASSES = 40


@dataclass(frozen=True)
class Row:
    """A row of the plot: its name, and a measure for some of the panels."""

    name: str
    measures: Sequence[Measure]


def save_forest(path: Path, rows: Sequence[Row], differences: bool = False) -> None:
    """Draw a panel per kind of measure, a row per run, figures as points and intervals as lines.

    Args:
        differences: the figures are differences, and a line marks none.

    Raises:
        Error: the file cannot be written.
    """
    panels = list(dict.fromkeys((one.target, one.kind) for row in rows for one in row.measures))
    size = (2.2 + 2.5 * len(panels), 1.1 + 0.36 * len(rows))
    figure = Figure(figsize=size, layout="constrained")
    all_axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    places = np.arange(len(rows))[::-1]
    for axes, (target, kind) in zip(all_axes, panels, strict=True):
        scale = 100 if kind.in_percent else 1
        for place, row in zip(places, rows, strict=True):
            for one in row.measures:
                if (one.target, one.kind) != (target, kind) or one.value is None:
                    continue
                if one.interval:
                    axes.plot(
                        [scale * edge for edge in one.interval], [place, place], color=COLOR, linewidth=2
                    )
                # Two equal figures differ by 1e-17 at times, which would be the axis's unit.
                axes.plot(round(scale * one.value, 9), place, "o", color=COLOR, markersize=5)
        if differences:
            axes.axvline(0, color="gray", linewidth=1, linestyle=":")
        axes.set_title(plain(f"{target} {kind.title}".strip(), 30), fontsize=10)
        axes.grid(axis="x", alpha=0.25)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(axis="y", length=0)
        axes.margins(x=0.08)
    all_axes[0].set_yticks(places, [plain(row.name, NAME_LENGTH) for row in rows])
    all_axes[0].set_ylim(-0.6, len(rows) - 0.4)
    save(figure, path)


def save_classes(path: Path, confusion: Confusion) -> None:
    """Draw precision, recall and F1 of every class; of more than CLASSES those with the lowest F1.

    Raises:
        Error: the file cannot be written.
    """
    f1 = confusion.f1()
    chosen = [k for k in np.argsort(f1, kind="stable") if not np.isnan(f1[k])][:CLASSES][::-1]
    figure = Figure(figsize=(6.4, 1.2 + 0.3 * len(chosen)), layout="constrained")
    axes = figure.subplots()
    places = np.arange(len(chosen))
    named = ((PRECISION, confusion.precision(), ">"), (RECALL, confusion.recall(), "s"), (F1, f1, "o"))
    for kind, values, marker in named:
        axes.plot(100 * values[chosen], places, marker, label=kind.name, markersize=5, alpha=0.8)
    axes.set_yticks(places, [plain(confusion.labels[k], NAME_LENGTH) for k in chosen])
    axes.set(xlim=(-2, 102), ylim=(-0.6, len(chosen) - 0.4), xlabel="%")
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    save(figure, path)
