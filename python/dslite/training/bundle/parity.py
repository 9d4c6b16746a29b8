"""Whether a converted network answers as the one that was trained, on real pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from dslite import Error, Model
from dslite.training.bundle.examples import Example

#: The largest difference of a score; of a value, in units of the target's scale.
TOLERANCE = 1e-4
#: How many chunks are compared.
CHUNKS = 8


def check_parity(
    network: Any, native: Model, examples: Sequence[Example], scale: npt.NDArray[np.float64]
) -> None:
    """Compare what Keras and the native core say of the examples.

    Args:
        network: the Keras model, (n, height, width, channels) → (n, labels).
        native: the float32 model that was made of it.
        scale: of each label: 1 for classes; for values the spread of what was learnt from. A value that
            is larger than it counts relative to its size, for float32 rounds so.

    Raises:
        Error: a score differs by more than ``TOLERANCE``.
    """
    if not examples:
        return
    expected = np.asarray(network(np.stack([one.tensor for one in examples]), training=False), np.float64)
    given = np.stack([native.scores_of_tensor(one.tensor) for one in examples]).astype(np.float64)
    off = np.abs(given - expected) / np.maximum(scale, np.abs(expected))
    off = np.where(np.isfinite(off), off, np.inf)
    row, column = (int(one) for one in np.unravel_index(int(off.argmax()), off.shape))
    if off[row, column] > TOLERANCE:
        one = examples[row]
        raise Error(
            f"the converted network does not answer as the trained one: for {one.path}, "
            f"{one.start_s:g} to {one.end_s:g} s, '{native.labels[column]}' is {given[row, column]:.6g} "
            f"natively and {expected[row, column]:.6g} in Keras, expected within {TOLERANCE:g}; nothing is "
            "written"
        )
