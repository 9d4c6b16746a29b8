"""``dslite predict``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import click

from dslite import Answer, Error, Model
from dslite.cli.base import Command, finish
from dslite.cli.options import EXISTING_FILE, runtime_option, threads_option
from dslite.formats import answer_table, csv_header, csv_row, json_line
from dslite.recordings import LeftOut, expand
from dslite.util.atomic import replacing
from dslite.util.failures import Failure
from dslite.util.progress import NoProgress, Progress, results, show_progress
from dslite.util.text import escaped, utf8


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
@threads_option
@runtime_option
def predict(
    model: Path,
    paths: tuple[Path, ...],
    csv_file: Path | None,
    as_json: bool,
    threads: int,
    runtime: str | None,
) -> None:
    """Answer for every chunk of the recordings: a table, or where stdout is no terminal CSV.

    \b
    Example:
      dslite predict esc10.tflite clip.wav recordings/ --csv answers.csv
    """
    if csv_file is not None and as_json:
        raise click.UsageError("--csv and --json exclude each other")
    opened = Model(model, threads=threads, runtime=runtime)
    left_out = LeftOut()
    files = expand(paths, left_out)
    failures = left_out.failures
    total = len(files) + len(failures)
    with ExitStack() as stack:
        progress: Progress = NoProgress()
        on_terminal = sys.stdout is not None and sys.stdout.isatty()
        if csv_file is not None or on_terminal:
            progress = stack.enter_context(show_progress())
        answers = _answers(opened, files, failures, progress)
        if csv_file is not None:
            out = stack.enter_context(replacing(csv_file))
            for line in _csv_lines(opened, answers):
                out.write(utf8(f"{line}\n"))
        elif as_json:
            for file, answer in answers:
                click.echo(json_line(file, opened.labels, answer))
        elif on_terminal:
            results().print(answer_table(answers, opened.labels))
        else:
            for line in _csv_lines(opened, answers):
                click.echo(escaped(line))
    finish(failures, total, note=left_out.note())


def _answers(
    model: Model, files: list[Path], failures: list[Failure], progress: Progress
) -> Iterator[tuple[Path, Answer]]:
    """Answer for one file after the other; those that cannot be read go to ``failures``."""
    progress.stage("answering", len(files))
    for file in files:
        try:
            for answer in model.predict(file):
                yield file, answer
        except Error as error:
            failures.append(Failure(file, str(error)))
        progress.advance()


def _csv_lines(model: Model, answers: Iterator[tuple[Path, Answer]]) -> Iterator[str]:
    yield csv_header(model.labels)
    for file, answer in answers:
        yield csv_row(file, answer)
