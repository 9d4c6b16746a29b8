"""``dslite predict``."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import click

from dslite import Answer, Error, FileAnswers, Model
from dslite.cli.common.base import Command, finish, say, write_line
from dslite.cli.common.options import EXISTING_FILE, jobs_option, runtime_option, threads_option
from dslite.formats import AnswerRows, csv_header, csv_row, json_line
from dslite.recordings import LeftOut, expand
from dslite.util.atomic import replacing
from dslite.util.failures import Failure
from dslite.util.parallel import processors
from dslite.util.progress import show_progress
from dslite.util.text import escaped, unescaped, utf8


@click.command(cls=Command)
@click.argument("model", type=EXISTING_FILE)
@click.argument("paths", metavar="FILE|DIR...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--csv",
    "csv_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a CSV with the score of every label.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines, as dslite-run does.")
@click.option(
    "--skip-existing",
    is_flag=True,
    help="Keep the answers that the file of --csv has, and add those for the files that it lacks.",
)
@jobs_option
@threads_option
@runtime_option
def predict(
    model: Path,
    paths: tuple[Path, ...],
    csv_file: Path | None,
    as_json: bool,
    skip_existing: bool,
    jobs: int | None,
    threads: int,
    runtime: str | None,
) -> None:
    """Answer for every chunk of the recordings: aligned lines, or where stdout is no terminal CSV.

    \b
    Example:
      dslite predict esc10.tflite clip.wav recordings/ --csv answers.csv
    """
    if csv_file is not None and as_json:
        raise click.UsageError("--csv and --json exclude each other")
    if skip_existing and csv_file is None:
        raise click.UsageError("--skip-existing needs the --csv FILE whose answers are kept")
    opened = Model(model, threads=threads, runtime=runtime)
    left_out = LeftOut()
    files = expand(paths, left_out)
    failures = left_out.failures
    total = len(files) + len(failures)
    jobs = jobs or max(1, processors() // threads)
    if csv_file is not None:
        _write(opened, files, failures, jobs, csv_file, skip_existing)
    else:
        _print(opened, files, failures, jobs, as_json)
    finish(failures, total, note=left_out.note())


def _print(model: Model, files: list[Path], failures: list[Failure], jobs: int, as_json: bool) -> None:
    """Print every answer once it is there."""
    header, row = "", _json_row(model)
    if not as_json and sys.stdout.isatty():
        rows = AnswerRows(files, model.labels, model.task == "classes")
        header, row = rows.header(), rows.row
    elif not as_json:
        header, row = csv_header(model.labels), csv_row
    if header:
        write_line(escaped(header))
    for file, answer in _answers(model, files, failures, jobs):
        write_line(escaped(row(file, answer)))


def _json_row(model: Model) -> Callable[[Path, Answer], str]:
    labels = model.labels
    return lambda file, answer: json_line(file, labels, answer)


def _are_files(files: list[Path]) -> bool:
    """False where there is a pipe: it may have no end, and only the main thread stops at a signal."""
    return all(file.is_file() or not file.exists() for file in files)


def _answers(
    model: Model, files: list[Path], failures: list[Failure], jobs: int
) -> Iterator[tuple[Path, Answer]]:
    """The answers in the order of the files; those that cannot be read go to ``failures``.

    Each comes as soon as it is there, and those before it.
    """
    if jobs > 1 and len(files) > 1 and _are_files(files):
        for path, piece in model.answers_of_many(files, jobs):
            if isinstance(piece, Error):
                failures.append(Failure(path, str(piece)))
            elif piece is not None:
                yield path, piece
        return
    for file in files:
        try:
            for answer in model.predict(file):
                yield file, answer
        except Error as error:
            failures.append(Failure(file, str(error)))


def _write(
    model: Model, files: list[Path], failures: list[Failure], jobs: int, path: Path, skip_existing: bool
) -> None:
    """Write the CSV. Of a file that could not be read to its end it has no row."""
    header = csv_header(model.labels)
    with replacing(path) as out, ExitStack() as stack:
        out.write(utf8(f"{header}\n"))
        if skip_existing and path.is_file():
            known = _copy_rows(path, header, out)
            asked = len(files)
            files = [file for file in files if str(file) not in known]
            say(f"dslite: {asked - len(files)} of {asked} files are answered in {path} already")
        progress = stack.enter_context(show_progress())
        progress.stage("answering", len(files))
        whole = model.predict_many(files, jobs) if _are_files(files) else _one_by_one(model, files)
        for done in whole:
            progress.advance()
            if done.error is not None:
                failures.append(Failure(done.path, str(done.error)))
                continue
            for answer in done.answers:
                out.write(utf8(f"{csv_row(done.path, answer)}\n"))


def _one_by_one(model: Model, files: list[Path]) -> Iterator[FileAnswers]:
    for file in files:
        try:
            yield FileAnswers(file, list(model.predict(file)))
        except Error as error:
            yield FileAnswers(file, [], error)


def _copy_rows(path: Path, header: str, out: IO[bytes]) -> set[str]:
    """Copy the rows of an earlier CSV, and return the names of the files that they are of.

    Raises:
        Error: it is not of a model with these labels, or a row is not whole.
    """
    names: set[str] = set()
    with path.open("rb") as file:
        if file.readline() != utf8(f"{header}\n"):
            raise Error(f"{path}: its columns are not those of this model; write to another file")
        rows = file.read()
    out.write(rows)
    columns = len(next(csv.reader([header])))
    for number, cells in enumerate(csv.reader(io.StringIO(rows.decode("utf-8", "replace"), newline="")), 2):
        if len(cells) != columns:
            raise Error(f"{path}: row {number} has {len(cells)} cells, expected {columns}")
        names.add(unescaped(cells[0]))
    return names
