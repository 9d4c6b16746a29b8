"""Live: sound in pushes of any length, answers as their chunks fill up, events decided on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NoReturn

import numpy as np
import numpy.typing as npt

from ._dslite import NativeDecision, NativeModel, NativeStream, Recipe
from .explain.methods import by_maps
from .results import Answer, Event

if TYPE_CHECKING:
    from .model import Model


#: Start and end in seconds, the index of the best label, scores, and class maps if there are any.
NativeAnswer = tuple[float, float, int, npt.NDArray[np.float32], npt.NDArray[np.float32] | None]


class Answering:
    """Makes answers of what the core says of the chunks of one model."""

    def __init__(self, native: NativeModel) -> None:
        self._native, self._recipe = native, native.recipe
        self._labels, self._is_classifier = tuple(native.labels), native.is_classifier
        # A whole clip is one chunk; others are as long where the sound ends before them.
        rate_hz = self._recipe.audio.sample_rate_hz
        self._seconds = int(self._recipe.chunk.seconds * rate_hz) / rate_hz

    def answer(
        self,
        start_s: float,
        end_s: float,
        best: int,
        scores: npt.NDArray[np.float32],
        maps: npt.NDArray[np.float32] | None,
    ) -> Answer:
        """Make one."""
        label = self._labels[best] if self._is_classifier else None
        explanation = None
        if maps is not None:
            seconds = self._seconds or end_s - start_s
            explanation = by_maps(self._native, self._recipe, scores, maps, best, seconds)
        return Answer(start_s, end_s, label, scores, self._labels, explanation)


class Stream:
    """A model fed live; ``Model.stream`` opens one.

    The answers are those of ``Model.predict`` on the whole recording, bit for bit, for any split into
    pushes. Streams of one model may run on threads of their own; they take turns at the network.

    >>> stream = model.stream(rate_hz=48000)                     # doctest: +SKIP
    >>> for block in microphone:                                 # doctest: +SKIP
    ...     for answer in stream.push(block):
    ...         print(answer.end_s, answer.label)
    """

    def __init__(self, model: Model, rate_hz: int, channels: int = 1) -> None:
        self._answering = Answering(model.native)
        self._native = NativeStream(model.native, rate_hz, channels)

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled or copied."""
        raise TypeError(
            "a Stream cannot be pickled or copied: it holds sound of a chunk in progress; pass the Model, "
            "and open a stream of it where the sound comes in"
        )

    @property
    def rate_hz(self) -> int:
        """Of the sound that is pushed."""
        return self._native.rate_hz

    @property
    def channels(self) -> int:
        """Of the sound that is pushed."""
        return self._native.channels

    @property
    def frames(self) -> int:
        """How many samples of each channel have been pushed."""
        return self._native.frames

    def push(self, samples: npt.NDArray[np.float32]) -> list[Answer]:
        """Take more sound and answer for every chunk that it completes.

        Args:
            samples: C-contiguous float32, full scale ±1, any number: (n, channels), or (n,) where
                there is one channel.

        Raises:
            TypeError: another dtype.
            ValueError: another shape, samples that are not finite, or a finished stream; nothing of
                the push is taken then, and the stream goes on.
            Error: the network failed. The sound is taken, one answer is missing, the push's others
                come with the next call.
        """
        return self._answers(self._native.push(samples))

    def finish(self) -> list[Answer]:
        """End the sound: answer for its tail as the recipe says. Raises Error as ``push`` does."""
        return self._answers(self._native.finish())

    def _answers(self, native: list[NativeAnswer]) -> list[Answer]:
        return [self._answering.answer(*one) for one in native]


class Decision:
    """Turns the answers of one stream, in their order, into events, as the recipe's [decision] says.

    >>> for event in Decision(model).events(model.predict("long.flac")):    # doctest: +SKIP
    ...     print(event.start_s, event.end_s, event.label)

    Args:
        model: whose answers it will be given.
        recipe: whose [decision] to follow instead of the model's.

    Raises:
        ValueError: ``decision.class_thresholds`` names a label that the model does not have.
    """

    def __init__(self, model: Model, recipe: Recipe | None = None) -> None:
        self._labels = model.labels
        self._native = NativeDecision(model.native, recipe)

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled or copied."""
        raise TypeError(
            "a Decision cannot be pickled or copied: it holds events in progress; pass the Model, and make "
            "one of it where the answers are"
        )

    @property
    def smoothed(self) -> npt.NDArray[np.float32]:
        """The smoothed scores of the last answer, one per label."""
        return self._native.smoothed

    def push(self, answer: Answer) -> list[Event]:
        """Take the next answer; return the events that have ended before it."""
        return self._events(self._native.push(answer.start_s, answer.end_s, answer.scores))

    def finish(self) -> list[Event]:
        """End the stream and with it the events still open. What is pushed next is a new stream."""
        return self._events(self._native.finish())

    def events(self, answers: Iterable[Answer]) -> Iterator[Event]:
        """Yield the events of one stream of answers, each when it has ended."""
        for answer in answers:
            yield from self.push(answer)
        yield from self.finish()

    def _events(self, native: list[tuple[float, float, int, float]]) -> list[Event]:
        return [Event(start_s, end_s, self._labels[i], peak) for start_s, end_s, i, peak in native]
