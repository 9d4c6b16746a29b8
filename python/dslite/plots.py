"""Pictures for people: a chunk as the network sees it, learning curves, how the answers went.

Needs matplotlib.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from dslite import FrontEnd, Recipe
from dslite._dslite import mel_matrix
from dslite.util.atomic import replacing

TICKS = 7
TRAIN_COLOR, VALID_COLOR = "#2f6fb2", "#d1662f"
#: Columns of history.csv that are no measures, and so have no curve.
NOT_CURVES = ("stage", "epoch", "seconds", "learning_rate")
CURVES_A_ROW = 3


def save_picture(
    path: Path, front: FrontEnd, samples: npt.NDArray[np.float32], start_s: float, title: str = ""
) -> None:
    """Draw the core's picture of one chunk, its axes in seconds and in Hz, as PNG.

    Args:
        samples: mono, at the recipe's rate; ``start_s`` is where they begin in the recording.

    Raises:
        Error: the file cannot be written.
    """
    recipe = front.recipe
    picture = front.picture(samples)
    end_s = start_s + len(samples) / recipe.audio.sample_rate_hz
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    image = picture / 255 if picture.shape[2] == 3 else picture[:, :, 0]
    # Row 0 is the highest band; the rows span 0…1 so that ticks do not depend on the picture's size.
    axes.imshow(image, aspect="auto", interpolation="nearest", extent=(start_s, end_s, 0, 1))
    axes.set_xlabel("time in s")
    positions, texts, name = _frequency_ticks(recipe)
    axes.set_yticks(positions, texts)
    axes.set_ylabel(name)
    axes.set_title(_plain(title))
    _save(figure, path)


def save_confusion(path: Path, confusion: npt.NDArray[np.int64], labels: Sequence[str]) -> None:
    """Draw a confusion matrix, rows true and columns answered, shaded by recall, as PNG.

    Raises:
        Error: the file cannot be written.
    """
    recall = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    side = 2.5 + 0.55 * len(labels)
    figure = Figure(figsize=(side + 0.8, side), layout="constrained")
    axes = figure.subplots()
    shades = axes.imshow(recall, cmap="Blues", vmin=0, vmax=1)
    figure.colorbar(shades, label="share of the true class")
    texts = [_plain(label) for label in labels]
    axes.set_xticks(range(len(labels)), texts, rotation=45, ha="right")
    axes.set_yticks(range(len(labels)), texts)
    axes.set_xlabel("answer")
    axes.set_ylabel("true")
    for (true, answer), count in np.ndenumerate(confusion):
        if count:
            color = "white" if recall[true, answer] > 0.5 else "black"
            axes.text(answer, true, str(count), ha="center", va="center", color=color)
    _save(figure, path)


def save_curves(path: Path, history: Sequence[Mapping[str, str | int | float]]) -> None:
    """Draw a panel per measure over the epochs, of training and validation, as PNG.

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
    for axes, name in zip(panels, names, strict=False):
        for key, text, color in ((name, "train", TRAIN_COLOR), (f"val_{name}", "valid", VALID_COLOR)):
            points = [(epoch, row[key]) for epoch, row in enumerate(history, start=1) if key in row]
            if points:
                # A curve of one epoch would be invisible without its point.
                axes.plot(*zip(*points, strict=True), color=color, label=text, marker="o", markersize=2.5)
        _mark_stages(axes, [str(row["stage"]) for row in history])
        axes.set_title(_plain(name))
        axes.set_xlabel("epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False)
    for axes in panels:
        axes.set_visible(False)
    _save(figure, path)


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
            _plain(stages[index]),
            xytext=(3, -2),
            textcoords="offset points",
            fontsize=8,
            color="gray",
            **place,
        )


def save_scatter(
    path: Path, truth: npt.NDArray[np.float32], answers: npt.NDArray[np.float32], names: Sequence[str]
) -> None:
    """Draw a panel per value, true against answered, the diagonal where they agree, as PNG.

    Args:
        truth: shape (n, values), as ``answers``.

    Raises:
        Error: the file cannot be written.
    """
    columns = min(CURVES_A_ROW, len(names))
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(3.8 * columns, 3.9 * rows), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).flat
    for axes, name, true, answer in zip(panels, names, truth.T, answers.T, strict=False):
        both = np.concatenate([true, answer])
        margin = 0.05 * (np.ptp(both) or 1)
        limits = (both.min() - margin, both.max() + margin)
        axes.plot(limits, limits, color="gray", linewidth=1, linestyle=":")
        axes.scatter(true, answer, s=9, alpha=0.5, color=TRAIN_COLOR, edgecolors="none")
        axes.set(xlim=limits, ylim=limits, aspect="equal", xlabel="true", ylabel="answer")
        axes.set_title(_plain(name))
        axes.grid(alpha=0.25)
    for axes in panels:
        axes.set_visible(False)
    _save(figure, path)


def _frequency_ticks(recipe: Recipe) -> tuple[list[float], list[str], str]:
    """Heights in 0…1 of the middles of some rows, what they stand for, and the axis' name."""
    if recipe.mfcc.count:
        hertz, name = np.arange(recipe.mfcc.count, dtype=float), "MFCC"
    elif recipe.mel.bands:
        hertz, name = _band_centres(recipe), "mel band centre in Hz"
    else:
        bins = int(recipe.stft.fft_seconds * recipe.audio.sample_rate_hz) // 2 + 1
        hertz, name = np.linspace(0, recipe.audio.sample_rate_hz / 2, bins), "frequency in Hz"
    rows = np.linspace(0, len(hertz) - 1, min(TICKS, len(hertz))).round().astype(int)
    rows = rows[np.isfinite(hertz[rows])]
    return list((rows + 0.5) / len(hertz)), [f"{value:.0f}" for value in hertz[rows]], name


def _band_centres(recipe: Recipe) -> npt.NDArray[np.float64]:
    """The centre of mass of each of the core's mel filters in Hz; NaN where one holds no FFT bin."""
    matrix = mel_matrix(recipe).astype(np.float64)
    bins_hz = np.linspace(0, recipe.audio.sample_rate_hz / 2, matrix.shape[1])
    with np.errstate(invalid="ignore"):
        centres: npt.NDArray[np.float64] = matrix @ bins_hz / matrix.sum(axis=1)
    return centres


def _plain(text: str) -> str:
    """Text that matplotlib does not read as mathematics."""
    return text.replace("$", r"\$")


def _save(figure: Any, path: Path) -> None:
    # A bare Figure draws by Agg, without a display; without the tag of matplotlib's version the same
    # picture is the same bytes.
    with replacing(path) as file:
        figure.savefig(file, format="png", dpi=120, metadata={"Software": None})
