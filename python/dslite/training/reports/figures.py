"""The figures of a paper, from finished runs: each as a file of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from dslite.plots.agreement import save_confusion, save_scatter
from dslite.plots.curves import save_curves
from dslite.plots.forest import Row, save_classes, save_forest
from dslite.plots.thresholds import save_precision_recall, save_reliability, save_roc
from dslite.training.metrics.calibration import calibration
from dslite.training.metrics.measures import Measure, difference_measures
from dslite.training.metrics.paired import Comparison
from dslite.training.metrics.predictions import Answers
from dslite.training.reports.latex import measures_table
from dslite.training.runs.compare import Entry, short_names
from dslite.util.atomic import replacing

TABLE = "measures.tex"
#: A figure's name without its suffix, and what draws it into a file.
Figure = tuple[str, Callable[[Path], None]]


def write_figures(
    entries: Sequence[Entry], against: Mapping[str, Comparison], folder: Path, formats: Sequence[str]
) -> Iterator[Path]:
    """Draw every figure of every run in every format, and a LaTeX table of all; their paths one by one.

    Args:
        entries: runs, or cross-validations, of which all answers are pooled.
        against: the comparisons with the first entry, by the others' names.

    Raises:
        Error: a predictions.csv is missing or damaged, or a file cannot be written.
    """
    short = short_names([entry.name for entry in entries])
    for entry in entries:
        prefix = f"{_file_name(short[entry.name])}-" if len(entries) > 1 else ""
        for name, draw in _of_entry(entry):
            yield from _drawn(folder, f"{prefix}{name}", draw, formats)
    if len(entries) > 1:
        rows = [Row(name, measures) for name, measures in _rows(entries, short)]
        yield from _drawn(folder, "forest", lambda path: save_forest(path, rows), formats)
    if against:
        rows_against = [
            Row(f"{short[name]} − {short[entries[0].name]}", difference_measures(one))
            for name, one in against.items()
        ]
        draw = lambda path: save_forest(path, rows_against, differences=True)  # noqa: E731
        yield from _drawn(folder, "differences", draw, formats)
    with replacing(folder / TABLE) as file:
        file.write(measures_table(list(_rows(entries, short))).encode())
    yield folder / TABLE


def _of_entry(entry: Entry) -> Iterator[Figure]:
    answers = entry.answers().per_file()
    for run in entry.runs:
        if run.history:
            where = str(run.path.relative_to(entry.name)) if entry.is_several else ""
            name = f"curves-{_file_name(where)}" if where else "curves"
            yield name, lambda path, history=run.history: save_curves(path, history)  # type: ignore[misc]
    yield from _of_classes(answers) if answers.task.exclusive else _of_values(answers)


def _of_classes(answers: Answers) -> Iterator[Figure]:
    confusion = answers.confusion()
    yield "confusion", lambda path: save_confusion(path, confusion)
    yield "confusion-normalised", lambda path: save_confusion(path, confusion, normalised=True)
    yield "classes", lambda path: save_classes(path, confusion)
    yield "roc", lambda path: save_roc(path, answers)
    yield "precision-recall", lambda path: save_precision_recall(path, answers)
    yield "reliability", lambda path: save_reliability(path, calibration(answers.truth, answers.scores))


def _of_values(answers: Answers) -> Iterator[Figure]:
    yield "scatter", lambda path: save_scatter(path, answers.truth, answers.scores, answers.labels)


def _rows(entries: Sequence[Entry], short: Mapping[str, str]) -> Iterator[tuple[str, Sequence[Measure]]]:
    for entry in entries:
        if entry.is_several:
            yield f"{short[entry.name]}, mean of {entry.what}", entry.measures
            yield f"{short[entry.name]}, pooled", entry.pooled
        else:
            yield short[entry.name], entry.measures


def _drawn(folder: Path, name: str, draw: Callable[[Path], None], formats: Sequence[str]) -> Iterator[Path]:
    for kind in formats:
        path = folder / f"{name}.{kind}"
        draw(path)
        yield path


def _file_name(text: str) -> str:
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in text).strip("_") or "run"
