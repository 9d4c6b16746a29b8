"""Every precision of a run, or of each run of a grid, into one folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from dslite import Error
from dslite.training.bundle.convert import QUANTIZATIONS
from dslite.training.exporting.candidate import Candidate, Wish, make
from dslite.training.exporting.source import Source
from dslite.training.runs.compare import find_entries
from dslite.util.failures import Failure
from dslite.util.progress import Progress


def make_all(
    path: Path, folder: Path, wish: Wish, progress: Progress
) -> tuple[list[Candidate], list[Failure]]:
    """Export the run, or each run of the grid in ``path``, in every precision; and what could not be.

    Raises:
        Error: there is no finished run, the runs are folds, or ``folder`` cannot be made.
    """
    runs = _runs(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Error(f"{folder}: the folder cannot be made: {error.strerror}") from error
    made: list[Candidate] = []
    failures: list[Failure] = []
    for run in runs:
        source = Source(run, progress)
        for quantize in QUANTIZATIONS:
            name = quantize if len(runs) == 1 else f"{run.name}-{quantize}"
            output = folder / f"{name}.tflite"
            try:
                made.append(make(source, output, replace(wish, quantize=quantize), progress))
            except Error as error:
                failures.append(Failure(output, f"{name}: {error}"))
    return made, failures


def _runs(path: Path) -> Sequence[Path]:
    entries, _ = find_entries((path,))
    if folds := [entry.name for entry in entries if entry.is_several]:
        raise Error(f"{folds[0]}: a cross-validation; expected a run, one of its folds, or a grid of runs")
    return [entry.runs[0].path for entry in entries]
