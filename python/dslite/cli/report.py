"""``dslite report``."""

from __future__ import annotations

from pathlib import Path

import click

from dslite.cli.base import Command, say
from dslite.cli.options import EXISTING_FOLDER


@click.command(cls=Command)
@click.argument("run", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--audio-dir",
    type=EXISTING_FOLDER,
    help="The folder of the recordings.  [default: the one that the run was trained on]",
)
@click.option(
    "--by",
    metavar="COLUMN",
    help="The column of the label table whose groups are measured one by one.  "
    "[default: the one that the files were split by]",
)
def report(run: Path, audio_dir: Path | None, by: str | None) -> None:
    """Write the report of a finished training again: report.html and its plots, in the folder RUN.

    The page needs nothing beside it: the recordings are read now, for pictures of right and wrong
    answers, and the label table for the results per group.

    \b
    Example:
      dslite report runs/esc10
      dslite report runs/emodb --by speaker
    """
    from dslite.training.runs.examples import pictures_from
    from dslite.training.runs.groups import groups_of
    from dslite.training.runs.reader import read_run
    from dslite.training.runs.report import write_report

    read = read_run(run)
    pictures = pictures_from(audio_dir, read.recipe) if audio_dir else None
    say(f"wrote {write_report(read, pictures, groups_of(read, by))}")
