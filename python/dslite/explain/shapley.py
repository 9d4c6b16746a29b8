"""Shapley values of a picture's patches, by the ``shap`` package (Lundberg and Lee, 2017)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from dslite._dslite import Error, FrontEnd, NativeModel
from dslite.explain.occlusion import answers, floor, patches

Array = npt.NDArray[np.float32]
#: Permutations of the patches, each walked forwards and backwards: about 2 · 64 answers each.
ROUNDS = 4


def shapley(natives: Sequence[NativeModel], front: FrontEnd, samples: Array, label: int) -> Array:
    """Each patch's mean contribution to the logit or value, (rows, columns); patches left out show the floor.

    Raises:
        Error: the ``shap`` package is not installed.
    """
    try:
        import shap
    except ImportError as error:
        raise Error("method 'shap': needs the shap package; pip install shap") from error
    tensor = front.tensor(samples)
    filling = floor(front, samples)
    rows, columns = patches(tensor)
    places = [(row, column) for row in rows for column in columns]

    def scores(masks: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        pictures = []
        for mask in masks:
            picture = tensor.copy()
            for (row, column), shown in zip(places, mask, strict=True):
                if not shown:
                    picture[row, column] = filling
            pictures.append(picture)
        return answers(natives, pictures, label)

    explainer = shap.explainers.Permutation(scores, np.zeros((1, len(places))), seed=0)
    found = explainer(np.ones((1, len(places))), max_evals=ROUNDS * (2 * len(places) + 1), silent=True).values
    return np.asarray(found[0], np.float32).reshape(len(rows), len(columns))
