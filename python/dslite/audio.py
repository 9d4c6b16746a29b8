"""Recordings → mono samples at one rate: WAV by the core, every other format by libsndfile."""

from __future__ import annotations

import contextlib
import io
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from . import _dslite
from ._dslite import Error
from .libsndfile import BLOCK_FRAMES, foreign_blocks, promised_frames

#: Enough for any format to be told by.
HEAD_BYTES = 4096
#: How the files that libsndfile decodes begin; nothing else is read to its end from a pipe.
MAGIC = (b"RIFF", b"RF64", b"BW64", b"riff", b"fLaC", b"OggS", b"ID3", b"\xff", b"FORM", b".snd", b"caff")
#: Of what can be read once only, and must be held.
PIPE_BYTES = 1 << 31


def read_audio(
    path: str | os.PathLike[str], rate_hz: int, channel: str | int = "mix"
) -> npt.NDArray[np.float32]:
    """Read a recording as mono float32 at ``rate_hz``, full scale ±1.

    WAV files go through the core's own reader, so that a board without Python reads the same bits;
    everything else through libsndfile. The rate is converted by the core (see ``_dslite.resample``).

    Args:
        path: any file that libsndfile reads (WAV, FLAC, OGG, MP3, …).
        rate_hz: of the result, 100 … 768000.
        channel: "mix" averages all channels; 0, 1, … takes one.

    Returns:
        Shape (n,), n = ceil(frames · rate_hz / rate of the file).

    Raises:
        Error: the file cannot be read or decoded, is empty, or holds NaN or infinite samples.
        AudioWarning: a warning, where the file ends early or its header gives no true length; the samples
            are all that it holds.
        ValueError: ``rate_hz`` or ``channel`` is impossible.
    """
    return join(signal_blocks(path, rate_hz, channel))


def signal_blocks(
    path: str | os.PathLike[str], rate_hz: int, channel: str | int = "mix"
) -> Iterator[npt.NDArray[np.float32]]:
    """``read_audio`` a block at a time, so that memory does not grow with the recording.

    The blocks together are its samples, bit for bit. A pipe that is no WAV is held whole.

    Raises:
        Error: at once, where the file cannot be opened or lacks the channel; later, where it cannot be read
            on, or holds a sample that is not finite.
        ValueError: ``rate_hz`` or ``channel`` is impossible.
    """
    if channel != "mix" and (isinstance(channel, str) or channel < 0):
        raise ValueError(f'channel = {channel!r}: expected "mix" or a channel number')
    path, index = Path(path), _channel_index(channel)
    head, pipe = _head(path)
    if _dslite.wav_is_readable(head):
        name = os.fsencode(path)
        if pipe is None:
            return iter(_dslite.SignalReader(name, rate_hz, index))
        return iter(_dslite.SignalReader(_after(head, pipe), name, rate_hz, index))
    content = None if pipe is None else _all_of(path, head, pipe)
    file_rate_hz, channels, blocks = foreign_blocks(path, content)
    if index >= channels:
        raise Error(f"{path}: has {channels} channels, the recipe asks for channel {index}")
    resampler = _dslite.Resampler(file_rate_hz, rate_hz)  # which refuses an impossible rate
    return _to_signal(path, blocks, index, None if file_rate_hz == rate_hz else resampler)


def blocks_of(
    samples: npt.NDArray[Any], from_hz: int | None, rate_hz: int, channel: str | int
) -> Iterator[npt.NDArray[np.float32]]:
    """``signal_blocks`` of samples at hand: float32, float64 or int16, (n,), which is mono, or (n, channels).

    Args:
        from_hz: their rate; None: ``rate_hz``.

    Raises:
        ValueError: another type or shape, samples that are not finite, a channel that is not there, or an
            impossible rate.
    """
    frames = _as_frames(samples)
    if not np.isfinite(frames).all():
        frame = int(np.argmin(np.isfinite(frames).all(axis=1)))
        raise ValueError(f"samples: frame {frame} is not finite in float32")
    index = _channel_index(channel) if samples.ndim == 2 else 0
    if index >= frames.shape[1]:
        raise ValueError(f"samples: {frames.shape[1]} channels, the recipe asks for channel {index}")
    from_hz = rate_hz if from_hz is None else from_hz
    resampler = _dslite.Resampler(from_hz, rate_hz)
    blocks = (frames[first : first + BLOCK_FRAMES] for first in range(0, len(frames), BLOCK_FRAMES))
    return _to_signal(Path("samples"), blocks, index, None if from_hz == rate_hz else resampler)


def _as_frames(samples: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """(n, channels) float32, full scale ±1."""
    if samples.ndim not in (1, 2):
        raise ValueError(f"samples: {samples.ndim} axes, expected (n,) or (n, channels)")
    if samples.dtype not in (np.float32, np.float64, np.int16):
        raise ValueError(f"samples: dtype {samples.dtype}, expected float32, float64 or int16")
    if samples.ndim == 2 and samples.shape[0] < samples.shape[1]:
        raise ValueError(
            f"samples: shape {samples.shape}, expected (n, channels); transpose what has a row per channel"
        )
    frames = samples if samples.ndim == 2 else samples[:, None]
    if samples.dtype == np.int16:
        return np.ascontiguousarray(frames, np.float32) / np.float32(32768)
    with np.errstate(over="ignore"):  # what is too large is infinite then, and refused
        return np.ascontiguousarray(frames, np.float32)


def join(blocks: Iterable[npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
    """Blocks of a signal, of one at least, as one array."""
    found = list(blocks)
    return found[0] if len(found) == 1 else np.concatenate(found)


def _to_signal(
    path: Path,
    blocks: Iterable[npt.NDArray[np.float32]],
    channel: int,
    resampler: _dslite.Resampler | None,
) -> Iterator[npt.NDArray[np.float32]]:
    frames = 0
    for block in blocks:
        frames += len(block)
        # One channel is the mean of one: a copy that need not be.
        mono = np.ascontiguousarray(block[:, 0]) if block.shape[1] == 1 else _dslite.to_mono(block, channel)
        yield resampler.push(mono) if resampler else mono
    if not frames:
        raise Error(f"{path}: holds no samples")
    if resampler:
        yield resampler.flush()


def frames_in_place(path: Path, rate_hz: int, channel: str | int = "mix") -> int | None:
    """Count the samples that ``excerpt`` can read where they lie, or None: the recording must be decoded.

    That is a WAV of integers at ``rate_hz``. Floats are not: whether they are finite, only a look at all of
    them can tell.
    """
    try:
        file = _dslite.WavFile(os.fsencode(path))
    except Error:
        return None  # read_audio reads it, or says what is wrong
    right = file.rate_hz == rate_hz and _channel_index(channel) < file.channels and not file.is_float
    return file.frames if right else None


def excerpt(path: Path, first: int, count: int, channel: str | int = "mix") -> _dslite.Excerpt:
    """``count`` samples of a recording from ``first`` on, read when they are needed.

    They are those of ``read_audio``, in a recording that ``frames_in_place`` counted.
    """
    return _dslite.Excerpt(os.fsencode(path), first, count, _channel_index(channel))


def _channel_index(channel: str | int) -> int:
    return -1 if isinstance(channel, str) else channel


def decoded_blocks(path: Path) -> tuple[int, int, Iterator[npt.NDArray[np.float32]]]:
    """Decode a file a block at a time: rate in Hz, channels, and (frames, channels) float32 each.

    Raises:
        Error: it cannot be read, at once or later.
    """
    head, pipe = _head(path)
    content = None if pipe is None else _all_of(path, head, pipe)
    if not _dslite.wav_is_readable(head):
        return foreign_blocks(path, content)
    name = os.fsencode(path)
    if content is None:
        file = _dslite.WavFile(name)
        return file.rate_hz, file.channels, _wav_blocks(path, file)
    samples, rate_hz = _dslite.decode_wav(content, name)
    return rate_hz, samples.shape[1], iter([samples])


def _head(path: Path) -> tuple[bytes, BinaryIO | None]:
    """The first bytes of a file; with what can be read once only itself, open behind them.

    That is a pipe, a FIFO, a terminal or another device, which may go on for ever: it must begin like audio.
    """
    with contextlib.ExitStack() as closing:
        try:
            file = closing.enter_context(path.open("rb", buffering=0))
            head = file.read(HEAD_BYTES)
            is_pipe = not stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            while is_pipe and len(head) < HEAD_BYTES and (more := file.read(HEAD_BYTES - len(head))):
                head += more
        except (OSError, ValueError) as error:  # a NUL in the name is a ValueError
            raise Error(f"{path}: {getattr(error, 'strerror', None) or error}") from None
        if not head:
            raise Error(f"{path}: the file is empty")
        if is_pipe and not head.startswith(MAGIC):
            raise Error(f"{path}: no audio that libsndfile can decode, by its first bytes")
        if is_pipe:
            closing.pop_all()
        return head, file if is_pipe else None


def _wav_blocks(path: Path, file: _dslite.WavFile) -> Iterator[npt.NDArray[np.float32]]:
    """All channels of a WAV file, the first by the reader that warns of a wrong length."""
    frame = 0
    for mono in _dslite.SignalReader(os.fsencode(path), file.rate_hz, 0):
        count = len(mono)
        others = [excerpt(path, frame, count, channel).read() for channel in range(1, file.channels)]
        block = np.stack([mono, *others], axis=1)
        if not np.isfinite(block).all():
            frame += int(np.argmin(np.isfinite(block).all(axis=1)))
            raise Error(f"{path}: frame {frame} is not finite")
        frame += count
        yield block


def promised_samples(path: Path, rate_hz: int) -> int:
    """How many samples ``read_audio`` should give, by the file's header; 0 where that is unknown.

    Of a WAV file that the core reads by itself, and of a pipe, it is 0, too.

    Raises:
        Error: the file cannot be opened.
    """
    if path.exists() and not path.is_file():
        return 0  # a pipe is read once
    head, _ = _head(path)
    if _dslite.wav_is_readable(head):
        return 0
    frames, file_rate_hz = promised_frames(path)
    return -(-frames * rate_hz // file_rate_hz)


def _after(head: bytes, pipe: BinaryIO) -> Callable[[int], bytes]:
    """Read all of a pipe whose first bytes were taken already."""
    taken = io.BytesIO(head)
    return lambda size: taken.read(size) or pipe.read(size)


def _all_of(path: Path, head: bytes, pipe: BinaryIO) -> bytes:
    content = bytearray(head)
    with pipe:
        while len(content) <= PIPE_BYTES and (more := pipe.read(1 << 20)):
            content += more
    if len(content) > PIPE_BYTES:
        raise Error(f"{path}: more than {PIPE_BYTES >> 20} MiB from a pipe; write it to a file first")
    return bytes(content)
