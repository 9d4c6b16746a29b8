"""A network that says where in its picture each answer comes from: class activation maps, as a second output.

After global average pooling a linear output is a mean over the places of the last feature map: with the
maps A_k and the output's weights w_kc, the logit of class c, less its bias, is the mean of
``M_c = Σ_k w_kc A_k`` (Zhou et al., 2016, "Learning Deep Features for Discriminative Localization"). A hidden
layer of units φ(h_u), h = V'f + b, keeps that up to constants with the slopes ``s_u = (φ(h_u) − φ(0)) / h_u``
at the picture at hand: ``M_c = Σ_u W_uc s_u Σ_k V_ku A_k``. So every map is complete: nothing of the answer
is left out but what does not depend on the picture.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dslite import Error
from dslite.training.network.quiet_tensorflow import keras

#: Activations whose units depend on each other, so that no unit has a slope of its own.
MIXING = ("log_softmax", "softmax", "sparsemax")
#: Below this a unit's slope is taken here instead of where it is, which changes no answer.
SMALL = 1e-6


def with_class_maps(model: Any) -> Any:
    """Give a trained network, pictures → answers, its maps as a second output.

    The maps are (n, rows, columns, outputs), of logits where the network is a classifier and of values in
    their units otherwise; row 0 is the highest frequency, column 0 the earliest.

    Raises:
        Error: the network has no head of ours, or one whose activation mixes its units.
    """
    names = [layer.name for layer in model.layers]
    if "pool_all" not in names or "head" not in names:
        raise Error(
            "class maps: expected a network with a layer 'pool_all' and a head behind it, as dslite trains it"
        )
    places = features = model.get_layer("pool_all").input
    *hidden, output = _layers(model.get_layer("head"))
    if hidden:
        dense, activation = hidden[0], hidden[-1] if len(hidden) > 1 else hidden[0].activation
        _check_elementwise(activation)
        slopes = Slopes(activation, name="slopes")(_preactivation(dense)(model.get_layer("pool_all").output))
        slopes = keras.layers.Reshape((1, 1, dense.units))(slopes)
        hidden_maps = _projected(features, np.asarray(dense.kernel), "hidden_maps")
        places = keras.layers.Multiply()([hidden_maps, slopes])
    kernel = np.asarray(output.kernel)
    if "units" in names:
        kernel = kernel * np.asarray(model.get_layer("units").scale)
    maps = _projected(places, kernel, "class_maps")
    return keras.Model(model.input, [model.output, maps])


def _layers(head: Any) -> list[Any]:
    """The layers of a head that act on an answer: [dense, [arelu,]] output."""
    return [layer for layer in head.layers if not isinstance(layer, keras.layers.Dropout)]


def _check_elementwise(activation: Any) -> None:
    name = getattr(activation, "__name__", "")
    if name in MIXING:
        raise Error(f"class maps: the head's activation '{name}' mixes its units, so that none has a map")


def _projected(features: Any, kernel: Any, name: str) -> Any:
    """A dense layer's weights at every place of a feature map.

    A dense layer here as well, no convolution: of a network of values in integers the dense layers stay in
    float32, as no scale fits the maps of values of unlike units.
    """
    layer = keras.layers.Dense(kernel.shape[1], use_bias=False, name=name)
    projected = layer(features)
    layer.set_weights([kernel])
    return projected


def _preactivation(dense: Any) -> Any:
    """The dense layer without its activation, of the same weights."""
    layer = keras.layers.Dense(dense.units, name="preactivation")
    layer.build((None, dense.kernel.shape[0]))
    layer.set_weights([np.asarray(weight) for weight in (dense.kernel, dense.bias)])
    return layer


class Slopes(keras.layers.Layer):  # type: ignore[misc]
    """(φ(h) − φ(0)) / h, unit by unit; of ReLU 0 or 1."""

    def __init__(self, activation: Any, **options: Any) -> None:
        super().__init__(**options)
        self.activation = activation

    def call(self, inputs: Any) -> Any:
        ops = keras.ops
        away = ops.where(ops.abs(inputs) < SMALL, ops.full_like(inputs, SMALL), inputs)
        return (self.activation(away) - self.activation(ops.zeros_like(away))) / away
