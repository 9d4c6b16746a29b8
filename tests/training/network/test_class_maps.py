"""Class activation maps: complete, from the Keras network to the native core."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from dslite import Error
from dslite.training import task
from dslite.training.learning.fit import in_units
from dslite.training.network.class_maps import with_class_maps
from dslite.training.network.head import ACTIVATIONS, Head, build_head

SIDE, CLASSES = 24, 3


def network(head: Head, classifier: bool = True, seed: int = 1):
    """A small network, put together as the trainer does it, with weights and biases that are not zero."""
    keras.utils.set_random_seed(seed)
    picture = keras.Input((SIDE, SIDE, 3))
    features = keras.layers.Conv2D(8, 5, strides=4)(picture)
    pooled = keras.layers.GlobalAveragePooling2D(name="pool_all")(features)
    kind = task.CLASSES if classifier else task.VALUES
    model = keras.Model(picture, build_head(8, CLASSES, head, kind)(pooled))
    for layer in model.get_layer("head").layers:
        if getattr(layer, "bias", None) is not None:
            layer.bias.assign(np.random.default_rng(seed).normal(size=layer.bias.shape))
    return model


def pictures(count: int = 4):
    return np.random.default_rng(5).normal(size=(count, SIDE, SIDE, 3)).astype(np.float32)


def logits(model, x):
    """By NumPy in float64, from the pooled features on: what no layer of ours takes part in."""
    pool = keras.Model(model.input, model.get_layer("pool_all").output)
    values = pool.predict(x, verbose=0).astype(np.float64)
    head = model.get_layer("head").layers
    for layer in head[:-1]:  # dropout does nothing here
        values = np.asarray(layer(values.astype(np.float32)), np.float64)
    return values @ np.asarray(head[-1].kernel, np.float64) + np.asarray(head[-1].bias, np.float64)


@pytest.mark.parametrize("classifier", [True, False])
def test_maps_of_a_linear_head_have_the_logits_less_the_bias_as_their_mean(classifier):
    model = network(Head(), classifier)
    _, maps = with_class_maps(model).predict(pictures(), verbose=0)
    bias = np.asarray(model.get_layer("head").layers[-1].bias)
    np.testing.assert_allclose(maps.mean(axis=(1, 2)), logits(model, pictures()) - bias, atol=1e-6)


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "arelu", "gelu", "tanh", "softplus", "sigmoid"])
def test_maps_of_a_hidden_layer_are_complete(activation):
    model = network(Head(units=6, activation=activation))
    _, maps = with_class_maps(model).predict(pictures(), verbose=0)
    dense, output = (layer for layer in model.get_layer("head").layers if hasattr(layer, "kernel"))
    pool = keras.Model(model.input, model.get_layer("pool_all").output)
    h = pool.predict(pictures(), verbose=0) @ np.asarray(dense.kernel) + np.asarray(dense.bias)
    layers = model.get_layer("head").layers
    phi = layers[1] if activation == "arelu" else dense.activation
    at_zero = np.asarray(phi(np.zeros_like(h)))
    slopes = (np.asarray(phi(h)) - at_zero) / h
    # What does not depend on where: the hidden bias through the slopes, φ(0), and the output's bias.
    rest = (slopes * np.asarray(dense.bias) + at_zero) @ np.asarray(output.kernel) + np.asarray(output.bias)
    np.testing.assert_allclose(maps.mean(axis=(1, 2)) + rest, logits(model, pictures()), atol=2e-6)


def test_maps_of_values_are_in_their_units():
    model = network(Head(), classifier=False)
    mean, deviation = np.float32([5, -3, 100]), np.float32([0.1, 1, 1000])
    scaled = in_units(model, mean, deviation)
    answers, maps = with_class_maps(scaled).predict(pictures(), verbose=0)
    bias = np.asarray(model.get_layer("head").layers[-1].bias)
    np.testing.assert_allclose(
        maps.mean(axis=(1, 2)) + bias * deviation + mean, answers, rtol=1e-5, atol=1e-5
    )


def test_answers_stay_those_of_the_network():
    model = network(Head(units=6, activation="arelu"))
    answers, _ = with_class_maps(model).predict(pictures(), verbose=0)
    np.testing.assert_array_equal(answers, model.predict(pictures(), verbose=0))


def test_another_head_gives_other_maps():
    """The sanity check of Adebayo et al., 2018: maps that ignore the weights would not change."""
    _, maps = with_class_maps(network(Head(), seed=1)).predict(pictures(), verbose=0)
    _, random = with_class_maps(network(Head(), seed=2)).predict(pictures(), verbose=0)
    assert abs(np.corrcoef(maps.ravel(), random.ravel())[0, 1]) < 0.5


def test_units_that_mix_have_no_maps():
    with pytest.raises(Error, match="'softmax' mixes its units"):
        with_class_maps(network(Head(units=6, activation="softmax")))


def test_a_network_of_another_make_is_named():
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
    with pytest.raises(Error, match="expected a network with a layer 'pool_all'"):
        with_class_maps(model)


def test_every_other_activation_is_elementwise():
    for activation in set(ACTIVATIONS) - {"softmax", "log_softmax", "sparsemax"}:
        _, maps = with_class_maps(network(Head(units=4, activation=activation))).predict(
            pictures(1), verbose=0
        )
        assert np.isfinite(maps).all(), activation
