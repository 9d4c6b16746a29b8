"""``dslite inspect``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table as RichTable
from rich.text import Text

from dslite import Error, Recipe
from dslite.cli.common.base import Command, finish, say, show
from dslite.cli.common.options import (
    EXISTING_FILE,
    EXISTING_FOLDER,
    NEW_FILE,
    RECIPE_METAVAR,
    file_column_option,
    label_column_option,
)
from dslite.recordings import LeftOut, expand
from dslite.util.atomic import check_writable, replacing
from dslite.util.progress import results, show_progress
from dslite.util.recipe_file import read_recipe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dslite.training.data.near_duplicates import Pair
    from dslite.training.inspection.statistics import Statistics
    from dslite.training.inspection.summary import Table


@click.command(cls=Command)
@click.argument("data", type=EXISTING_FOLDER)
@click.option("--labels", type=EXISTING_FILE, help="The label table (CSV), a row per file.  [default: none]")
@file_column_option
@label_column_option
@click.option(
    "--recipe",
    metavar=RECIPE_METAVAR,
    help="A recipe to try on the recordings, a file or a preset.  [default: the one that is proposed]",
)
@click.option(
    "--near-duplicates/--no-near-duplicates",
    default=True,
    show_default=True,
    help="Look for recordings that share a sound.",
)
@click.option("--proposal", type=NEW_FILE, help="The file to write the proposed recipe to.  [default: none]")
@click.option(
    "-o",
    "--output",
    type=NEW_FILE,
    default=Path("inspect.html"),
    show_default=True,
    help="The page to write.",
)
def inspect(
    data: Path,
    labels: Path | None,
    file_column: str | None,
    label_column: str | None,
    recipe: str | None,
    near_duplicates: bool,
    proposal: Path | None,
    output: Path,
) -> None:
    """Show what the recordings in DATA are like, and propose a recipe for them with its reasons.

    Durations, rates, channels, levels, digital silence, clipping, near-duplicates and classes are shown
    as text and on a page, and how a recipe meets them: padding and empty mel bands.

    \b
    Example:
      dslite inspect esc10/audio --labels esc10/labels.csv --proposal esc10.toml
    """
    for path in filter(None, (output, proposal)):
        check_writable(path)
    given = read_recipe(recipe) if recipe is not None else None
    paths, names, left_out, notes = _recordings(data, labels, file_column, label_column)
    total = len(paths) + len(left_out.failures)

    from dslite.training.inspection.propose import proposal_toml, propose

    statistics, pairs = _measure(paths, names, near_duplicates)
    proposed, reasons = propose(statistics)
    text = proposal_toml(proposed, reasons)
    title = f"Under {recipe}" if given is not None else "Under the proposed recipe"
    context = _context(data, statistics, pairs, title, given or proposed)
    failures = left_out.failures + statistics.failures
    context |= {"notes": notes, "proposal": text, "failures": [one.message for one in failures]}
    _print(context)
    _write(output, context, proposal)
    finish(failures, total, note=left_out.note())


def _recordings(
    data: Path, labels: Path | None, file_column: str | None, label_column: str | None
) -> tuple[Sequence[Path], list[str] | None, LeftOut, list[str]]:
    """The recordings, their labels if there are any, what was left out, and what to say of it all."""
    from dslite.training.data.table import load

    left_out = LeftOut()
    try:
        dataset = load(data, labels, file_column, label_column)
    except Error as error:
        if labels is not None:
            raise
        # No folder per class: the recordings can be looked at all the same.
        return expand([data], left_out), None, left_out, [f"no classes: {error}"]
    return dataset.paths, dataset.labels, left_out, list(dataset.notes)


def _measure(
    paths: Sequence[Path], names: list[str] | None, near_duplicates: bool
) -> tuple[Statistics, list[Pair]]:
    from dslite.training.data.near_duplicates import duplicates_within
    from dslite.training.inspection.statistics import gather

    with show_progress() as bars:
        bars.stage("measuring", len(paths))
        statistics = gather(paths, names, bars.advance)
        if not near_duplicates:
            return statistics, []
        bars.stage("comparing", len(paths))
        return statistics, duplicates_within(list(paths), bars.advance)


def _context(
    data: Path, statistics: Statistics, pairs: Sequence[Pair], title: str, recipe: Recipe
) -> dict[str, Any]:
    """What is shown, but for the proposal."""
    from dslite.training.inspection import summary

    tables = (
        summary.figures(statistics),
        summary.classes(statistics),
        summary.conspicuous(statistics, data),
        summary.pairs(pairs, data),
    )
    return {
        "name": str(data),
        "overview": summary.overview(statistics),
        "tables": [table for table in tables if table is not None],
        "recipe_name": title,
        "under_recipe": summary.under_recipe(statistics, recipe),
    }


def _print(context: dict[str, Any]) -> None:
    console = results()
    for line in context["notes"]:
        say(f"dslite: {line}")
    for line in context["overview"]:
        show(line)
    for table in context["tables"]:
        console.print(_rich(table))
    show("\n".join([f"{context['recipe_name']}:", *(f"  {line}" for line in context["under_recipe"])]))
    show(f"\n{context['proposal']}")


def _rich(table: Table) -> RichTable:
    laid_out = RichTable(title=Text(table.title), title_justify="left")
    for index, name in enumerate(table.header):
        is_text = index == 0 or name == "file"
        laid_out.add_column(name, justify="left" if is_text else "right", overflow="fold")
    for row in table.rows:
        laid_out.add_row(*map(Text, row))
    return laid_out


def _write(output: Path, context: dict[str, Any], proposal: Path | None) -> None:
    from dslite.util.page import write_page

    write_page(output, "dslite.training.inspection", "inspect.html.j2", **context)
    say(f"wrote {output}")
    if proposal is not None:
        with replacing(proposal) as file:
            file.write(context["proposal"].encode())
        say(f"wrote {proposal}")
