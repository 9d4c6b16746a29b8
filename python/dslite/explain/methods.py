"""The ways to explain an answer, and which a model can be asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from dslite._dslite import Error, NativeModel, Recipe
from dslite.explain.explanation import Explanation
from dslite.explain.occlusion import occlusion
from dslite.explain.shapley import shapley

if TYPE_CHECKING:
    from dslite.model import Model

METHODS = ("cam", "occlusion", "shap")


def check(model: Model, label: str | None, method: str | None) -> None:
    """Raise as ``Model.explain`` does where the model cannot be asked for this."""
    if method is not None and method not in METHODS:
        raise ValueError(f"method: '{method}' given, expected one of {', '.join(METHODS)}")
    if label is not None and label not in model.labels:
        raise ValueError(f"label: '{label}' given, expected one of {', '.join(model.labels)}")
    if method == "cam" and model.native.maps is None:
        raise Error("method 'cam': the network has no class maps; `dslite export RUN --explain` adds them")


def explain(
    model: Model, samples: npt.NDArray[np.float32], label: str | None, method: str | None, workers: int
) -> Explanation:
    """See ``Model.explain``."""
    check(model, label, method)
    if workers < 1:
        raise ValueError(f"workers = {workers}: expected 1 or more")
    native, front = model.native, model.front
    method = method or ("occlusion" if native.maps is None else "cam")
    if method == "cam":
        scores, maps = native.explain(samples)
    else:
        scores = native.scores(samples)
    index = int(scores.argmax()) if label is None else model.labels.index(label)
    seconds = len(samples) / model.recipe.audio.sample_rate_hz
    if method == "cam":
        return by_maps(native, model.recipe, scores, maps, index, seconds)
    by = {"occlusion": occlusion, "shap": shapley}[method]
    relevance = by(model.natives(workers), front, samples, index)
    return Explanation(model.labels[index], float(scores[index]), method, relevance, seconds, model.recipe)


def by_maps(
    native: NativeModel,
    recipe: Recipe,
    scores: npt.NDArray[np.float32],
    maps: npt.NDArray[np.float32],
    index: int,
    seconds: float,
) -> Explanation:
    """Explain the answer for a chunk of ``seconds`` by the class maps that came with its scores.

    Args:
        index: of the class or value to explain.
    """
    relevance = native.relevance(scores, maps, index)
    return Explanation(native.labels[index], float(scores[index]), "cam", relevance, seconds, recipe)
