"""``dslite compare``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from dslite.cli.common.base import Command, finish, say, write_line
from dslite.cli.common.options import NEW_FILE
from dslite.util.atomic import replacing
from dslite.util.failures import Failure
from dslite.util.progress import results


@click.command(cls=Command)
@click.argument("paths", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--folds", is_flag=True, help="Show each fold of a cross-validation as well.")
@click.option(
    "--csv",
    "csv_file",
    type=NEW_FILE,
    help="Write a CSV file with a row per run, instead of the tables.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of the tables.")
def compare(paths: tuple[Path, ...], folds: bool, csv_file: Path | None, as_json: bool) -> None:
    """Compare trainings: what differs between them, how good they are, and the first against each.

    RUN is the folder of a run, or one that holds several: a grid's runs, or the folds of a
    cross-validation, which are shown by the mean of the folds (± the standard deviation between them)
    and by all of their answers pooled. Measures are of the test part, per file, with 95 % intervals.
    Differences are paired, over the files that both answered.

    \b
    Example:
      dslite compare runs/mobilenet runs/densenet
    """
    if csv_file is not None and as_json:
        raise click.UsageError("--csv and --json exclude each other")
    failures, count = show_runs(paths, folds, csv_file, as_json)
    finish(failures, len(failures) + count, "runs")


def show_runs(
    paths: tuple[Path, ...], folds: bool = False, csv_file: Path | None = None, as_json: bool = False
) -> tuple[list[Failure], int]:
    """Print the comparison; the runs that could not be read, and how many others there were."""
    from dslite.cli.common.comparing import differences_table, measures_table, settings_table
    from dslite.training.runs.compare import (
        against_first,
        as_rows,
        as_table,
        differing,
        each_fold,
        find_entries,
        short_names,
    )

    entries, failures = find_entries(paths)
    lines = each_fold(entries) if folds else entries
    names = differing(lines)
    against, reasons = against_first(entries)
    for reason in [*reasons, *(f"dslite: {entry.gap}" for entry in entries if entry.gap)]:
        say(reason)
    if as_json:
        write_line(json.dumps(as_rows(lines, names, against), indent=1, default=str))
    elif csv_file is not None:
        table = as_table(as_rows(lines, names, against))
        with replacing(csv_file) as file:
            table.to_csv(file, index=False, lineterminator="\n")
    else:
        console = results()
        short = short_names([line.name for line in lines])
        console.print(measures_table(lines, short))
        if names:
            console.print(settings_table(lines, names, short))
        if against:
            folds = any(entry.is_several for entry in entries)
            console.print(differences_table(entries[0].name, against, short, folds))
    return failures, sum(len(entry.runs) for entry in entries)
