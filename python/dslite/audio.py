"""Recordings → mono samples at one rate: WAV by the core, every other format by libsndfile."""

from __future__ import annotations

import io
import os
import stat
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from . import _dslite
from ._dslite import AudioWarning, Error

#: Enough for any format to be told by.
HEAD_BYTES = 4096
#: How the files that libsndfile decodes begin; nothing else is read to its end from a pipe.
MAGIC = (b"RIFF", b"RF64", b"BW64", b"riff", b"fLaC", b"OggS", b"ID3", b"\xff", b"FORM", b".snd", b"caff")
#: Of what can be read once only, and must be held.
PIPE_BYTES = 1 << 31
#: libsndfile's word for a length that no header gives is the largest number of 64 bits.
UNKNOWN_FRAMES = 1 << 62
#: Frames that are decoded at a time; where decoding fails, what was in the block is lost.
BLOCK_FRAMES = 1 << 15


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
    if channel != "mix" and (isinstance(channel, str) or channel < 0):
        raise ValueError(f'channel = {channel!r}: expected "mix" or a channel number')
    samples, file_rate_hz = decode(Path(path))
    index = _channel_index(channel)
    if index >= samples.shape[1]:
        raise Error(f"{path}: has {samples.shape[1]} channels, the recipe asks for channel {index}")
    # One channel is the mean of one, and its own rate no resampling: copies that need not be.
    mono = samples[:, 0] if samples.shape[1] == 1 else _dslite.to_mono(samples, index)
    if file_rate_hz == rate_hz and _dslite.MIN_RATE_HZ <= rate_hz <= _dslite.MAX_RATE_HZ:
        return mono
    return _dslite.resample(mono, file_rate_hz, rate_hz)


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


def decode(path: Path) -> tuple[npt.NDArray[np.float32], int]:
    """Decode a whole file: ((frames, channels) float32, rate in Hz). Raises Error, warns of AudioWarning."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
            is_file = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            content = None if is_file else _rest_of_pipe(path, file, head)
    except (OSError, ValueError) as error:  # a NUL in the name is a ValueError
        raise Error(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    if not head:
        raise Error(f"{path}: the file is empty")
    if _dslite.wav_is_readable(head):
        name = os.fsencode(path)
        return _dslite.read_wav(name) if content is None else _dslite.decode_wav(content, name)
    rate_hz, _, blocks = foreign_blocks(path, content)
    found = list(blocks)
    if not found:
        raise Error(f"{path}: holds no samples")
    return found[0] if len(found) == 1 else np.concatenate(found), rate_hz


def _rest_of_pipe(path: Path, file: BinaryIO, head: bytes) -> bytes:
    """All of what can be read once only: a pipe, a FIFO, a terminal's or another device's bytes."""
    if head and not head.startswith(MAGIC):
        raise Error(f"{path}: no audio that libsndfile can decode, by its first bytes")
    content = head + file.read(PIPE_BYTES)
    if len(content) > PIPE_BYTES:
        raise Error(f"{path}: more than {PIPE_BYTES >> 20} MiB from a pipe; write it to a file first")
    return content


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
    import soundfile  # loads libsndfile: not before it is needed

    class Sequential(soundfile.SoundFile):  # type: ignore[misc]
        """A file that is not asked where it is: libsndfile fails to say where the length is unknown."""

        def seekable(self) -> bool:
            return False

    try:
        file = Sequential(os.fsencode(path) if content is None else io.BytesIO(content))
    # All that a foreign reader makes of a damaged file: TypeError of .raw is among it.
    except Exception as error:
        raise _undecodable(path, error) from None

    def read() -> Iterator[npt.NDArray[np.float32]]:
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

    return int(file.samplerate), int(file.channels), read()


def _warn_of_length(path: Path, frames: int, says: int, rate_hz: int, fault: Exception | None) -> None:
    got = f"{path}: read {frames / rate_hz:.6g}"
    if fault is not None:
        warnings.warn(f"{got} s, then it cannot be decoded ({_reason(fault)})", AudioWarning, stacklevel=3)
    elif 0 < frames < says < UNKNOWN_FRAMES:
        warnings.warn(f"{got} of {says / rate_hz:.6g} s: the file ends early", AudioWarning, stacklevel=3)


def _undecodable(path: Path, error: Exception) -> Error:
    return Error(f"{path}: no audio that libsndfile can decode ({_reason(error)})")


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
