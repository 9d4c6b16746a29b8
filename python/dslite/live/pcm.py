"""Raw PCM: bytes as they come → blocks of float32."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from dslite import Error

Block = npt.NDArray[np.float32]

#: Name → type, little-endian, and what its values are multiplied by. As dslite-run.
FORMATS = {"s16": ("<i2", 2.0**-15), "s32": ("<i4", 2.0**-31), "f32": ("<f4", 1.0)}

READ_BYTES = 65536  # what a pipe holds


def raw_blocks(descriptor: int, sample_format: str, channels: int) -> Iterator[Block]:
    """Yield (frames, channels) blocks of what can be read, as soon as it can be.

    Raises:
        Error: it begins like a WAV file, or ends within a frame.
    """
    dtype, scale = FORMATS[sample_format]
    frame_bytes = np.dtype(dtype).itemsize * channels
    rest = b""
    frames = 0
    while data := os.read(descriptor, READ_BYTES):
        if frames == 0 and (rest + data).startswith(b"RIFF"):
            raise Error("stdin: begins like a WAV file: expected raw PCM; dslite predict reads files")
        rest += data
        whole = len(rest) - len(rest) % frame_bytes
        values = np.frombuffer(rest[:whole], dtype).reshape(-1, channels)
        rest = rest[whole:]
        frames += len(values)
        yield values.astype(np.float32) * np.float32(scale)
    if rest:
        raise Error(
            f"stdin: ends {len(rest)} bytes into a frame, after {frames} whole ones: expected frames of "
            f"{frame_bytes} bytes ({sample_format}, channels = {channels})"
        )
