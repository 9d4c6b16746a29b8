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


def write_explained_values(path: Path, deviation: list[float]) -> tuple[Path, Any]:
    """The bundle of a network of values, in integers as an export makes it, and the Keras network."""
    import keras
    import numpy as np

    from dslite.training.bundle.convert import to_tflite
    from dslite.training.exporting.source import DENSE
    from dslite.training.learning.fit import in_units
    from dslite.training.network.class_maps import with_class_maps
    from dslite.training.network.head import Head, build_head
    from dslite.training.task import VALUES

    keras.utils.set_random_seed(1)
    picture = keras.Input((HEIGHT, WIDTH, 3))
    features = keras.layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")(picture)
    pooled = keras.layers.GlobalAveragePooling2D(name="pool_all")(features)
    model = keras.Model(picture, build_head(8, len(LABELS), Head(), VALUES)(pooled))
    network = with_class_maps(in_units(model, np.zeros(3, np.float32), np.float32(deviation)))
    pictures = np.random.default_rng(2).normal(size=(50, HEIGHT, WIDTH, 3)).astype(np.float32)
    tflite = to_tflite(network, "int8", list(pictures), DENSE)
    write_bundle(path, tflite, core_entries(QUICK, LABELS, {"": {"task": "values"}}))
    return path, network


def write_explained(path: Path, units: int = 0, recipe: Recipe = QUICK, quantize: str = "none") -> Path:
    """The bundle."""
    import numpy as np

    from dslite.training.bundle.convert import to_tflite

    pictures = np.random.default_rng(2).normal(size=(50, HEIGHT, WIDTH, 3)).astype(np.float32)
    network = to_tflite(explained_network(units), quantize, list(pictures))
    write_bundle(path, network, core_entries(recipe, LABELS, {"": {"task": "classes"}}))
    return path
