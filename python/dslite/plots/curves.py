"""Learning curves: a panel per measure over the epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from dslite.plots.saving import plain, save

TRAIN_COLOR, VALID_COLOR = "#2f6fb2", "#d1662f"
#: Columns of history.csv that are no measures, and so have no curve.
NOT_CURVES = ("stage", "epoch", "seconds", "learning_rate")
CURVES_A_ROW = 3


def save_curves(path: Path, history: Sequence[Mapping[str, str | int | float]]) -> None:
    """Draw a panel per measure over the epochs, of training and validation.

    Args:
        history: a mapping per epoch of ``stage``, ``epoch`` and measures; those of the validation
            part begin with ``val_``. Epochs are counted on from stage to stage.

    Raises:
        Error: the file cannot be written.
        ValueError: no epoch, or no measure.
    """
    names = list(dict.fromkeys(n.removeprefix("val_") for row in history for n in row if n not in NOT_CURVES))
    if not names:
        raise ValueError("history: no measure of an epoch in it")
    names.sort(key=lambda name: name != "loss")
    columns = min(CURVES_A_ROW, len(names))
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(1 + 4.2 * columns, 3.4 * rows), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).flat
    for name, axes in zip(names, panels, strict=False):
        for key, text, color in ((name, "train", TRAIN_COLOR), (f"val_{name}", "valid", VALID_COLOR)):
            points = [(epoch, row[key]) for epoch, row in enumerate(history, start=1) if key in row]
            if points:
                # A curve of one epoch would be invisible without its point.
                axes.plot(*zip(*points, strict=True), color=color, label=text, marker="o", markersize=2.5)
        _mark_stages(axes, [str(row["stage"]) for row in history])
        axes.set_title(plain(name))
        axes.set_xlabel("epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False)
    for axes in panels:
        axes.set_visible(False)
    save(figure, path)


def _mark_stages(axes: Any, stages: Sequence[str]) -> None:
    """Draw a line where a stage begins after another, and name the stages where there are several."""
    begins = [i for i, stage in enumerate(stages) if i == 0 or stage != stages[i - 1]]
    if len(begins) < 2:
        return
    axes.margins(y=0.12)  # room for the names above the curves
    for index in begins:
        if index:
            axes.axvline(index + 0.5, color="gray", linewidth=1, linestyle=":")
        place = {"xy": (index + 0.5, 1), "xycoords": ("data", "axes fraction"), "va": "top"}
        axes.annotate(
            plain(stages[index]),
            xytext=(3, -2),
            textcoords="offset points",
            fontsize=8,
            color="gray",
            **place,
        )
