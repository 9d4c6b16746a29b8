"""What a terminal shows while a model listens: the level, the answer, a bar per label."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from dslite import Answer
from dslite.live.pcm import Block

MOST_LABELS = 12
LOWEST_DB = -60.0
BAR_WIDTH = 40


class View:
    """The state of the display; ``rich.live.Live`` draws it."""

    def __init__(self, labels: Sequence[str], explains: bool = False) -> None:
        self._labels, self._explains = labels, explains
        self._level_db = LOWEST_DB
        self._seconds = 0.0
        self._answer: Answer | None = None

    def sound(self, block: Block, seconds: float) -> None:
        """Take a block for the level, ``seconds`` into the sound."""
        self._seconds = seconds
        if block.size:
            peak = float(np.abs(block).max())
            self._level_db = max(LOWEST_DB, 20 * math.log10(peak)) if peak > 0 else LOWEST_DB

    def answer(self, answer: Answer) -> None:
        """Show this one from now on."""
        self._answer = answer

    def __rich__(self) -> RenderableType:
        level = Table.grid(padding=(0, 1))
        clipped = self._level_db >= 0
        bar = ProgressBar(-LOWEST_DB, self._level_db - LOWEST_DB, BAR_WIDTH, complete_style="green")
        level.add_row(
            f"{self._seconds:9.1f} s", bar, f"{self._level_db:6.1f} dBFS{' clipped' if clipped else ''}"
        )
        if self._answer is None:
            return Group(level, Text("listening …", style="dim"))
        return Group(level, self._title(self._answer), *self._why(self._answer), self._scores(self._answer))

    def _why(self, answer: Answer) -> list[Text]:
        if not self._explains or answer.explanation is None:
            return []
        return [Text(answer.explanation.words(answer.start_s), style="dim")]

    def _title(self, answer: Answer) -> Text:
        span = f"{answer.start_s:.2f} – {answer.end_s:.2f} s"
        return Text.assemble((answer.label or "", "bold"), " " if answer.label else "", (span, "dim"))

    def _scores(self, answer: Answer) -> Table:
        scores = Table.grid(padding=(0, 1))
        best = np.argsort(-answer.scores, kind="stable")[:MOST_LABELS]
        low, high = self._range(answer)
        for i in sorted(best):
            share = (float(answer.scores[i]) - low) / (high - low) if high > low else 0.0
            bar = ProgressBar(1.0, share, BAR_WIDTH, complete_style="cyan", finished_style="cyan")
            scores.add_row(Text(self._labels[i]), bar, f"{answer.scores[i]:.3f}")
        return scores

    def _range(self, answer: Answer) -> tuple[float, float]:
        """What an empty and a full bar stand for: of classes 0 and 1, of values all there are now."""
        if answer.label is not None:
            return 0.0, 1.0
        return min(0.0, float(answer.scores.min())), max(0.0, float(answer.scores.max()))
