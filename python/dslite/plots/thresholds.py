"""What a threshold would do: ROC and precision-recall curves, and how far scores can be trusted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from dslite.plots.saving import plain, save
from dslite.training.metrics.calibration import Calibration
from dslite.training.metrics.predictions import Answers

#: Up to so many classes have a curve with a name; of more, those with the smallest area.
NAMED = 10
#: Of the others so many are drawn in gray.
UNNAMED = 50
#: Points of a drawn curve, so that a vector file stays small.
POINTS = 500
COLOR = "#2f6fb2"

Curve = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]
Floats = npt.NDArray[np.float32]


def save_roc(path: Path, answers: Answers) -> None:
    """Draw the ROC curve of each class against the rest.

    Raises:
        Error: the file cannot be written.
    """

    def curve(positive: npt.NDArray[np.bool_], scores: Floats) -> Curve:
        false, true, _ = roc_curve(positive, scores)
        return false, true

    axes = {"xlabel": "false positive rate", "ylabel": "true positive rate"}
    _save_curves(path, answers, curve, roc_auc_score, "AUC", axes, diagonal=True)


def save_precision_recall(path: Path, answers: Answers) -> None:
    """Draw precision against recall of each class against the rest.

    Raises:
        Error: the file cannot be written.
    """

    def curve(positive: npt.NDArray[np.bool_], scores: Floats) -> Curve:
        precision, recall, _ = precision_recall_curve(positive, scores)
        return recall[::-1], precision[::-1]

    axes = {"xlabel": "recall", "ylabel": "precision"}
    _save_curves(path, answers, curve, average_precision_score, "AP", axes, diagonal=False)


def _save_curves(
    path: Path,
    answers: Answers,
    curve: Callable[[npt.NDArray[np.bool_], Floats], Curve],
    area: Callable[[npt.NDArray[np.bool_], Floats], float],
    name: str,
    texts: dict[str, str],
    diagonal: bool,
) -> None:
    occurring = [k for k in np.unique(answers.truth) if not (answers.truth == k).all()]
    areas = {k: float(area(answers.truth == k, answers.scores[:, k])) for k in occurring}
    named = sorted(occurring, key=lambda k: areas[k])[:NAMED]
    figure = Figure(figsize=(7.6, 4.6), layout="constrained")
    axes = figure.subplots()
    if diagonal:
        axes.plot([0, 1], [0, 1], color="gray", linewidth=1, linestyle=":")
    for k in [k for k in occurring if k not in named][:UNNAMED]:
        axes.plot(*_thinned(curve(answers.truth == k, answers.scores[:, k])), color="#bbbbbb", linewidth=0.6)
    for k in sorted(named):
        text = f"{plain(answers.labels[k], 24)}: {name} {areas[k]:.3f}"
        axes.plot(*_thinned(curve(answers.truth == k, answers.scores[:, k])), linewidth=1.5, label=text)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal", **texts)
    _finish(axes)
    title = f"mean {name} {np.mean(list(areas.values())):.3f}" if areas else "one class alone"
    if len(named) < len(occurring):
        title += f"\nthe {len(named)} worst of {len(occurring)} classes"
    if named:
        lines = [line for line in axes.lines if not str(line.get_label()).startswith("_")]
        figure.legend(handles=lines, frameon=False, loc="outside right center", fontsize=8, title=title)
    save(figure, path)


def save_reliability(path: Path, found: Calibration) -> None:
    """Draw the share of right answers against the score, with the number of answers below it.

    Raises:
        Error: the file cannot be written.
    """
    figure = Figure(figsize=(4.6, 5.4), layout="constrained")
    axes, counts = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    bins = len(found.counts)
    centres, width = (np.arange(bins) + 0.5) / bins, 1 / bins
    axes.plot([0, 1], [0, 1], color="gray", linewidth=1, linestyle=":")
    axes.bar(centres, found.right, width, color=COLOR, alpha=0.35, edgecolor=COLOR)
    axes.plot(found.score, found.right, color=COLOR, marker="o", markersize=3, linewidth=1)
    axes.set(xlim=(0, 1), ylim=(0, 1.02), ylabel="share of right answers")
    axes.set_title(f"expected calibration error {100 * found.error:.1f} %")
    counts.bar(centres, found.counts, width, color="#999999")
    counts.set(xlabel="score of the answer", ylabel="answers")
    _finish(axes)
    _finish(counts)
    save(figure, path)


def _thinned(curve: Curve) -> Curve:
    rows = np.unique(np.linspace(0, len(curve[0]) - 1, POINTS).astype(int))
    return curve[0][rows], curve[1][rows]


def _finish(axes: Any) -> None:
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
