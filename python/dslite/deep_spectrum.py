"""The way of DeepSpectrum (Amiriparian et al., 2017) in scikit-learn: an image network's activations."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import validate_data

from dslite import Error, Recipe
from dslite.util.failures import Failure

if TYPE_CHECKING:
    from dslite.training.features.embed import Embedder


class DeepSpectrum(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Recordings → the activations of a pretrained image network on their spectrograms.

        >>> from sklearn.pipeline import make_pipeline
        >>> from sklearn.svm import LinearSVC
        >>> model = make_pipeline(dslite.DeepSpectrum("mobilenet_v2"), LinearSVC())   # doctest: +SKIP
        >>> model.fit(["a.wav", "b.wav"], ["cat", "dog"]).predict(["c.wav"])          # doctest: +SKIP

    X is a sequence of paths, or of samples (n, samples) at the recipe's rate, full scale ±1, of which
    every row is a recording. Each recording is cut into the recipe's chunks and becomes one row: the
    mean over them. Nothing is learnt from the data, so that ``fit`` need not be called.

    Args:
        backbone: one of those that ``dslite train`` knows.
        weights: ``"imagenet"`` (Keras's download), ``"none"`` (random) or a file.
        layer: whose activations to take, averaged over the picture. [default: the last one]
        recipe: a ``Recipe`` or a recipe file. [default: the paper's]
        batch_size: pictures that go through the network at once.
        random_state: seed of random weights.

    Raises:
        ValueError: an impossible parameter, or an X that is neither paths nor finite samples.
        Error: a recording that cannot be read, or weights that are another network's.
    """

    def __init__(
        self,
        backbone: str = "mobilenet_v2",
        weights: str | os.PathLike[str] = "imagenet",
        layer: str | None = None,
        recipe: Recipe | str | os.PathLike[str] | None = None,
        batch_size: int = 32,
        random_state: int = 0,
    ) -> None:
        self.backbone = backbone
        self.weights = weights
        self.layer = layer
        self.recipe = recipe
        self.batch_size = batch_size
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> DeepSpectrum:
        """Check the parameters and X; there is nothing to learn."""
        if self.batch_size < 1:
            raise ValueError(f"batch_size: {self.batch_size} given, expected 1 or more")
        self._recordings(X, reset=True)
        self._embedder()
        return self

    def transform(self, X: Any) -> npt.NDArray[np.float32]:
        """Compute the features: (recordings, features) float32."""
        from dslite.training.features.embed import embed, per_file

        recordings = self._recordings(X, reset=False)
        embedder = self._embedder()
        features = np.empty((len(recordings), len(embedder.names)), np.float32)
        failures: list[Failure] = []
        for row in per_file(embed(embedder, recordings, failures, batch_size=self.batch_size)):
            if failures:
                break
            features[row.file] = row.features
        if failures:
            raise Error(failures[0].message)
        return features

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """Name the features after the layer, or the backbone where it is the last one."""
        return np.asarray(self._embedder().names, dtype=object)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.string = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags

    def _recordings(self, X: Any, reset: bool) -> list[Path] | npt.NDArray[np.float32]:
        """The paths in X, or its samples, (recordings, samples) float32."""
        paths = _paths(X)
        if paths is not None:
            return paths
        samples: npt.NDArray[np.float32] = validate_data(self, X, reset=reset, dtype=np.float32, order="C")
        front = self._embedder().front
        if not front.spans(samples.shape[1]):
            raise ValueError(f"X: {samples.shape[1]} samples hold no chunk of {front.recipe.chunk.seconds} s")
        return samples

    def _embedder(self) -> Embedder:
        from dslite.util.recipe_file import read_recipe

        recipe = self.recipe
        if not isinstance(recipe, Recipe):
            recipe = read_recipe(None if recipe is None else Path(recipe))
        weights = os.fspath(self.weights)
        changed = os.stat(weights).st_mtime_ns if os.path.isfile(weights) else 0
        return _built(self.backbone, weights, changed, self.layer, recipe, self.random_state)


@lru_cache(maxsize=4)
def _built(
    backbone: str, weights: str, changed: int, layer: str | None, recipe: Recipe, seed: int
) -> Embedder:
    """The network, built once for all clones of a cross-validation; ``changed`` is the weights' time."""
    from dslite.training.features.embed import Embedder

    return Embedder(backbone, weights, layer, recipe, seed)


def _paths(X: Any) -> list[Path] | None:
    """X as paths, in a row or in the one column of a table; None where it is something else."""
    if isinstance(X, (str, os.PathLike)):
        raise ValueError(f"X: {os.fspath(X)!r} given, expected a sequence of paths")
    if hasattr(X, "iloc") and X.ndim == 2 and X.shape[1] == 1:
        X = X.iloc[:, 0]
    if getattr(X, "ndim", 1) == 2 and X.dtype.kind in "OUS" and X.shape[1] == 1:
        X = X[:, 0]
    try:
        cells = None if getattr(getattr(X, "dtype", None), "kind", "O") in "biufc" else list(X)
    except TypeError:  # not to be iterated over: an array by its interface alone, or no array at all
        return None
    if not cells or not any(isinstance(cell, (str, os.PathLike)) for cell in cells):
        return None
    for cell in cells:
        if not isinstance(cell, (str, os.PathLike)):
            raise ValueError(f"X: {cell!r} among paths, expected paths alone")
    return [Path(cell) for cell in cells]
