"""Chunks of recordings that are too long to be held in memory, read a block at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dslite import FrontEnd
from dslite._dslite import ChunkReader
from dslite.audio import signal_blocks

Samples = npt.NDArray[np.float32]

#: A recording of more frames is read a block at a time.
LONG_FRAMES = 1 << 22


def is_long(path: Path) -> bool:
    """Whether a recording is too long to be read whole; one that cannot be opened is not."""
    import soundfile  # loads libsndfile: not before it is needed

    try:
        return bool(soundfile.info(os.fsencode(path)).frames > LONG_FRAMES)
    except Exception:
        return False  # read_audio says what is wrong


def stream_chunks(path: Path, front: FrontEnd) -> Iterator[tuple[int, int, Samples]]:
    """The chunks of a recording, each with where it starts and stops: those of ``front.chunk``, bit by bit.

    Memory does not depend on the recording's length. The recipe's chunks must have one.

    Raises:
        Error: the recording cannot be read on; the chunks before were yielded.
    """
    audio = front.recipe.audio
    yield from ChunkReader(front.recipe, signal_blocks(path, audio.sample_rate_hz, audio.channel))
