"""A small classifier whose bundle carries class maps, and the Keras network that it was made of."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from small_models import HEIGHT, QUICK, WIDTH

from dslite import Recipe
from dslite.training.bundle.write import core_entries, write_bundle

LABELS = ["dog", "rain", "siren"]


@cache
def explained_network(units: int = 0, seed: int = 1) -> Any:
    """Keras, pictures → (scores, class maps), the maps of 5 × 6 places."""
    import keras

    from dslite.training.network.class_maps import with_class_maps
    from dslite.training.network.head import Head, build_head
    from dslite.training.task import CLASSES

    keras.utils.set_random_seed(seed)
    picture = keras.Input((HEIGHT, WIDTH, 3))
    features = keras.layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")(picture)
    pooled = keras.layers.GlobalAveragePooling2D(name="pool_all")(features)
    head = build_head(8, len(LABELS), Head(units=units, activation="arelu"), CLASSES)
    return with_class_maps(keras.Model(picture, head(pooled)))


def write_explained(path: Path, units: int = 0, recipe: Recipe = QUICK, quantize: str = "none") -> Path:
    """The bundle."""
    import numpy as np

    from dslite.training.bundle.convert import to_tflite

    pictures = np.random.default_rng(2).normal(size=(50, HEIGHT, WIDTH, 3)).astype(np.float32)
    network = to_tflite(explained_network(units), quantize, list(pictures))
    write_bundle(path, network, core_entries(recipe, LABELS, {"": {"task": "classes"}}))
    return path
