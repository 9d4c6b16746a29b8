"""Recordings as chunks that are read or decoded when needed, so that memory does not grow with the set."""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dslite import Error, FrontEnd, read_audio
from dslite._dslite import Excerpt
from dslite.audio import excerpt, frames_in_place
from dslite.training.augment.signal import SignalAugmenter
from dslite.training.data.decoded import read_decoded
from dslite.util.cache import Cache
from dslite.util.failures import Failure
from dslite.util.parallel import in_parallel, processors
from dslite.util.spill import Appender, mapped, spilling

Samples = npt.NDArray[np.float32]


class Chunks:
    """The chunks of many recordings, mono float32 at the recipe's rate, none of them in memory.

    ``file_of[i]`` is the index of the recording that chunk ``i`` was cut from, and ``lengths[i]`` its
    samples. They begin at ``starts[i]`` in the recording itself where ``in_place[i]``, or else in
    ``cache``, a mapped file; chunks may share samples.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        channel: str | int,
        cache: Samples,
        file_of: Sequence[int],
        starts: Sequence[int],
        lengths: Sequence[int],
        in_place: Sequence[int],
    ) -> None:
        self._paths = paths
        self._channel = channel
        self._cache = np.asarray(cache)  # slices of a memmap object are slow to make
        self.file_of = np.asarray(file_of, dtype=np.intp)
        self._starts = np.asarray(starts, dtype=np.int64)
        self._lengths = np.asarray(lengths, dtype=np.int64)
        self._in_place = np.asarray(in_place, dtype=np.bool_)

    def __len__(self) -> int:
        return len(self.file_of)

    def __getitem__(self, index: int) -> Samples:
        chunk = self._chunk(index)
        return chunk.read() if isinstance(chunk, Excerpt) else chunk

    def _chunk(self, index: int) -> Samples | Excerpt:
        start, length = int(self._starts[index]), int(self._lengths[index])
        if self._in_place[index]:
            return excerpt(self._paths[self.file_of[index]], start, length, self._channel)
        return self._cache[start : start + length]

    def tensors(
        self,
        front: FrontEnd,
        indices: Iterable[int],
        vary: SignalAugmenter | None = None,
        rng: np.random.Generator | None = None,
    ) -> npt.NDArray[np.float32]:
        """Let the core make pictures of the chunks: (n, height, width, channels) float32.

        ``vary`` varies their samples first, as ``rng`` draws.
        """
        if vary is None or rng is None:
            return front.tensors([self._chunk(int(index)) for index in indices])
        chosen = [self[int(index)] for index in indices]
        alike = len({len(chunk) for chunk in chosen}) == 1
        groups = [np.stack(chosen)] if alike else [chunk[None] for chunk in chosen]
        return front.tensors([varied for group in groups for varied in vary(group, rng)])


def decode(
    paths: Sequence[Path],
    front: FrontEnd,
    cache: Path,
    advance: Callable[[], None] = lambda: None,
    store: Cache | None = None,
) -> tuple[Chunks, list[Failure]]:
    """Find the chunks of ``paths`` by all cores; what must be decoded or resampled goes into ``cache``.

    WAV files of integers at the recipe's rate are not copied, but for what the recipe makes of their tails:
    a copy as float32 would be twice the size, and take longer to write than they take to read.
    Unreadable recordings, and those the recipe finds no chunk in, are left out and returned as
    failures. ``advance`` is called once a recording. What is decoded is taken from ``store``, and put there.

    Raises:
        Error: ``cache`` cannot be written.
    """
    # A thread is handed several recordings at a time: short ones take no longer than the handing.
    at_once = min(8, 1 + len(paths) // (16 * processors()))
    failures: list[Failure] = []
    # Arrays: a list holds 36 bytes a number, and there may be millions of chunks.
    file_of, starts, lengths, in_place = array("q"), array("q"), array("q"), array("b")
    with spilling(cache) as file:
        appender = Appender(file)

        def cut(first: int) -> list[_Recording | Failure]:
            return [_cut(front, path, appender, store) for path in paths[first : first + at_once]]

        groups = in_parallel(cut, range(0, len(paths), at_once))
        for index, result in enumerate(itertools.chain.from_iterable(groups)):
            advance()
            if isinstance(result, Failure):
                failures.append(result)
                continue
            count = len(result.starts)
            file_of.extend([index] * count)
            starts.extend(result.starts)
            lengths.extend([result.length] * count)
            in_place.extend(start < result.in_place for start in range(count))
    channel = front.recipe.audio.channel
    return Chunks(paths, channel, mapped(cache), file_of, starts, lengths, in_place), failures


@dataclass(frozen=True)
class _Recording:
    """Where the chunks of a recording start: ``in_place`` of them in itself, the others in the cache."""

    starts: list[int]
    length: int  # of every chunk, in samples
    in_place: int


def _decoded(path: Path, rate_hz: int, channel: str | int, store: Cache | None) -> Samples:
    return (
        read_audio(path, rate_hz, channel) if store is None else read_decoded(path, rate_hz, channel, store)
    )


def _cut(front: FrontEnd, path: Path, cache: Appender, store: Cache | None) -> _Recording | Failure:
    """Find the chunks of a recording. What goes into the cache is kept once, though chunks overlap."""
    audio = front.recipe.audio
    frames = frames_in_place(path, audio.sample_rate_hz, audio.channel)
    samples = np.zeros(0, np.float32)
    try:
        if frames is None:
            samples = _decoded(path, audio.sample_rate_hz, audio.channel, store)
        total = len(samples) if frames is None else frames
        length = front.chunk_samples or total
        spans = front.spans(total)
        starts = [start for start, stop in spans if stop - start == length]
        in_place = 0 if frames is None else len(starts)
        if frames is not None and in_place < len(spans):
            samples = read_audio(path, audio.sample_rate_hz, audio.channel)  # what the tail is made of
    except Error as error:
        return Failure(path, str(error))
    if not spans:
        return Failure(path, f"{path}: too short for one chunk")
    kept = starts[-1] + length if starts and frames is None else 0
    pieces = [samples[:kept]]
    for tail in range(len(starts), len(spans)):
        starts.append(kept)
        pieces.append(front.chunk(samples, tail))
        kept += length
    first = cache.append(pieces)
    starts[in_place:] = [first + start for start in starts[in_place:]]
    return _Recording(starts, length, in_place)
