"""``dslite report``."""

from __future__ import annotations

from pathlib import Path

import click

from dslite.cli.common.base import Command, finish, say
from dslite.cli.common.options import EXISTING_FOLDER


@click.command(cls=Command)
@click.argument("path", metavar="RUN", type=click.Path(file_okay=False, path_type=Path))
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
@click.option(
    "--audio",
    is_flag=True,
    help="Put the sound of the chunks that are shown into the page, which then holds people's voices.",
)
def report(path: Path, audio_dir: Path | None, by: str | None, audio: bool) -> None:
    """Write the report of a finished training, or cross-validation, into its folder RUN.

    The page needs nothing beside it: the recordings are read now, for pictures of right and wrong
    answers, and the label table for the results per group. Folds of a cross-validation are pooled.

    \b
    Example:
      dslite report runs/esc10
      dslite report runs/emodb --by speaker
    """
    from dslite.training.reports.examples import Recordings
    from dslite.training.reports.report import write_report
    from dslite.training.runs.compare import find_entries
    from dslite.training.runs.cross_validation import pooled
    from dslite.training.runs.groups import groups_of

    entries, failures = find_entries([path])
    for entry in entries:
        run = pooled(entry) if entry.is_several else entry.runs[0]
        recordings = Recordings(audio_dir, run.recipe) if audio_dir else None
        say(f"wrote {write_report(run, recordings, groups_of(run, by), audio)}")
    finish(failures, len(failures) + sum(len(entry.runs) for entry in entries), "runs")
