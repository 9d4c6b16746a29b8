"""What people see: results on stdout, progress and messages on stderr."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol

import rich.progress
from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.segment import Segment

from dslite.util.text import printable

#: How wide tables are where no terminal says how wide it is.
FILE_WIDTH = 100
#: Between two lines of progress in a log file.
QUIET_SECONDS = 5.0


class PlainConsole(Console):
    """A console to which no file's or label's text gives orders: only rich's own control codes pass."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Yield the segments of ``renderable``."""
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else printable(text, "\n"), style, control)


def results() -> Console:
    """The console of results, stdout."""
    console = PlainConsole(highlight=False)
    known = console.is_terminal or "COLUMNS" in os.environ
    return console if known else PlainConsole(highlight=False, width=FILE_WIDTH)


class Progress(Protocol):
    """How far a long piece of work has come; whoever does the work reports to it."""

    def stage(self, name: str, total: int) -> None:
        """A stage of ``total`` steps begins; the one before it is done."""

    def advance(self, steps: int = 1, note: str = "") -> None:
        """``steps`` of the stage are done; ``note`` says what came of them."""


class NoProgress:
    """Progress that nobody sees."""

    def stage(self, name: str, total: int) -> None:
        """Show nothing."""

    def advance(self, steps: int = 1, note: str = "") -> None:
        """Show nothing."""


class ProgressLines:
    """Progress in log files: a line per stage, and now and then one of what came of a step."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._name, self._total, self._done, self._said = "", 0, 0, 0.0

    def stage(self, name: str, total: int) -> None:
        """Write the stage's line."""
        self._name, self._total, self._done = name, total, 0
        self._said = time.monotonic()
        self._console.print(f"{name}: {total}")

    def advance(self, steps: int = 1, note: str = "") -> None:
        """Write the note unless one was written just before; the last one always."""
        self._done += steps
        if note and (self._done == self._total or time.monotonic() - self._said > QUIET_SECONDS):
            self._said = time.monotonic()
            self._console.print(f"{self._name}: {self._done}/{self._total} {note}")


class ProgressBars:
    """Progress as one bar per stage."""

    def __init__(self, bars: rich.progress.Progress) -> None:
        self._progress = bars
        self._task: TaskID | None = None

    def stage(self, name: str, total: int) -> None:
        """Begin a new bar."""
        if self._task is not None:
            self._progress.stop_task(self._task)
        self._task = self._progress.add_task(name, total=total, note="")

    def advance(self, steps: int = 1, note: str = "") -> None:
        """Move the bar on."""
        if self._task is not None:
            self._progress.update(self._task, advance=steps, note=note)


@contextmanager
def show_progress() -> Iterator[Progress]:
    """Show progress on stderr: bars on a terminal, lines in a log file."""
    console = PlainConsole(stderr=True, highlight=False, soft_wrap=True)
    if not console.is_terminal:
        yield ProgressLines(console)
        return
    columns = (
        TextColumn("{task.description:<12}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with rich.progress.Progress(*columns, console=console) as bars:
        yield ProgressBars(bars)
