"""What a model says: of a chunk, and of a run of chunks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ._dslite import Error
from .explain.explanation import Explanation


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model says of one chunk.

    Attributes:
        start_s: start of the chunk in the recording, in seconds.
        end_s: end of the sound in it, never past the recording's end.
        label: of the highest score; None when the model predicts values, not classes.
        scores: float32, one per label, in the order of ``Model.labels``.
        labels: ``Model.labels``; empty in an answer that was made by hand.
        explanation: which parts of the chunk speak for the answer, by the class maps of a network that has
            them (``dslite export RUN --explain``), else None; ``Model.explain`` explains any.
    """

    start_s: float
    end_s: float
    label: str | None
    scores: npt.NDArray[np.float32]
    labels: tuple[str, ...] = field(default=(), repr=False, compare=False)
    explanation: Explanation | None = field(default=None, repr=False, compare=False)

    def top(self, k: int = 1) -> list[tuple[str, float]]:
        """The ``k`` classes with the highest scores, or all if there are fewer: (label, score), best first.

        Of equal scores the first label is first, as in ``label``.

        Raises:
            ValueError: ``k`` < 1, or the answer is of values, none of which is the best.
        """
        if k < 1:
            raise ValueError(f"k = {k}: expected 1 or more")
        if self.label is None:
            raise ValueError("this model predicts values, none of which is the best; see as_dict()")
        order = np.argsort(-self.scores, kind="stable")[:k]
        names = self._names()
        return [(names[i], float(self.scores[i])) for i in order]

    def as_dict(self) -> dict[str, Any]:
        """{"start", "end", "label", "scores": {label: score}}, which ``json`` writes as it is.

        Times are in seconds; "label" is None where the model predicts values.
        """
        scores = dict(zip(self._names(), map(float, self.scores), strict=True))
        return {"start": self.start_s, "end": self.end_s, "label": self.label, "scores": scores}

    def _names(self) -> tuple[str, ...]:
        if len(self.labels) != len(self.scores):
            raise ValueError(f"the answer has {len(self.scores)} scores and {len(self.labels)} labels")
        return self.labels


@dataclass(frozen=True, slots=True)
class FileAnswers:
    """What ``Model.predict_many`` says of one file.

    Attributes:
        path: of the file.
        answers: one per chunk; those before the fault where there was one.
        error: why it could not be read, or not to its end; None where all went well. It names the file.
    """

    path: Path
    answers: list[Answer]
    error: Error | None = None


def by_file(pieces: Iterable[tuple[Path, Answer | Error | None]]) -> Iterator[FileAnswers]:
    """Gather the pieces of each file: its answers, then None or what was wrong with it."""
    answers: list[Answer] = []
    for path, piece in pieces:
        if isinstance(piece, Answer):
            answers.append(piece)
        else:
            yield FileAnswers(path, answers, piece)
            answers = []


@dataclass(frozen=True, slots=True)
class Event:
    """A run of answers in which one label was active.

    Attributes:
        start_s: start of the first chunk, in seconds.
        end_s: end of the sound in the last.
        label: of the class or value.
        peak: the highest smoothed score.
    """

    start_s: float
    end_s: float
    label: str
    peak: float

    def as_dict(self) -> dict[str, Any]:
        """{"start", "end", "label", "peak"}, which ``json`` writes as it is."""
        return {"start": self.start_s, "end": self.end_s, "label": self.label, "peak": self.peak}
