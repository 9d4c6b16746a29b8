"""A small network to learn from scratch: where no ImageNet weights are at hand, or the board is tiny."""

from __future__ import annotations

from typing import Any

from dslite.training.network.quiet_tensorflow import keras


def small_cnn(input_shape: tuple[int, int, int]) -> Any:
    """Build four blocks of convolution, batch norm and pooling for (height, width, channels)."""
    layers = keras.layers
    image = keras.Input(input_shape)
    x = image
    for block, filters in enumerate((16, 32, 48, 64), start=1):
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"conv{block}")(x)
        x = layers.BatchNormalization(name=f"norm{block}")(x)
        x = layers.ReLU(name=f"relu{block}")(x)
        x = layers.MaxPooling2D(2, padding="same", name=f"pool{block}")(x)
    return keras.Model(image, x, name="small_cnn")
