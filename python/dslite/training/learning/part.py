"""Part of a data set as the network meets it: chunks, and what is true of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dslite import FrontEnd
from dslite.training.augment.signal import SignalAugmenter
from dslite.training.data.chunks import Chunks
from dslite.training.learning.batches import Array, Source


@dataclass(frozen=True)
class Part:
    """Chunks, what the network shall answer for each, and the names of their files.

    ``targets`` are (chunks, outputs): one-hot rows, or values. ``files[chunks.file_of[i]]`` is what
    chunk ``i`` was cut from.
    """

    chunks: Chunks
    targets: Array
    files: Sequence[str] = ()

    def __len__(self) -> int:
        return len(self.chunks)

    def pictures(self, front: FrontEnd, vary: SignalAugmenter | None = None) -> Source:
        """The network's inputs, made by the core whenever they are asked for."""
        return lambda indices, rng: self.chunks.tensors(front, indices, vary, rng)

    def name(self, chunk: int) -> str:
        """The file of a chunk."""
        return str(self.files[self.chunks.file_of[chunk]])
