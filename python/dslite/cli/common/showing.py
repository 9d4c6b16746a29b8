"""What several commands print of data and measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dslite.util.progress import results

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.table import Table

    from dslite.training.data.split import Split
    from dslite.training.metrics.evaluate import Evaluation
    from dslite.training.runs.reader import Run


def sizes(split: Split) -> str:
    """How many files each part has, in a line."""
    return (
        f"{len(split.train)} files to train on, {len(split.valid)} to validate, "
        f"{len(split.test)} to test; {split.train.task.count(len(split.train.outputs))}"
    )


def show(evaluation: Evaluation, per: str = "file", part: str = "Test part") -> None:
    """Print the measures of a part, and of classes the confusion matrix per "file" or "chunk", on stdout."""
    from dslite.training.metrics.tables import confusion_tables, summary_table

    console = results()
    console.print(summary_table(evaluation.per_chunk, evaluation.per_file, part))
    metrics = evaluation.per_file if per == "file" else evaluation.per_chunk
    if metrics.confusion is not None:
        for table in confusion_tables(metrics.confusion, per, console.width):
            console.print(table)


def choices_table(runs: Mapping[str, Run]) -> Table:
    """A row per training whose settings were chosen: what was, its score within and without, and the time."""
    from rich.text import Text

    from dslite.training.metrics.tables import plain_table
    from dslite.training.runs.choices import HEADER, choice_rows

    table = plain_table("Chosen by inner splits", *HEADER, left=2)
    for column in table.columns[:2]:
        column.no_wrap, column.overflow = False, "fold"
    for row in choice_rows(runs):
        table.add_row(*map(Text, row))
    return table
