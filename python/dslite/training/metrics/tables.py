"""Measures and confusion as tables for a terminal, no wider than it is and no longer than a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from rich import box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from dslite.training.metrics.confusion import Confusion
from dslite.training.metrics.kinds import RECALL
from dslite.training.metrics.summary import Metrics, summary_rows

#: What is listed of classes and of mistakes where the whole matrix has no room.
LISTED = 12
CORNER = "true ↓  answer →"


def plain_table(title: str, *columns: str, left: int = 1) -> Table:
    """A table without vertical lines; the first ``left`` columns begin at the left, numbers end right."""
    table = Table(
        title=Text(title), title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False
    )
    for index, name in enumerate(columns):
        table.add_column(Text(name), justify="left" if index < left else "right", no_wrap=True)
    return table


def summary_table(per_chunk: Metrics, per_file: Metrics, part: str = "Test part") -> Table:
    """Lay out the measures of a ``part`` per chunk and per file, each interval below its figure."""
    header, *rows = summary_rows(per_chunk, per_file, gap="\n")
    table = plain_table(f"{part}, {per_file.title}", *header)
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def confusion_tables(confusion: Confusion, unit: str, width: int) -> Iterator[Table]:
    """The confusion matrix, a row per true class and a column per answer, where ``width`` has room for it.

    Its columns are headed by the labels, or by their numbers where only these fit. Where neither does,
    the most frequent mistakes and the classes with the lowest recall are listed instead.

    Args:
        unit: what is counted, "chunk" or "file".
    """
    title = f"Confusion, per {unit}"
    numbers = [str(index) for index in range(1, len(confusion.labels) + 1)]
    named = [f"{number} {label}" for number, label in zip(numbers, confusion.labels, strict=True)]
    for rows, columns in ((confusion.labels, confusion.labels), (named, numbers)):
        if _matrix_width(confusion, rows, columns, unit) <= width:
            yield _matrix(confusion, title, rows, columns, unit)
            return
    yield _mistakes(confusion, unit)
    yield _lowest_recalls(confusion, unit)


def _matrix_width(confusion: Confusion, rows: Sequence[str], columns: Sequence[str], unit: str) -> int:
    widest_count = len(str(confusion.counts.max()))
    first = max(cell_len(CORNER), *map(cell_len, rows))
    cells = sum(max(cell_len(label), widest_count) for label in columns)
    last = cell_len("recall %") + max(cell_len(f"{unit}s"), len(str(confusion.occurring.max())))
    return first + cells + last + 2 * (len(columns) + 2) + 2  # gaps of two, and the table's edges


def _matrix(
    confusion: Confusion, title: str, rows: Sequence[str], columns: Sequence[str], unit: str
) -> Table:
    table = plain_table(title, CORNER, *columns, "recall %", f"{unit}s")
    matrix, recall = confusion.dense(), confusion.recall()
    for true, counts in enumerate(matrix):
        cells = [
            Text(str(count) if count else "·", style="bold" if true == answer else "")
            for answer, count in enumerate(counts)
        ]
        last = (Text(RECALL.write(recall[true])), Text(str(confusion.occurring[true])))
        table.add_row(Text(rows[true]), *cells, *last)
    return table


def _mistakes(confusion: Confusion, unit: str) -> Table:
    mistakes = confusion.mistakes(LISTED)
    title = f"Most frequent mistakes, per {unit}"
    table = plain_table(title, "true", "answer", f"{unit}s", left=2)
    for true, answer, count in mistakes:
        table.add_row(Text(true), Text(answer), Text(str(count)))
    _let_labels_fold(table, 2)
    return table


def _lowest_recalls(confusion: Confusion, unit: str) -> Table:
    recall = confusion.recall()
    order = [i for i in np.argsort(recall, kind="stable") if confusion.occurring[i]][:LISTED]
    title = f"Lowest recall of {np.count_nonzero(confusion.occurring)} classes"
    table = plain_table(title, "class", "recall %", f"{unit}s")
    for index in order:
        count = str(confusion.occurring[index])
        table.add_row(Text(confusion.labels[index]), Text(RECALL.write(recall[index])), Text(count))
    _let_labels_fold(table, 1)
    return table


def _let_labels_fold(table: Table, columns: int) -> None:
    """Labels longer than half a terminal go on in the next line rather than off its edge."""
    for column in table.columns[:columns]:
        column.no_wrap, column.overflow = False, "fold"
