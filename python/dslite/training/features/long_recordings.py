"""Chunks of recordings that are too long to be held in memory, read a block at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dslite import Error, FrontEnd, _dslite
from dslite.audio import BLOCK_FRAMES, excerpt, foreign_blocks

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
    length = front.chunk_samples
    hop = front.recipe.samples(front.recipe.chunk.hop_seconds)
    kept, first, number = np.zeros(0, np.float32), 0, 0  # kept[0] is sample ``first``
    for block in _resampled(path, front):
        kept = np.concatenate([kept, block])
        while (start := number * hop - first) + length <= len(kept):
            yield first + start, first + start + length, front.chunk(kept[start : start + length], 0)
            number += 1
        done = min(number * hop - first, len(kept))
        kept, first = kept[done:].copy(), first + done
    for start, stop in front.spans(first + len(kept))[number:]:
        yield start, stop, front.chunk(kept[start - first : stop - first], 0)


def _resampled(path: Path, front: FrontEnd) -> Iterator[Samples]:
    """A recording at the recipe's rate, mono: the samples of ``read_audio``."""
    audio = front.recipe.audio
    rate_hz, blocks = _mono_blocks(path, audio.channel)
    if rate_hz == audio.sample_rate_hz:
        yield from blocks
        return
    resampler = _dslite.Resampler(rate_hz, audio.sample_rate_hz)
    for block in blocks:
        yield resampler.push(block)
    yield resampler.flush()


def _mono_blocks(path: Path, channel: str | int) -> tuple[int, Iterator[Samples]]:
    """The rate, and the blocks as the core reads integers of WAV, or as libsndfile decodes the rest."""
    try:
        wav = _dslite.WavFile(os.fsencode(path))
    except Error:
        return _decoded_blocks(path, channel)
    if wav.is_float:
        return _decoded_blocks(path, channel)
    _check_channel(path, wav.channels, channel)
    starts = range(0, wav.frames, BLOCK_FRAMES)
    blocks = (excerpt(path, start, min(BLOCK_FRAMES, wav.frames - start), channel).read() for start in starts)
    return wav.rate_hz, blocks


def _decoded_blocks(path: Path, channel: str | int) -> tuple[int, Iterator[Samples]]:
    rate_hz, channels, blocks = foreign_blocks(path)
    _check_channel(path, channels, channel)
    index = -1 if isinstance(channel, str) else channel
    return rate_hz, (_dslite.to_mono(block, index) for block in blocks)


def _check_channel(path: Path, channels: int, channel: str | int) -> None:
    if not isinstance(channel, str) and channel >= channels:
        raise Error(f"{path}: has {channels} channels, the recipe asks for channel {channel}")
