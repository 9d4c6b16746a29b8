"""Every precision of a run, or of each run of a grid, and of pictures of other sizes, into one folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from dslite import Error
from dslite.training.bundle.convert import QUANTIZATIONS
from dslite.training.exporting.candidate import Candidate, Wish, make
from dslite.training.exporting.source import Source
from dslite.training.runs.compare import find_entries
from dslite.util.failures import Failure
from dslite.util.progress import Progress

#: Below the folder of the exports: the runs that were trained for other sizes.
TRAINED = "trained"


def make_all(
    path: Path, folder: Path, wish: Wish, sizes: Sequence[int], progress: Progress
) -> tuple[list[Candidate], list[Failure]]:
    """Export the run, or each run of the grid in ``path``, in every precision; and what could not be.

    Args:
        sizes: widths of pictures in pixels: each run is trained again for those that it does not have, in a
            folder below ``folder``, where finished trainings of an earlier time are taken up. Without any,
            the runs are exported as they are.

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
    for name, source in _sources(runs, folder, sizes, wish.command, progress):
        if isinstance(source, Exception):
            failures.append(Failure(folder / name, f"{name}: {source}"))
            continue
        for quantize in QUANTIZATIONS:
            output = folder / f"{'-'.join(filter(None, (name, quantize)))}.tflite"
            try:
                made.append(make(source, output, replace(wish, quantize=quantize), progress))
            except Error as error:
                failures.append(Failure(output, f"{output.stem}: {error}"))
    return made, failures


def _sources(
    runs: Sequence[Path], folder: Path, sizes: Sequence[int], command: str, progress: Progress
) -> Iterator[tuple[str, Source | Error | ValueError]]:
    """Each run at each size with a name that sets it apart, "" where there is but one; or what went wrong."""
    for run in runs:
        name = run.resolve().name if len(runs) > 1 else ""
        try:
            source = Source(run, progress)
        except Error as error:
            yield name, error
            continue
        if not sizes:
            yield name, source
        for size in sizes:
            sized = f"{name}-{size}".lstrip("-")
            yield sized, _at_size(source, size, folder / TRAINED / sized, command)


def _at_size(source: Source, width: int, folder: Path, command: str) -> Source | Error | ValueError:
    try:
        return source.at_width(width, folder, command)
    except (Error, ValueError) as error:  # a picture that the backbone does not take is a ValueError
        return error


def _runs(path: Path) -> Sequence[Path]:
    entries, _ = find_entries((path,))
    if folds := [entry.name for entry in entries if entry.is_several]:
        raise Error(f"{folds[0]}: a cross-validation; expected a run, one of its folds, or a grid of runs")
    return [entry.runs[0].path for entry in entries]
