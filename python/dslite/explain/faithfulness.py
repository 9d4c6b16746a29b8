"""Whether a map is faithful: how fast the answer goes when what it calls relevant is taken away.

The deletion curve and the area under it (Petsiuk, Das and Saenko, 2018, "RISE"): the less, the more faithful.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from dslite.explain.occlusion import floor

if TYPE_CHECKING:
    from dslite.model import Model

#: Steps of a curve: at each, another 1/20 of the picture is gone.
STEPS = 20


@dataclass(frozen=True)
class DeletionCurve:
    """The score of a label with ``deleted`` shares of the picture gone, 0 … 1."""

    deleted: npt.NDArray[np.float64]
    scores: npt.NDArray[np.float64]

    @property
    def area(self) -> float:
        """The area under the curve, the mean score along it."""
        return float(np.trapezoid(self.scores, self.deleted))


def deletion(
    model: Model, samples: npt.NDArray[np.float32], label: str, relevance: npt.NDArray[np.floating]
) -> DeletionCurve:
    """Delete the picture's places, the most relevant first, and see how the score of ``label`` goes.

    Args:
        samples: one chunk.
        relevance: (rows, columns) over the picture, of any size up to the picture's; random values give the
            curve to compare with.
    """
    tensor = model.front.tensor(samples)
    height, width = tensor.shape[:2]
    rows = np.arange(height) * relevance.shape[0] // height
    columns = np.arange(width) * relevance.shape[1] // width
    # Places of one cell are deleted in a random order, so that steps are of one size whatever the grid.
    within = np.random.default_rng(0).random((height, width))
    order = np.lexsort((within.ravel(), -relevance[np.ix_(rows, columns)].ravel()))
    index = model.labels.index(label)
    filling = floor(model.front, samples)
    deleted = np.linspace(0, 1, STEPS + 1)
    scores = []
    for share in deleted:
        masked = tensor.copy().reshape(height * width, -1)
        masked[order[: round(share * len(order))]] = filling
        scores.append(float(model.scores_of_tensor(masked.reshape(tensor.shape))[index]))
    return DeletionCurve(deleted, np.asarray(scores))
