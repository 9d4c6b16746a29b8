"""Keras models as flatbuffers, wherever temporary files are."""

from pathlib import Path

import numpy as np
import pytest

from dslite import Error
from dslite.network import network_costs
from dslite.training.bundle.convert import CALIBRATIONS, QUANTIZATIONS, to_tflite


def test_a_temporary_folder_may_have_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TensorFlow takes brackets in the path of what it saved for a pattern, and finds nothing."""
    import keras

    folder = tmp_path / "a[b]*c"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    model = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
    assert to_tflite(model)[4:8] == b"TFL3"
    assert not list(folder.glob("dslite-*"))


def test_an_operator_that_stands_in_the_way_is_named() -> None:
    import keras
    import tensorflow as tf

    image = keras.Input((8, 8, 3))
    odd = keras.layers.Lambda(lambda x: tf.math.igamma(tf.abs(x) + 1, tf.abs(x)), output_shape=(8, 8, 3))
    with pytest.raises(Error, match="converted to float32: TensorFlow Lite has no operator for Igamma"):
        to_tflite(keras.Model(image, odd(keras.layers.Conv2D(3, 3, padding="same")(image))))


@pytest.mark.parametrize("name", ["mobilenet_v3_small", "squeezenet_v1"])
def test_backbones_are_converted_to_every_precision(name: str) -> None:
    """Hard swish, squeeze and excitation, concatenation: none of them stands in the way."""
    from dslite import Recipe
    from dslite.training.network import backbones

    recipe = Recipe().replace(picture={"width": 32, "height": 32})
    model = backbones.build(backbones.find(name), recipe, "none")
    pictures = list(np.random.default_rng(0).normal(size=(3, 32, 32, 3)).astype(np.float32))
    found = {quantize: to_tflite(model, quantize, pictures) for quantize in QUANTIZATIONS}
    sizes = [len(found[quantize]) for quantize in ("float32", "float16", "dynamic")]
    assert sizes == sorted(sizes, reverse=True)
    assert len(found["int8"]) < 0.4 * sizes[0]
    costs = network_costs(found["int8"])
    assert (costs.inputs[0].type, costs.outputs[0].type) == ("int8", "int8")
    assert "DEQUANTIZE" not in costs.operators  # nothing is left in float32


def test_ranges_without_outliers(tmp_path: Path) -> None:
    """A value in thousands is a hundred times the others: by extremes nothing else is left of them."""
    import keras
    from ai_edge_litert.interpreter import Interpreter

    keras.utils.set_random_seed(0)
    picture = keras.Input((64, 64, 3))
    scale = keras.layers.Conv2D(3, 1, use_bias=False)
    model = keras.Model(picture, keras.layers.Conv2D(3, 1, use_bias=False)(scale(picture)))
    for layer in model.layers[1:]:
        layer.set_weights([np.eye(3, dtype=np.float32)[None, None] * (50 if layer is scale else 0.02)])
    pictures = list(np.random.default_rng(0).uniform(-1, 1, (4, 64, 64, 3)).astype(np.float32))
    for one in pictures:
        one[5, 5] = 100
    errors = {}
    for calibration in CALIBRATIONS:
        tflite = to_tflite(model, "int8", pictures, calibration=calibration)
        interpreter = Interpreter(model_content=tflite)
        (end,) = interpreter.get_output_details()
        errors[calibration] = end["quantization"][0]
        assert end["dtype"] == np.int8
    assert errors["minmax"] == pytest.approx(100 / 255, rel=0.05)
    assert errors["percentile"] == pytest.approx(2 / 255, rel=0.05)
