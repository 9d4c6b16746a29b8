"""What Keras is fed with: batches in an order that only the seed and the epoch decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from dslite.training.quiet_tensorflow import keras

Array = npt.NDArray[np.float32]
#: Chunk indices → network inputs, one row a chunk.
Source = Callable[[npt.NDArray[np.intp]], Array]


class Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches of (inputs, one-hot targets), in a new order every epoch where ``seed`` is given.

    The batches of an epoch differ by at most one in size: a last batch of two or three would
    throw batch norm off. The order of epoch ``e`` depends on ``(seed, e)`` alone.
    """

    def __init__(
        self,
        source: Source,
        targets: Array,
        batch_size: int,
        seed: int | None = None,
        first_epoch: int = 0,
    ) -> None:
        super().__init__()
        self._source = source
        self._targets = targets
        self._seed = seed
        self._epoch = first_epoch
        self._count = max(1, round(len(targets) / batch_size))
        self._deal()

    def _deal(self) -> None:
        order = np.arange(len(self._targets))
        if self._seed is not None:
            np.random.default_rng((self._seed, self._epoch)).shuffle(order)
        self._batches = np.array_split(order, self._count)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: int) -> tuple[Array, Array]:
        indices = self._batches[index]
        return self._source(indices), self._targets[indices]

    def on_epoch_end(self) -> None:
        """Deal the batches of the next epoch."""
        self._epoch += 1
        self._deal()


def predict(model: Any, source: Source, count: int, batch_size: int = 32) -> Iterator[Array]:
    """Run ``model`` over all ``count`` chunks in order; yields the outputs of a batch at a time."""
    for start in range(0, count, batch_size):
        indices = np.arange(start, min(start + batch_size, count))
        yield np.asarray(model.predict_on_batch(source(indices)), dtype=np.float32)
