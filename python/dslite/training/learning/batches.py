"""What Keras is fed with: batches in an order that only the seed and the epoch decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from dslite.training.network.quiet_tensorflow import keras

Array = npt.NDArray[np.float32]
Indices = npt.NDArray[np.intp]
#: Chunk indices → network inputs, one row a chunk. What is drawn at random comes from the generator.
Source = Callable[[Indices, np.random.Generator], Array]


class Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches of (inputs, targets, weights), in a new order every epoch where ``seed`` is given.

    The batches of an epoch differ by at most one in size: a last batch of two or three would
    throw batch norm off. Order and augmentation of epoch ``e`` depend on ``(seed, e)`` alone, so that
    an epoch begun again is the same epoch. ``rows`` lists the chunks of an epoch, repeated ones
    several times; without it they are all, once each.
    """

    def __init__(
        self,
        source: Source,
        targets: Array,
        batch_size: int,
        seed: int | None = None,
        first_epoch: int = 0,
        weights: Array | None = None,
        rows: Indices | None = None,
    ) -> None:
        super().__init__()
        self._source = source
        self._targets = targets
        self._weights = np.ones(len(targets), np.float32) if weights is None else weights
        self._rows = np.arange(len(targets)) if rows is None else rows
        self._seed = seed
        self._epoch = first_epoch
        self._count = max(1, round(len(self._rows) / batch_size))
        self._deal()

    def _deal(self) -> None:
        order = self._rows.copy()
        if self._seed is not None:
            np.random.default_rng((self._seed, self._epoch, 0)).shuffle(order)
        self._batches = np.array_split(order, self._count)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> tuple[Array, Array, Array]:
        rows = self._batches[index]
        # 0 is the order's: (seed, epoch) alone would be its stream as well, as NumPy pads seeds with zeros.
        generator = np.random.default_rng((self._seed or 0, self._epoch, 1 + index))
        return self._source(rows, generator), self._targets[rows], self._weights[rows]

    def rows_of(self, index: int) -> Indices:
        """The chunks of batch ``index`` of this epoch."""
        return self._batches[index]

    def on_epoch_end(self) -> None:
        """Deal the batches of the next epoch."""
        self._epoch += 1
        self._deal()


def predict(model: Any, source: Source, count: int, batch_size: int = 32) -> Iterator[Array]:
    """Run ``model`` over all ``count`` chunks in order; yields the outputs of a batch at a time.

    The last batch is filled up: kernels are chosen by a batch's size, and a chunk's outputs shall not depend
    on how many others there are.
    """
    unused = np.random.default_rng(0)
    for start in range(0, count, batch_size):
        indices = np.arange(start, min(start + batch_size, count))
        inputs = source(indices, unused)
        filled = np.concatenate([inputs, np.repeat(inputs[-1:], batch_size - len(indices), axis=0)])
        yield np.asarray(model.predict_on_batch(filled), dtype=np.float32)[: len(indices)]
