"""Recordings decoded once into chunks, kept on disk so that memory does not grow with the set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dslite import Error, FrontEnd, read_audio
from dslite.failures import Failure
from dslite.parallel import in_parallel
from dslite.training.spill import mapped, spilling

Samples = npt.NDArray[np.float32]


class Chunks:
    """The chunks of many recordings, mono float32 at the recipe's rate, in one mapped file.

    ``file_of[i]`` is the index of the recording that chunk ``i`` was cut from.
    """

    def __init__(self, samples: Samples, starts: npt.NDArray[np.int64], file_of: list[int]) -> None:
        self._samples = samples
        self._starts = starts
        self.file_of = np.asarray(file_of, dtype=np.intp)

    def __len__(self) -> int:
        return len(self.file_of)

    def __getitem__(self, index: int) -> Samples:
        return self._samples[self._starts[index] : self._starts[index + 1]]

    def tensors(self, front: FrontEnd, indices: Iterable[int]) -> npt.NDArray[np.float32]:
        """Let the core make pictures of the chunks: (n, height, width, channels) float32."""
        return pictures(front, [self[int(index)] for index in indices])


def pictures(front: FrontEnd, chunks: Sequence[Samples]) -> npt.NDArray[np.float32]:
    """Let the core make pictures of ``chunks``: (n, height, width, channels) float32."""
    if len({len(chunk) for chunk in chunks}) == 1:
        return front.tensors(np.stack(chunks))
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

    def cut(path: Path) -> Samples | Failure:
        try:
            audio = front.recipe.audio
            chunks = front.chunks(read_audio(path, audio.sample_rate_hz, audio.channel))
        except Error as error:
            return Failure(path, str(error))
        return chunks if len(chunks) else Failure(path, f"{path}: too short for one chunk")

    failures: list[Failure] = []
    file_of: list[int] = []
    starts = [0]
    with spilling(cache) as file:
        for index, result in enumerate(in_parallel(cut, paths)):
            advance()
            if isinstance(result, Failure):
                failures.append(result)
                continue
            for chunk in result:
                file.write(chunk.tobytes())
                starts.append(starts[-1] + len(chunk))
                file_of.append(index)
    return Chunks(mapped(cache), np.asarray(starts), file_of), failures
