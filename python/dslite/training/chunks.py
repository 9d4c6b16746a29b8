"""Recordings decoded once into chunks, kept on disk so that memory does not grow with the set."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dslite import Error, FrontEnd, read_audio
from dslite.failures import Failure
from dslite.parallel import in_parallel
from dslite.training.augment.signal import SignalAugmenter
from dslite.training.spill import mapped, spilling

Samples = npt.NDArray[np.float32]


class Chunks:
    """The chunks of many recordings, mono float32 at the recipe's rate, in one mapped file.

    Chunk ``i`` is ``lengths[i]`` samples from ``starts[i]``; chunks may share samples.
    ``file_of[i]`` is the index of the recording that chunk ``i`` was cut from.
    """

    def __init__(
        self, samples: Samples, starts: Sequence[int], lengths: Sequence[int], file_of: Sequence[int]
    ) -> None:
        self._samples = np.asarray(samples)  # slices of a memmap object are slow to make
        self._starts = np.asarray(starts, dtype=np.int64)
        self._lengths = np.asarray(lengths, dtype=np.int64)
        self.file_of = np.asarray(file_of, dtype=np.intp)

    def __len__(self) -> int:
        return len(self.file_of)

    def __getitem__(self, index: int) -> Samples:
        start = self._starts[index]
        return self._samples[start : start + self._lengths[index]]

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
        chosen = [self[int(index)] for index in indices]
        if vary is None or rng is None:
            return pictures(front, chosen)
        if len({len(chunk) for chunk in chosen}) == 1:
            return front.tensors(vary(np.stack(chosen), rng))
        return pictures(front, [vary(chunk[None], rng)[0] for chunk in chosen])


def pictures(front: FrontEnd, chunks: Sequence[Samples]) -> npt.NDArray[np.float32]:
    """Let the core make pictures of ``chunks``: (n, height, width, channels) float32."""
    if len({len(chunk) for chunk in chunks}) == 1:
        batch = np.empty((len(chunks), len(chunks[0])), np.float32)
        for row, chunk in zip(batch, chunks, strict=True):
            row[:] = chunk
        return front.tensors(batch)
    # Whole clips (chunk.seconds = 0) differ in length; their pictures do not.
    return np.concatenate([front.tensors(np.stack([chunk])) for chunk in chunks])


def decode(
    paths: Sequence[Path],
    front: FrontEnd,
    cache: Path,
    advance: Callable[[], None] = lambda: None,
) -> tuple[Chunks, list[Failure]]:
    """Read, resample and cut ``paths`` by all cores into the file ``cache``.

    Unreadable recordings, and those the recipe finds no chunk in, are left out and returned as
    failures. ``advance`` is called once a recording.

    Raises:
        Error: ``cache`` cannot be written.
    """

    def cut(path: Path) -> _Recording | Failure:
        try:
            audio = front.recipe.audio
            samples = read_audio(path, audio.sample_rate_hz, audio.channel)
        except Error as error:
            return Failure(path, str(error))
        spans = front.spans(len(samples))
        return _cut(front, samples, spans) if spans else Failure(path, f"{path}: too short for one chunk")

    failures: list[Failure] = []
    # Arrays: a list holds 36 bytes a number, and there may be millions of chunks.
    file_of, starts, lengths, position = array("q"), array("q"), array("q"), 0
    with spilling(cache) as file:
        for index, result in enumerate(in_parallel(cut, paths)):
            advance()
            if isinstance(result, Failure):
                failures.append(result)
                continue
            for piece in result.pieces:
                file.write(piece.data)
            starts.extend(position + start for start in result.starts)
            lengths.extend([result.length] * len(result.starts))
            file_of.extend([index] * len(result.starts))
            position += sum(map(len, result.pieces))
    return Chunks(mapped(cache), starts, lengths, file_of), failures


@dataclass(frozen=True)
class _Recording:
    """What is kept of a recording, in pieces to be laid end to end, and where in it its chunks start."""

    pieces: list[Samples]
    starts: list[int]
    length: int  # of every chunk, in samples


def _cut(front: FrontEnd, samples: Samples, spans: list[tuple[int, int]]) -> _Recording:
    """Keep the sound once, though chunks overlap, and a tail as the recipe completes it."""
    length = front.chunk_samples or len(samples)
    starts = [start for start, stop in spans if stop - start == length]
    kept = starts[-1] + length if starts else 0
    pieces = [samples[:kept]]
    for tail in range(len(starts), len(spans)):
        starts.append(kept)
        pieces.append(front.chunk(samples, tail))
        kept += length
    return _Recording(pieces, starts, length)
