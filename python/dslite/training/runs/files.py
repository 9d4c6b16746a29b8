"""The names of the files in a run folder."""

from __future__ import annotations

CONFIG, RECIPE, RUN, HISTORY = "config.toml", "recipe.toml", "run.json", "history.csv"
METRICS, PREDICTIONS, MODEL, REPORT = "metrics.json", "predictions.csv", "model.tflite", "report.html"
CURVES, CONFUSION, SCATTER = "curves.png", "confusion.png", "scatter.png"
MISTAKES = "confusion.csv"
#: Where in their pictures the answers of the report come from.
MAPS = "maps.npz"
#: Which part each file is in.
SPLIT = "split.csv"
#: Which chunks int8 was last calibrated with, once `dslite export` has.
CALIBRATION = "calibration.csv"
#: Which settings were chosen, among which, where they were chosen at all.
SELECTION = "selection.json"
FILES = (
    CONFIG,
    RECIPE,
    SPLIT,
    RUN,
    HISTORY,
    METRICS,
    PREDICTIONS,
    MODEL,
    REPORT,
    CURVES,
    CONFUSION,
    MISTAKES,
    SCATTER,
    MAPS,
)
