"""Answers and events as text: JSON lines exactly as ``dslite-run`` writes them, CSV rows, aligned lines."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from rich.cells import cell_len, set_cell_size

from dslite import Answer, Event
from dslite.util.text import csv_line, printable

_CSV_COLUMNS = ("file", "start", "end", "label")
#: Control characters that JSON allows as they are, and bytes of a name that are no UTF-8.
_CONTROL = re.compile("[\x7f-\x9f\ud800-\udfff]")


def json_line(file: Path, labels: Sequence[str], answer: Answer, explains: bool = False) -> str:
    """Write one answer as ``{"file", "start", "end", "label", "scores": {label: score}}``.

    Where it ``explains``, with "why", the regions that speak for the label, of an answer that has them.
    """
    scores = ", ".join(
        f"{_quote(label)}: {_score(score)}" for label, score in zip(labels, answer.scores, strict=True)
    )
    best = "null" if answer.label is None else _quote(answer.label)
    why = _why(answer) if explains else ""
    return (
        f'{{"file": {_quote(str(file))}, "start": {_seconds(answer.start_s)}, '
        f'"end": {_seconds(answer.end_s)}, "label": {best}, "scores": {{{scores}}}{why}}}'
    )


def _why(answer: Answer) -> str:
    regions = []
    for region in answer.explanation.regions if answer.explanation else ():
        spans = {"start": answer.start_s + region.start_s, "end": answer.start_s + region.end_s}
        if region.low_hz is not None and region.high_hz is not None:
            spans |= {"low_hz": region.low_hz, "high_hz": region.high_hz}
        spans["share"] = region.share
        regions.append("{" + ", ".join(f'"{name}": {_seconds(value)}' for name, value in spans.items()) + "}")
    return f', "why": [{", ".join(regions)}]'


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


class AnswerRows:
    """Answers laid out for reading, a line each as they come: of classes the best one, of values all.

    Args:
        files: every file that there will be a line of.
        labels: of the model.
        of_classes: whether it predicts classes.
    """

    def __init__(self, files: Sequence[Path], labels: Sequence[str], of_classes: bool) -> None:
        self._of_classes = of_classes
        self._file_width = max([4, *(cell_len(printable(str(file))) for file in files)])
        names = [printable(label) for label in labels]
        self._heads = ["answer", "score"] if of_classes else names
        best = max(6, *map(cell_len, names)) if of_classes else 0
        self._widths = [best, 5] if of_classes else [max(10, cell_len(name)) for name in names]

    def header(self) -> str:
        """The line above the answers."""
        return self._line("file", "seconds", self._heads)

    def row(self, file: Path, answer: Answer) -> str:
        """The line of an answer."""
        if answer.label is not None:
            cells = [printable(answer.label), f"{answer.scores.max():.3f}"]
        else:
            cells = [f"{score:.4g}" for score in answer.scores]
        return self._line(printable(str(file)), f"{answer.start_s:.2f} – {answer.end_s:.2f}", cells)

    def _line(self, file: str, span: str, cells: Sequence[str]) -> str:
        left = set_cell_size(file, self._file_width) + f"  {span:>17}"
        for number, (cell, width) in enumerate(zip(cells, self._widths, strict=True)):
            is_label = self._of_classes and number == 0
            left += "  " + (set_cell_size(cell, width) if is_label else " " * (width - cell_len(cell)) + cell)
        return left.rstrip()


def _quote(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def _seconds(value: float) -> str:
    """The shortest of 15 to 17 digits that reads back as ``value``."""
    return next(text for d in (15, 16, 17) if float(text := f"{value:.{d}g}") == value)


def _score(value: float) -> str:
    """Nine digits: enough to read any float32 back."""
    return f"{float(value):.9g}"
