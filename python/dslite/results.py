"""What a model says: of a chunk, and of a run of chunks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model says of one chunk.

    Attributes:
        start_s: start of the chunk in the recording, in seconds.
        end_s: end of the sound in it, never past the recording's end.
        label: of the highest score; None when the model predicts values, not classes.
        scores: float32, one per label, in the order of ``Model.labels``.
    """

    start_s: float
    end_s: float
    label: str | None
    scores: npt.NDArray[np.float32]


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
