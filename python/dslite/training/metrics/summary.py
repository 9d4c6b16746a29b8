"""What the measures of both tasks have in common: means per file, and tables of what came out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from rich.table import Table
from rich.text import Text

from dslite.training.metrics.classes import ClassMetrics

Indices = npt.NDArray[np.intp]
Scores = npt.NDArray[np.float32]


class Metrics(Protocol):
    """Measures of one set of answers: of classes (``ClassMetrics``) or of values (``ValueMetrics``)."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes, or the targets by name."""

    @property
    def count(self) -> int:
        """How many answers were measured."""

    @property
    def title(self) -> str:
        """What a summary is headed with."""

    @property
    def header(self) -> tuple[str, ...]:
        """What a summary shows of every row, after its name."""

    def rows(self) -> list[tuple[str, ...]]:
        """Lay out a summary: rows of a name, which may be empty, and a cell per title of ``header``."""

    def to_json(self) -> dict[str, Any]:
        """Turn the measures into plain values, for ``json.dump``."""


def mean_per_file(scores: Scores, file_of: Indices) -> tuple[Indices, Scores]:
    """Average the chunks of each file: (files, their mean scores), ordered by file index."""
    files, inverse = np.unique(file_of, return_inverse=True)
    sums = np.zeros((len(files), scores.shape[1]), dtype=np.float64)
    np.add.at(sums, inverse, scores)
    means = sums / np.bincount(inverse)[:, None]
    return files, means.astype(np.float32)


def summary_rows(per_chunk: Metrics, per_file: Metrics) -> Iterator[tuple[str, ...]]:
    """The rows of a summary: its header, then the measures per chunk, then those per file."""
    yield ("", *per_file.header, "answers")
    for unit, metrics in (("per chunk", per_chunk), ("per file", per_file)):
        for name, *cells in metrics.rows():
            yield (f"{name} {unit}".strip(), *cells, str(metrics.count))


def summary_table(per_chunk: Metrics, per_file: Metrics) -> Table:
    """Lay out the measures with their intervals, per chunk and per file."""
    header, *rows = summary_rows(per_chunk, per_file)
    table = Table(title=per_file.title)
    for index, title in enumerate(header):
        table.add_column(title, justify="right" if index else "left")
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def confusion_table(metrics: ClassMetrics, title: str) -> Table:
    """Lay out the confusion matrix: a row per true label, a column per answer."""
    table = Table(title=Text(title))
    table.add_column("true ↓  answer →", no_wrap=True)
    for label in metrics.labels:
        table.add_column(Text(label), justify="right", overflow="fold")
    for true, row in enumerate(metrics.confusion):
        cells = [
            f"[bold]{count}[/bold]" if true == answer else str(count) if count else "·"
            for answer, count in enumerate(row)
        ]
        table.add_row(Text(metrics.labels[true]), *cells)
    return table
