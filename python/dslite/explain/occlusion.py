"""Occlusion: what an answer loses when a patch of the picture is replaced by the picture's floor.

Zeiler and Fergus, 2014, "Visualizing and Understanding Convolutional Networks". It asks the network alone, so
that it explains any bundle, quantised ones too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from dslite._dslite import FrontEnd, NativeModel

Array = npt.NDArray[np.float32]
#: Patches across and down.
GRID = 8
#: Probabilities nearer to 0 or 1 than this are taken for it: a quantised network gives 0 and 1 themselves.
LEAST = 1e-4


def occlusion(natives: Sequence[NativeModel], front: FrontEnd, samples: Array, label: int) -> Array:
    """The loss of each patch, (rows, columns), of logits or values.

    Args:
        natives: the same model opened once for each thread.
        samples: one chunk.
        label: the index of the class or value.
    """
    tensor = front.tensor(samples)
    rows, columns = patches(tensor)
    masked = [without(tensor, floor(front, samples), row, column) for row in rows for column in columns]
    values = answers(natives, [tensor, *masked], label)
    lost: Array = (values[0] - values[1:]).reshape(len(rows), len(columns)).astype(np.float32)
    return lost


def patches(tensor: Array) -> tuple[list[slice], list[slice]]:
    """The rows and the columns of a grid of patches over a picture."""
    edges = (np.linspace(0, side, min(GRID, side) + 1).round().astype(int) for side in tensor.shape[:2])
    rows, columns = ([slice(a, b) for a, b in pairwise(edge)] for edge in edges)
    return rows, columns


def floor(front: FrontEnd, samples: Array) -> Array:
    """What a place of the picture holds where there is no sound, (channels,).

    Of colours the lowest, as the picture of silence has them everywhere; of raw values the picture's least.
    """
    if front.recipe.picture.colormap == "none":
        return np.asarray([front.tensor(samples).min()])
    lowest: Array = front.tensor(np.zeros_like(samples))[0, 0]
    return lowest


def without(tensor: Array, filling: Array, row: slice, column: slice) -> Array:
    """The picture with a patch replaced."""
    masked = tensor.copy()
    masked[row, column] = filling
    return masked


def answers(natives: Sequence[NativeModel], tensors: Sequence[Array], label: int) -> npt.NDArray[np.float64]:
    """The logit, or value, of ``label`` for each network input, on as many threads as there are models."""

    def share(worker: int) -> Iterator[float]:
        for tensor in tensors[worker :: len(natives)]:
            yield float(natives[worker].scores_of_tensor(tensor)[label])

    values = np.empty(len(tensors))
    with ThreadPoolExecutor(len(natives)) as pool:
        for worker, part in enumerate(pool.map(lambda w: list(share(w)), range(len(natives)))):
            values[worker :: len(natives)] = part
    if not natives[0].is_classifier:
        return values
    p = np.clip(values, LEAST, 1 - LEAST)
    logits: npt.NDArray[np.float64] = np.log(p / (1 - p))
    return logits
