"""A clip as networks see it: the waveform, and below it the pictures of its chunks, recipe beside recipe."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from dslite.plots.saving import plain, save
from dslite.plots.views import View, frequency_axis, value_name

#: Columns of the waveform's envelope.
ENVELOPE = 1200
COLOR = "#2f6fb2"


def save_clip(path: Path, title: str, views: Sequence[View], chunks: Sequence[int]) -> None:
    """Draw the pictures of some chunks: a column per view, a row per chunk, the waveform above them.

    Raises:
        Error: the file cannot be written.
    """
    ratios = [1.0] + [2.6] * len(chunks)
    size = (1.0 + 5.6 * len(views), 1.6 + 2.9 * len(chunks))
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(len(ratios), len(views), squeeze=False, height_ratios=ratios)
    for column, view in enumerate(views):
        _draw_waveform(panels[0][column], view, chunks)
        for row, chunk in enumerate(chunks, start=1):
            axes = panels[row][column]
            if chunk < len(view.spans_s):
                draw_picture(figure, axes, view, chunk)
            else:
                axes.set_visible(False)
        if len(views) > 1:
            panels[0][column].set_title(plain(view.name, 40))
    figure.suptitle(plain(title, 70 * len(views)))
    save(figure, path)


def save_picture(path: Path, view: View, chunk: int, title: str) -> None:
    """Draw the picture of one chunk alone.

    Raises:
        Error: the file cannot be written.
    """
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    draw_picture(figure, axes, view, chunk)
    axes.set_title(plain(title, 70))
    save(figure, path)


def _draw_waveform(axes: Any, view: View, chunks: Sequence[int]) -> None:
    count = len(view.samples)
    edges = np.linspace(0, count, min(ENVELOPE, count) + 1).astype(int)[:-1]
    times = edges / view.rate_hz
    low, high = (f.reduceat(view.samples, edges) for f in (np.minimum, np.maximum))
    axes.fill_between(times, low, high, color=COLOR, linewidth=0.5, edgecolor=COLOR)
    for chunk in chunks:
        if chunk < len(view.spans_s):
            axes.axvline(view.spans_s[chunk][0], color="gray", linewidth=0.8, linestyle=":")
    peak = max(abs(float(low.min())), abs(float(high.max())), 1e-6)
    shown = (
        view.extent_s(chunks[0]) if len(chunks) == 1 and chunks[0] < len(view.spans_s) else (0, view.seconds)
    )
    axes.set(xlim=shown, ylim=(-1.05 * peak, 1.05 * peak), ylabel="amplitude")
    axes.spines[["top", "right"]].set_visible(False)


def draw_picture(figure: Any, axes: Any, view: View, chunk: int) -> None:
    """Draw a chunk's picture with its axes, its colours, and where its sound ends."""
    recipe, picture = view.recipe, view.picture(chunk)
    start_s, end_s = view.extent_s(chunk)
    # Row 0 is the highest band; the rows span 0…1 so that ticks do not depend on the picture's size.
    place = {"aspect": "auto", "interpolation": "nearest", "extent": (start_s, end_s, 0, 1)}
    if picture.shape[2] == 3:
        axes.imshow(picture / 255, **place)
        scale = Normalize(*view.values(chunk))
        colors = ScalarMappable(scale, recipe.picture.colormap)
    else:
        colors = axes.imshow(picture[:, :, 0], cmap="viridis", **place)
    figure.colorbar(colors, ax=axes, label=value_name(recipe), pad=0.02)
    positions, texts, name = frequency_axis(recipe)
    axes.set_yticks(positions, texts)
    axes.set_ylabel(name)
    axes.set_xlabel("time in s")
    sound_ends = view.spans_s[chunk][1]
    if end_s - sound_ends > 0.5 / view.rate_hz:
        axes.axvline(sound_ends, color="white", linewidth=1, linestyle="--")
        filled = {"pad": "silence", "repeat": "repeated"}.get(recipe.chunk.tail, "")
        axes.set_title(f"chunk {chunk}: from {sound_ends:.2f} s on {filled}", fontsize=9, loc="left")
    else:
        axes.set_title(f"chunk {chunk}", fontsize=9, loc="left")
