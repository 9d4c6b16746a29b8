"""Answers and events as text: JSON lines exactly as ``dslite-run`` writes them, CSV rows, a table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.table import Table
from rich.text import Text

from dslite import Answer, Event
from dslite.util.text import csv_line

_CSV_COLUMNS = ("file", "start", "end", "label")
#: Control characters that JSON allows as they are, and bytes of a name that are no UTF-8.
_CONTROL = re.compile("[\x7f-\x9f\ud800-\udfff]")


def json_line(file: Path, labels: Sequence[str], answer: Answer) -> str:
    """Write one answer as ``{"file", "start", "end", "label", "scores": {label: score}}``."""
    scores = ", ".join(
        f"{_quote(label)}: {_score(score)}" for label, score in zip(labels, answer.scores, strict=True)
    )
    best = "null" if answer.label is None else _quote(answer.label)
    return (
        f'{{"file": {_quote(str(file))}, "start": {_seconds(answer.start_s)}, '
        f'"end": {_seconds(answer.end_s)}, "label": {best}, "scores": {{{scores}}}}}'
    )


def event_line(file: Path, event: Event) -> str:
    """Write one event as ``{"file", "start", "end", "label", "peak"}``."""
    return (
        f'{{"file": {_quote(str(file))}, "start": {_seconds(event.start_s)}, '
        f'"end": {_seconds(event.end_s)}, "label": {_quote(event.label)}, "peak": {_score(event.peak)}}}'
    )


def csv_header(labels: Sequence[str]) -> str:
    """Write the header that goes with ``csv_row``.

    A label that is the name of another column, such as "start", becomes ``score:start``.
    """
    return csv_line(
        [*_CSV_COLUMNS, *(f"score:{label}" if label in _CSV_COLUMNS else label for label in labels)]
    )


def csv_row(file: Path, answer: Answer) -> str:
    """Write one answer as file, start, end, label and a score per label."""
    times = (_seconds(answer.start_s), _seconds(answer.end_s))
    return csv_line([str(file), *times, answer.label or "", *map(_score, answer.scores)])


def answer_table(rows: Iterable[tuple[Path, Answer]], labels: Sequence[str]) -> Table:
    """Lay answers out for reading: of classes the best one, of values all of them."""
    rows = list(rows)
    of_classes = all(answer.label is not None for _, answer in rows)
    table = Table()
    table.add_column("file", overflow="fold")
    table.add_column("seconds", justify="right")
    for name in ("answer", "score") if of_classes else labels:
        table.add_column(Text(name), justify="left" if name == "answer" else "right")
    for file, answer in rows:
        span = f"{answer.start_s:.2f} – {answer.end_s:.2f}"
        if answer.label is not None:
            cells = [Text(answer.label), Text(f"{answer.scores.max():.3f}")]
        else:
            cells = [Text(f"{score:.4g}") for score in answer.scores]
        table.add_row(Text(str(file)), span, *cells)
    return table


def _quote(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def _seconds(value: float) -> str:
    """The shortest of 15 to 17 digits that reads back as ``value``."""
    return next(text for d in (15, 16, 17) if float(text := f"{value:.{d}g}") == value)


def _score(value: float) -> str:
    """Nine digits: enough to read any float32 back."""
    return f"{float(value):.9g}"
