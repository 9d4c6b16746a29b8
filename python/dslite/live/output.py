"""Where answers and events of live sound go: JSON lines, or a terminal's display."""

from __future__ import annotations

from pathlib import Path

import click
from rich.live import Live

from dslite import Answer, Decision, Error, Event, Model, Stream
from dslite.formats import event_line, json_line
from dslite.live.pcm import Block
from dslite.live.view import View
from dslite.util.progress import results


class Output:
    """Takes answers, and decides on events; ends what it began when the ``with`` statement does.

    Raises:
        Error: ``events`` of a model of values without thresholds, of which there would never be any.
    """

    def __init__(self, model: Model, name: str, events: bool, explains: bool) -> None:
        self._labels, self._name, self._explains = model.labels, name, explains
        decision = model.recipe.decision
        if events and model.task == "values" and not (decision.threshold or decision.class_thresholds):
            raise Error("--events: a model of values needs thresholds, and its recipe's [decision] has none")
        self._decision = Decision(model) if events else None
        self.answers = 0

    def __enter__(self) -> Output:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def sound(self, block: Block, stream: Stream) -> None:
        """Sound has come."""

    def take(self, answers: list[Answer]) -> None:
        """Answers have."""
        self.answers += len(answers)
        for answer in answers:
            self.answer(answer)
            if self._decision is not None:
                self._show_events(self._decision.push(answer))

    def finish(self) -> None:
        """No more will come."""
        if self._decision is not None:
            self._show_events(self._decision.finish())

    def _show_events(self, events: list[Event]) -> None:
        for event in events:
            self.event(event)

    def answer(self, answer: Answer) -> None:
        """Show an answer."""

    def event(self, event: Event) -> None:
        """Show an event."""


class Lines(Output):
    """JSON lines of answers, or of events instead."""

    def answer(self, answer: Answer) -> None:
        if self._decision is None:
            click.echo(json_line(Path(self._name), self._labels, answer, self._explains))

    def event(self, event: Event) -> None:
        click.echo(event_line(Path(self._name), event))


class Screen(Output):
    """The display of a terminal, events in lines above it."""

    def __init__(self, model: Model, name: str, events: bool, explains: bool) -> None:
        super().__init__(model, name, events, explains)
        self._view = View(model.labels, explains)
        self._live = Live(self._view, console=results(), auto_refresh=False)

    def __enter__(self) -> Output:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def sound(self, block: Block, stream: Stream) -> None:
        self._view.sound(block, stream.frames / stream.rate_hz)
        self._live.refresh()

    def answer(self, answer: Answer) -> None:
        self._view.answer(answer)
        self._live.refresh()

    def event(self, event: Event) -> None:
        span = f"{event.start_s:.2f} – {event.end_s:.2f} s"
        self._live.console.print(f"{span}  {event.label}  {event.peak:.3f}", markup=False)
