"""Explanations over the pictures that they explain: bright is what speaks for the label."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from dslite.explain.explanation import Explanation
from dslite.plots.clip import draw_picture
from dslite.plots.saving import DPI, plain, save
from dslite.plots.views import View

#: How dark a place is that does not speak for the label.
SHADE = 0.75
#: A chunk of some recording, and why it was answered as it was.
Explained = tuple[View, int, Explanation]


def save_explanations(path: Path, title: str, explained: Sequence[Explained]) -> None:
    """Draw chunk below chunk, each with the words that say the same.

    Raises:
        Error: the file cannot be written, or its suffix is none of .png, .pdf and .svg.
    """
    save(_figure(title, explained), path)


def png_of(explained: Explained) -> bytes:
    """One chunk, as a PNG file's bytes."""
    content = io.BytesIO()
    _figure("", [explained]).savefig(content, format="png", dpi=DPI, metadata={"Software": None})
    return content.getvalue()


def _figure(title: str, explained: Sequence[Explained]) -> Any:
    figure = Figure(figsize=(8, 0.6 + 3.1 * len(explained)), layout="constrained")
    panels = figure.subplots(len(explained), 1, squeeze=False)[:, 0]
    for axes, (view, chunk, explanation) in zip(panels, explained, strict=True):
        draw_picture(figure, axes, view, chunk)
        _shade(axes, view.extent_s(chunk), explanation)
        axes.set_title(plain(explanation.words(view.spans_s[chunk][0]), 90), fontsize=10, loc="left")
    if title:
        figure.suptitle(plain(title, 80))
    return figure


def _shade(axes: Any, extent_s: tuple[float, float], explanation: Explanation) -> None:
    """Darken what does not speak for the label."""
    speaks = np.maximum(explanation.relevance, 0)
    dark = np.zeros((*speaks.shape, 4))
    dark[:, :, 3] = SHADE * (1 - speaks / max(speaks.max(), np.finfo(np.float32).tiny))
    axes.imshow(dark, aspect="auto", interpolation="bilinear", extent=(*extent_s, 0, 1))
