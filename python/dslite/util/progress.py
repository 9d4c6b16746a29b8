"""What people see: results on stdout, progress and messages on stderr."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol

import rich.progress
from rich.console import Console, ConsoleOptions, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.segment import Segment
from rich.table import Column

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

    def stage(self, name: str, total: int, unit: str = "files") -> None:
        """A stage of ``total`` steps begins, each a ``unit``; the one before it is done."""

    def within(self, done: int, total: int, unit: str = "batch") -> None:
        """``done`` of the ``total`` parts of the next step are done."""

    def advance(self, steps: int = 1, note: str = "") -> None:
        """``steps`` of the stage are done; ``note`` says what came of them."""

    def message(self, text: str) -> None:
        """Something that should be known now, not when all is done."""


class NoProgress:
    """Progress that nobody sees."""

    def stage(self, name: str, total: int, unit: str = "files") -> None:
        """Show nothing."""

    def within(self, done: int, total: int, unit: str = "batch") -> None:
        """Show nothing."""

    def advance(self, steps: int = 1, note: str = "") -> None:
        """Show nothing."""

    def message(self, text: str) -> None:
        """Show nothing."""


class Step:
    """The progress of a long piece of work that is one step of another; its messages are not shown."""

    def __init__(self, whole: Progress) -> None:
        self._whole = whole
        self._name, self._total, self._done = "", 1, 0

    def stage(self, name: str, total: int, unit: str = "files") -> None:
        """A stage of the step begins."""
        self._name, self._total, self._done = name, total, 0

    def within(self, done: int, total: int, unit: str = "batch") -> None:
        """Too fine to be shown."""

    def advance(self, steps: int = 1, note: str = "") -> None:
        """Show how far the stage is, as a part of the step."""
        self._done += steps
        self._whole.within(min(self._done, self._total), max(self._total, 1), self._name)

    def message(self, text: str) -> None:
        """Show nothing: what the work says of itself it says again when its result is kept."""


class ProgressLines:
    """Progress in log files: a line per stage, and one every few seconds while it lasts.

    Args:
        clock: gives seconds that only grow.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console, self._clock = console, clock
        self._name, self._total, self._done = "", 0, 0
        self._said = clock()
        #: When the stage had first got anywhere, and how far: what came before was its start, not its pace.
        self._first: tuple[float, float] | None = None

    def stage(self, name: str, total: int, unit: str = "files") -> None:
        """Write the stage's line."""
        self._name, self._total, self._done = name, total, 0
        self._said, self._first = self._clock(), None
        self._console.print(name if total == 1 else f"{name}: {total} {unit}")

    def within(self, done: int, total: int, unit: str = "batch") -> None:
        """Write how far the step is unless something was written just before."""
        left = self._left(self._done + done / total)
        if self._is_time():
            self._say(f"{self._name}: {self._done}/{self._total}, {unit} {done}/{total}{left}")

    def advance(self, steps: int = 1, note: str = "") -> None:
        """Write how far the stage is unless something was written just before; the last note always."""
        self._done += steps
        left = self._left(self._done)
        if self._total > 1 and (self._is_time() or (note and self._done == self._total)):
            text = f"{self._name}: {self._done}/{self._total} {note}".rstrip()
            self._say(text + left)

    def message(self, text: str) -> None:
        """Write a line."""
        self._console.print(text, markup=False)

    def _is_time(self) -> bool:
        return self._clock() - self._said > QUIET_SECONDS

    def _say(self, text: str) -> None:
        self._said = self._clock()
        self._console.print(text)

    def _left(self, done: float) -> str:
        """How long the rest of the stage will take, if it goes on as since its first step."""
        now = self._clock()
        if self._first is None and done > 0:
            self._first = now, done
        if self._first is None or not self._first[1] < done < self._total:
            return ""
        began, before = self._first
        seconds = (now - began) * (self._total - done) / (done - before)
        return f", about {duration(seconds)} left"


def duration(seconds: float) -> str:
    """``12 s``, ``1 min 40 s``, ``13 min`` or ``2 h 5 min``, as exact as an estimate is."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 595:
        tens = round(seconds / 10)
        return f"{tens // 6} min" + (f" {tens % 6 * 10} s" if tens % 6 else "")
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


class ProgressBars:
    """Progress as one bar per stage."""

    def __init__(self, bars: rich.progress.Progress) -> None:
        self._progress = bars
        self._task: TaskID | None = None
        self._done = 0

    def stage(self, name: str, total: int, unit: str = "files") -> None:
        """Begin a new bar."""
        if self._task is not None:
            self._progress.stop_task(self._task)
        self._done = 0
        self._task = self._progress.add_task(name, total=total, note="")

    def within(self, done: int, total: int, unit: str = "batch") -> None:
        """Move the bar by a part of a step."""
        if self._task is not None:
            completed = self._done + done / total
            self._progress.update(self._task, completed=completed, note=f"{unit} {done}/{total}")

    def advance(self, steps: int = 1, note: str = "") -> None:
        """Move the bar on."""
        self._done += steps
        if self._task is not None:
            self._progress.update(self._task, completed=self._done, note=note)

    def message(self, text: str) -> None:
        """Write a line above the bars."""
        self._progress.console.print(text, markup=False)


@contextmanager
def show_progress() -> Iterator[Progress]:
    """Show progress on stderr: bars on a terminal, lines in a log file."""
    console = PlainConsole(stderr=True, highlight=False, soft_wrap=True)
    if not console.is_terminal:
        yield ProgressLines(console)
        return
    whole = Column(no_wrap=True)  # only the note gives way where the terminal is narrow
    columns = (
        TextColumn("{task.description:<12}", table_column=whole),
        BarColumn(16, table_column=Column(no_wrap=True, min_width=16)),
        MofNCompleteColumn(table_column=Column(no_wrap=True)),
        TimeRemainingColumn(elapsed_when_finished=True, table_column=Column(no_wrap=True)),
        TextColumn("{task.fields[note]}", table_column=Column(ratio=1)),
    )
    with rich.progress.Progress(*columns, console=console) as bars:
        yield ProgressBars(bars)
