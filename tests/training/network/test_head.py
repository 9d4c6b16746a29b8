"""The head: its layers, every activation natively as in Keras, and AReLU against its formula."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dslite import Model, Recipe
from dslite.training.bundle.convert import to_tflite
from dslite.training.bundle.write import core_entries, write_bundle
from dslite.training.network.arelu import AReLU
from dslite.training.network.head import ACTIVATIONS, Head, build_head
from dslite.training.network.quiet_tensorflow import keras, tf
from dslite.training.task import CLASSES, VALUES


def features(count: int, width: int = 6) -> np.ndarray:
    return (3 * np.random.default_rng(4).standard_normal((count, width))).astype(np.float32)


def arelu(x: np.ndarray, alpha: float, beta: float) -> np.ndarray:
    """The paper's formula."""
    above = 1 + 1 / (1 + np.exp(-beta))
    return np.where(x < 0, np.clip(alpha, 0.01, 0.99) * x, above * x)


def test_without_units_the_features_go_straight_to_the_output() -> None:
    head = build_head(6, 3, Head(), CLASSES)
    assert len(head.layers) == 2
    kernel, bias = head.get_layer("scores").get_weights()
    logits = features(4) @ kernel + bias
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(head.predict(features(4), verbose=0), expected, atol=1e-6)


def test_values_are_linear_and_dropout_stands_before_them() -> None:
    head = build_head(6, 2, Head(units=5, activation="linear", dropout=0.5), VALUES)
    (dense, dense_bias), (kernel, bias) = (head.get_layer(n).get_weights() for n in ("dense", "values"))
    expected = (features(4) @ dense + dense_bias) @ kernel + bias
    np.testing.assert_allclose(head.predict(features(4), verbose=0), expected, rtol=1e-5, atol=1e-5)
    assert isinstance(head.layers[-2], keras.layers.Dropout)
    assert head.layers[-2].rate == 0.5


def test_every_activation_of_keras_is_known_and_answers_natively(tmp_path: Path) -> None:
    keras_names = {name for name, thing in vars(keras.activations).items() if callable(thing)}
    left_out = {"glu", "threshold", "get", "serialize", "deserialize"}
    assert set(ACTIVATIONS) == keras_names - left_out | {"arelu"}
    keras.utils.set_random_seed(3)
    recipe = Recipe().replace(picture={"width": 8, "height": 8})
    image = keras.Input((8, 8, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(image)
    heads = [build_head(3, 2, Head(5, name), VALUES) for name in ACTIVATIONS]
    for head, name in zip(heads, ACTIVATIONS, strict=True):
        head.name = name
    model = keras.Model(image, keras.layers.Concatenate()([head(pooled) for head in heads]))
    path = tmp_path / "model.tflite"
    labels = [f"{name}{i}" for name in ACTIVATIONS for i in range(2)]
    write_bundle(path, to_tflite(model), core_entries(recipe, labels, {"": {"task": "values"}}))
    native = Model(path)
    tensors = np.random.default_rng(2).normal(0, 20, (8, 8, 8, 3)).astype(np.float32)
    answers = np.stack([native.scores_of_tensor(tensor) for tensor in tensors])
    expected = model.predict(tensors, verbose=0)
    for index, name in enumerate(ACTIVATIONS):
        two = slice(2 * index, 2 * index + 2)
        np.testing.assert_allclose(answers[:, two], expected[:, two], rtol=1e-4, atol=1e-4, err_msg=name)
        assert np.ptp(answers[:, two]) > 0.01, name


@pytest.mark.parametrize(("alpha", "beta"), [(0.9, 2.0), (-0.5, 0.0), (1.7, -3.0), (0.25, 1.0)])
def test_arelu_is_the_papers_formula(alpha: float, beta: float) -> None:
    layer = AReLU()
    x = np.append(features(9), np.zeros((1, 6), np.float32), axis=0)
    first = np.asarray(layer(x))
    np.testing.assert_allclose(first, arelu(x, 0.9, 2.0), rtol=1e-6)
    layer.set_weights([np.float32(alpha), np.float32(beta)])
    np.testing.assert_allclose(np.asarray(layer(x)), arelu(x, alpha, beta), rtol=1e-6)


def test_arelu_learns_alpha_and_beta() -> None:
    layer = AReLU()
    x = tf.constant(features(50))
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(layer(x))
    slope_alpha, slope_beta = tape.gradient(total, layer.trainable_variables)
    step = 1e-4
    for slope, index in ((slope_alpha, 0), (slope_beta, 1)):
        high, low = [0.9, 2.0], [0.9, 2.0]
        high[index] += step
        low[index] -= step
        double = x.numpy().astype(np.float64)
        expected = (arelu(double, *high).sum() - arelu(double, *low).sum()) / (2 * step)
        np.testing.assert_allclose(float(slope), expected, rtol=1e-4)


def test_arelu_survives_saving(tmp_path: Path) -> None:
    model = build_head(6, 3, Head(4, "arelu"), CLASSES)
    model.get_layer("arelu").set_weights([np.float32(0.3), np.float32(-1.0)])
    model.save(tmp_path / "head.keras")
    loaded = keras.saving.load_model(tmp_path / "head.keras")
    np.testing.assert_array_equal(
        loaded.predict(features(5), verbose=0), model.predict(features(5), verbose=0)
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"units": -1}, "units: -1 given, expected 0 or more"),
        ({"activation": "rellu"}, "activation: 'rellu' given, expected one of arelu, celu"),
        ({"activation": "glu"}, "activation: 'glu' given"),
        ({"dropout": 1.0}, "dropout: 1.0 given, expected 0 up to below 1"),
        ({"dropout": float("nan")}, "dropout: nan given"),
    ],
)
def test_bad_heads_are_one_clear_line(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message) as raised:
        Head(**wrong)
    assert "\n" not in str(raised.value)


def test_a_head_is_described_without_tensorflow() -> None:
    code = "import sys; from dslite.training.network.head import Head; Head(8); print('keras' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert told.stdout == "False\n"
