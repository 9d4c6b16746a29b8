"""SqueezeNet 1.1 (Iandola et al., 2016) without its classifier, in the field's layer names."""

from __future__ import annotations

from typing import Any

from dslite.training.network.quiet_tensorflow import keras

#: Filters of the fire modules: (squeeze, expand); a pooling layer stands before these.
FIRES = {
    "fire2": (16, 64),
    "fire3": (16, 64),
    "fire4": (32, 128),
    "fire5": (32, 128),
    "fire6": (48, 192),
    "fire7": (48, 192),
    "fire8": (64, 256),
    "fire9": (64, 256),
}
POOL_BEFORE = {"fire2": "pool1", "fire4": "pool3", "fire6": "pool5"}


def squeezenet_v1_1(input_shape: tuple[int, int, int]) -> Any:
    """Build the network of ``input_shape`` (height, width, channels) up to ``fire9/concat``.

    Published weights name a layer ``fire2/squeeze1x1``. Keras 3 forbids the slash in a layer's
    name, so it is an underscore here; the order of the layers is that of the published file.
    """
    layers = keras.layers
    image = keras.Input(input_shape)
    x = layers.Conv2D(64, 3, strides=2, activation="relu", name="conv1")(image)
    for name, (squeeze, expand) in FIRES.items():
        if name in POOL_BEFORE:
            x = layers.MaxPooling2D(3, strides=2, name=POOL_BEFORE[name])(x)
        x = _fire(x, name, squeeze, expand)
    return keras.Model(image, x, name="squeezenet_v1")


def _fire(x: Any, name: str, squeeze: int, expand: int) -> Any:
    """Squeeze to few channels by 1×1, then expand by 1×1 and 3×3 side by side."""
    conv = keras.layers.Conv2D
    x = conv(squeeze, 1, activation="relu", name=f"{name}_squeeze1x1")(x)
    ones = conv(expand, 1, activation="relu", name=f"{name}_expand1x1")(x)
    threes = conv(expand, 3, padding="same", activation="relu", name=f"{name}_expand3x3")(x)
    return keras.layers.Concatenate(name=f"{name}_concat")([ones, threes])
