"""What the core does not read: every other format by libsndfile, block by block."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ._dslite import AudioWarning, Error

#: libsndfile's word for a length that no header gives is the largest number of 64 bits.
UNKNOWN_FRAMES = 1 << 62
#: Frames that are decoded at a time; where decoding fails, what was in the block is lost.
BLOCK_FRAMES = 1 << 15


def foreign_blocks(
    path: Path, content: bytes | None = None
) -> tuple[int, int, Iterator[npt.NDArray[np.float32]]]:
    """What libsndfile decodes, a block at a time: rate in Hz, channels, and (frames, channels) float32 each.

    It is read from its beginning to its end, wherever that is: the length in a header may be absurd, or
    unknown, as what a recorder streams. ``content`` is what was read of a pipe. A file that ends early, or
    cannot be decoded on, gives what comes before and an AudioWarning.

    Raises:
        Error: it cannot be opened, or no block of it decoded; or a sample of a block is not finite.
    """
    try:
        file = _open_sequentially(os.fsencode(path) if content is None else io.BytesIO(content))
    # All that a foreign reader makes of a damaged file: TypeError of .raw is among it.
    except Exception as error:
        raise _undecodable(path, error) from None
    return int(file.samplerate), int(file.channels), _decoded(path, file)


def promised_frames(path: Path) -> tuple[int, int]:
    """The frames that a file's header says it has, 0 where it does not say, and its rate in Hz.

    Raises:
        Error: it cannot be opened.
    """
    import soundfile

    try:
        file = soundfile.info(os.fsencode(path))
    except Exception as error:
        raise _undecodable(path, error) from None
    return (file.frames if file.frames < UNKNOWN_FRAMES else 0), file.samplerate


@cache
def _sequential_file() -> type[Any]:
    import soundfile  # loads libsndfile: not before it is needed

    class Sequential(soundfile.SoundFile):  # type: ignore[misc]
        """A file that is not asked where it is: libsndfile fails to say where the length is unknown."""

        def seekable(self) -> bool:
            return False

    return Sequential


def _open_sequentially(source: bytes | io.BytesIO) -> Any:
    return _sequential_file()(source)


def _decoded(path: Path, file: Any) -> Iterator[npt.NDArray[np.float32]]:
    frame = 0
    fault: Exception | None = None
    with file:
        while True:
            try:
                block = file.read(BLOCK_FRAMES, dtype="float32", always_2d=True)
            except Exception as error:
                if frame == 0:
                    raise _undecodable(path, error) from None
                fault = error
                break
            if not np.isfinite(block).all():
                frame += int(np.argmin(np.isfinite(block).all(axis=1)))
                raise Error(f"{path}: frame {frame} is not finite")
            frame += len(block)
            if len(block):
                yield block
            if len(block) < BLOCK_FRAMES:
                break
        _warn_of_length(path, frame, file.frames, file.samplerate, fault)


def _warn_of_length(path: Path, frames: int, says: int, rate_hz: int, fault: Exception | None) -> None:
    got = f"{path}: read {frames / rate_hz:.6g}"
    if fault is not None:
        warnings.warn(f"{got} s, then it cannot be decoded ({_reason(fault)})", AudioWarning, stacklevel=3)
    elif 0 < frames < says < UNKNOWN_FRAMES:
        warnings.warn(f"{got} of {says / rate_hz:.6g} s: the file ends early", AudioWarning, stacklevel=3)


def _undecodable(path: Path, error: Exception) -> Error:
    return Error(f"{path}: no audio that libsndfile can decode ({_reason(error)})")


def _reason(error: Exception) -> str:
    # libsndfile's own words: what soundfile puts before them is the path as Python's bytes.
    text = str(getattr(error, "error_string", error))
    return " ".join(text.split()).rstrip(".") or type(error).__name__
