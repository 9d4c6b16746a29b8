"""Bundles around the smallest networks that show what was put into them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from dslite import Recipe
from dslite.training.bundle.write import core_entries, write_bundle

HEIGHT, WIDTH = 10, 12

#: Small chunks of small pictures: a quarter of a second, 7.5 frames' hops long.
QUICK = Recipe().replace(
    chunk={"seconds": 0.25, "hop_seconds": 0.125},
    stft={"window_seconds": 0.032, "hop_seconds": 0.015625, "fft_seconds": 0.032},
    mel={"bands": 20},
    picture={"height": HEIGHT, "width": WIDTH},
)


@cache
def identity_network(channels: int = 3, quantized: bool = False) -> bytes:
    """A network whose scores are the pixels of its input, so that no bit of it goes unseen."""
    import tensorflow as tf

    shape = (HEIGHT, WIDTH, channels)
    model = tf.keras.Sequential([tf.keras.Input(shape, batch_size=1), tf.keras.layers.Flatten()])
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if quantized:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: [
            [np.linspace(-2, 3, int(np.prod(shape)), dtype=np.float32).reshape(1, *shape)]
        ]
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
    return converter.convert()


@cache
def classifier_network(classes: int) -> bytes:
    """A network of random weights and a softmax."""
    import tensorflow as tf

    tf.keras.utils.set_random_seed(1)
    layers = [
        tf.keras.Input((HEIGHT, WIDTH, 3), batch_size=1),
        tf.keras.layers.Conv2D(4, 3, activation="relu"),
        tf.keras.layers.GlobalAveragePooling2D(),
        tf.keras.layers.Dense(classes, activation="softmax"),
    ]
    return tf.lite.TFLiteConverter.from_keras_model(tf.keras.Sequential(layers)).convert()


def write_fragile(path: Path) -> Path:
    """A model of one value that is no number where the picture, raw power, has a value above 1."""
    import tensorflow as tf

    recipe = QUICK.replace(scale={"kind": "none"}, picture={"colormap": "none"}, tensor={"scaling": "none"})
    picture = tf.keras.Input((HEIGHT, WIDTH, 1), batch_size=1)
    loudest = tf.keras.layers.GlobalMaxPooling2D()(picture)
    model = tf.keras.Model(picture, tf.keras.layers.Lambda(lambda x: tf.sqrt(1.0 - x))(loudest))
    network = tf.lite.TFLiteConverter.from_keras_model(model).convert()
    write_bundle(path, network, core_entries(recipe, ["calm"], {"": {"task": "values"}}))
    return path


def write_identity(path: Path, recipe: Recipe = QUICK, quantized: bool = False) -> Path:
    """A model of values: its scores are the tensor, row by row."""
    channels = 1 if recipe.picture.colormap == "none" else 3
    labels = [f"pixel {i}" for i in range(HEIGHT * WIDTH * channels)]
    entries = core_entries(recipe, labels, {"": {"task": "values"}})
    write_bundle(path, identity_network(channels, quantized), entries)
    return path


def write_classifier(path: Path, labels: list[str], recipe: Recipe = QUICK) -> Path:
    """A model of classes."""
    entries = core_entries(recipe, labels, {"": {"task": "classes"}})
    write_bundle(path, classifier_network(len(labels)), entries)
    return path
