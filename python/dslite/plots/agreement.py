"""Truth against answer: the confusion matrix of classes, the scatter of values."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from dslite.plots.saving import plain, save
from dslite.training.metrics.bootstrap import everyone
from dslite.training.metrics.confusion import Confusion
from dslite.training.metrics.kinds import KINDS
from dslite.training.metrics.values import value_measure

#: More classes than these are drawn as those with the most mistakes and the others put together: the
#: picture stays legible, and its memory bounded.
CLASSES = 40
LABEL_LENGTH = 24
#: Up to so many classes every count is written into its cell.
COUNTED = 25
PANELS_A_ROW = 3
#: More points than these are pixels in a vector file, too.
VECTOR_POINTS = 5000
COLOR = "#2f6fb2"


def save_confusion(path: Path, confusion: Confusion, normalised: bool = False) -> None:
    """Draw a confusion matrix, rows true and columns answered, shaded by the share of the true class.

    Of more than CLASSES classes it shows those with the most mistakes.

    Args:
        normalised: write the shares in percent into the cells, not the counts.

    Raises:
        Error: the file cannot be written.
    """
    shown = confusion.reduced(CLASSES)
    counts = shown.dense()
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    labels = [plain(label, LABEL_LENGTH) for label in shown.labels]
    side = 2.0 + max(0.3 * len(labels), 1.5) + 0.08 * max(map(len, labels))
    figure = Figure(figsize=(side + 1.0, side), layout="constrained")
    axes = figure.subplots()
    shades = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    figure.colorbar(shades, label="share of the true class", shrink=0.8)
    axes.set_xticks(range(len(labels)), labels, rotation=90)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_xlabel("answer")
    axes.set_ylabel("true")
    if len(labels) < len(confusion.labels):
        axes.set_title(f"the {len(labels) - 1} of {len(confusion.labels)} classes with the most mistakes")
    size = 9 if len(labels) <= COUNTED else 6
    for true, answer in np.argwhere(counts):
        text = f"{100 * shares[true, answer]:.0f}" if normalised else str(counts[true, answer])
        color = "white" if shares[true, answer] > 0.5 else "black"
        axes.text(answer, true, text, ha="center", va="center", color=color, fontsize=size)
    save(figure, path)


def save_scatter(
    path: Path, truth: npt.NDArray[np.float32], answers: npt.NDArray[np.float32], names: Sequence[str]
) -> None:
    """Draw a panel per value, true against answered, the diagonal where they agree, with CCC.

    Args:
        truth: shape (n, values), as ``answers``.

    Raises:
        Error: the file cannot be written.
    """
    columns = min(PANELS_A_ROW, len(names))
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(3.8 * columns, 3.9 * rows), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).flat
    agreement = value_measure(truth, answers)(everyone(len(truth)))
    # The panels last: zip takes none of them beyond the names, and the rest are hidden below.
    for target, (name, true, answer, axes) in enumerate(zip(names, truth.T, answers.T, panels, strict=False)):
        ccc = float(agreement["ccc", target][0])
        both = np.concatenate([true, answer])
        margin = 0.05 * (np.ptp(both) or 1)
        limits = (both.min() - margin, both.max() + margin)
        axes.plot(limits, limits, color="gray", linewidth=1, linestyle=":")
        is_many = len(true) > VECTOR_POINTS
        axes.scatter(true, answer, s=9, alpha=0.5, color=COLOR, edgecolors="none", rasterized=is_many)
        axes.set(xlim=limits, ylim=limits, aspect="equal", xlabel="true", ylabel="answer")
        axes.set_title(f"{plain(name, LABEL_LENGTH)}: CCC {KINDS['ccc'].write(ccc)}")
        axes.grid(alpha=0.25)
    for axes in panels:
        axes.set_visible(False)
    save(figure, path)
