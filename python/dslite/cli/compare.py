"""``dslite compare``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.table import Table
from rich.text import Text

from dslite.cli.base import Command, finish, say
from dslite.cli.options import NEW_FILE
from dslite.util.atomic import replacing
from dslite.util.failures import Failure
from dslite.util.progress import results

if TYPE_CHECKING:
    from dslite.training.metrics.paired import Comparison
    from dslite.training.runs.compare import Entry

#: More settings than these are listed in one column.
SETTING_COLUMNS = 6


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
    cross-validation, which are one line of means and standard deviations. Measures are of the test
    part, per file, with 95 % intervals. Differences are paired, over the files that both answered.

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
    from dslite.training.runs.compare import (
        against_first,
        as_rows,
        as_table,
        differing,
        each_fold,
        find_entries,
    )

    entries, failures = find_entries(paths)
    lines = each_fold(entries) if folds else entries
    names = differing(lines)
    against, reasons = against_first(entries)
    for reason in reasons:
        say(reason)
    if as_json:
        click.echo(json.dumps(as_rows(lines, names, against), indent=1, default=str))
    elif csv_file is not None:
        table = as_table(as_rows(lines, names, against))
        with replacing(csv_file) as file:
            table.to_csv(file, index=False, lineterminator="\n")
    else:
        console = results()
        console.print(_measures_table(lines, names))
        if against:
            console.print(_differences_table(entries[0].name, against))
    return failures, sum(len(entry.runs) for entry in entries)


def _measures_table(lines: Sequence[Entry], names: Sequence[str]) -> Table:
    in_columns = len(names) <= SETTING_COLUMNS
    table = Table(title="Test part, per file")
    titles = {one.name: one.title for line in lines for one in line.measures}
    for name in ("run", "backbone", *(names if in_columns else ["settings that differ"])):
        table.add_column(Text(name), overflow="fold")
    for title in titles.values():
        table.add_column(Text(title), justify="right")
    for line in lines:
        settings = [str(line.settings.get(name, "–")) for name in names]
        if not in_columns:
            settings = ["\n".join(f"{n} = {s}" for n, s in zip(names, settings, strict=True))]
        measured = {one.name: one.full_text() for one in line.measures}
        cells = [line.name, line.backbone, *settings, *(measured.get(name, "–") for name in titles)]
        table.add_row(*map(Text, cells))
    return table


def _differences_table(first: str, against: Mapping[str, Comparison]) -> Table:
    from dslite.training.metrics.measures import difference_measures

    table = Table(title=Text(f"Each minus {first}, on the files of both"))
    table.add_column("run", overflow="fold")
    table.add_column("files", justify="right")
    differences = {name: difference_measures(one) for name, one in against.items()}
    titles = {one.name: one.title for measures in differences.values() for one in measures}
    for title in titles.values():
        table.add_column(Text(title), justify="right")
    table.add_column("p (McNemar)", justify="right")
    for name, one in against.items():
        texts = {measure.name: measure.full_text("+") for measure in differences[name]}
        p = f"{one.mcnemar.p:.3f}" if one.mcnemar else "–"
        table.add_row(*map(Text, (name, str(one.files), *(texts.get(title, "–") for title in titles), p)))
    return table
