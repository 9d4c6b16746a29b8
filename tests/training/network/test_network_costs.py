"""What a network costs, read from its file and counted before it is trained."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest
from command_line import dslite
from small_models import write_classifier

from dslite import Error, Model
from dslite.network import End, network_costs
from dslite.training.bundle.convert import to_tflite
from dslite.training.network.costs import multiply_accumulates


def small_network() -> keras.Model:
    """A picture of 8 × 6 → convolution, depthwise convolution, dense layer; its costs are counted by hand."""
    layers = keras.layers
    image = keras.Input((8, 6, 3))
    x = layers.Conv2D(4, 3, strides=2, padding="same", activation="relu")(image)  # 4 × 3 places
    x = layers.DepthwiseConv2D(3, padding="same", activation="relu")(x)
    x = layers.Dense(2)(layers.Flatten()(x))
    model = keras.Model(image, x)
    draw = np.random.default_rng(1)  # the converter drops a bias of zeros
    model.set_weights([draw.normal(size=weight.shape) for weight in model.get_weights()])
    return model


PARAMETERS = (3 * 3 * 3 * 4 + 4) + (3 * 3 * 4 + 4) + (48 * 2 + 2)
MULTIPLICATIONS = 12 * 3 * 3 * 3 * 4 + 12 * 3 * 3 * 4 + 48 * 2


@pytest.mark.parametrize(("quantize", "bytes_each"), [("float32", 4), ("int8", 1)])
def test_costs_are_those_counted_by_hand(quantize: str, bytes_each: int) -> None:
    network = small_network()
    pictures = np.random.default_rng(0).normal(size=(4, 8, 6, 3)).astype(np.float32)
    costs = network_costs(to_tflite(network, quantize, pictures) + b"PK and what follows")
    assert (costs.parameters, network.count_params()) == (PARAMETERS, PARAMETERS)
    assert (costs.multiply_accumulates, multiply_accumulates(network)) == (MULTIPLICATIONS, MULTIPLICATIONS)
    assert costs.operators["CONV_2D"] == costs.operators["DEPTHWISE_CONV_2D"] == 1
    assert costs.inputs == (End((1, 8, 6, 3), quantize),)
    assert costs.outputs == (End((1, 2), quantize),)
    # The picture and the first map; then two maps of 4 × 3 × 4.
    assert costs.activation_bytes == bytes_each * (8 * 6 * 3 + 4 * 3 * 4)


def test_mobilenet_v2_costs_what_its_paper_says() -> None:
    """300 million multiply-adds and 3.4 million parameters, Sandler et al., 2018, table 4."""
    network = keras.applications.MobileNetV2(weights=None)
    assert multiply_accumulates(network) == pytest.approx(300e6, rel=0.01)
    assert network.count_params() == pytest.approx(3.5e6, rel=0.03)


def test_info_shows_costs_and_prints_json(tmp_path: Path) -> None:
    path = write_classifier(tmp_path / "m.tflite", ["a", "b"])
    text = dslite("info", path).stdout
    assert "multiply-accumulates" in text
    assert "1 CONV_2D" in text
    found = json.loads(dslite("info", path, "--json").stdout)
    assert found["labels"] == ["a", "b"]
    assert found["model"]["task"] == "classes"
    assert found["network"]["parameters"] == 3 * 3 * 3 * 4 + 4 + 4 * 2  # the last bias is zero
    assert found["network"]["inputs"] == [{"shape": [1, 10, 12, 3], "type": "float32"}]
    assert found["sizes"]["network"] == path.stat().st_size - sum(map(len, Model(path).entries.values()))


def test_info_without_the_schema_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation of the core alone, without ai-edge-litert: here one that cannot be imported."""
    path = write_classifier(tmp_path / "m.tflite", ["a", "b"])
    (tmp_path / "ai_edge_litert").mkdir()
    (tmp_path / "ai_edge_litert" / "__init__.py").write_text("raise ModuleNotFoundError('no such package')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    done = dslite("info", path)
    assert done.returncode == 0, done.stderr
    assert "not shown: the package ai-edge-litert" in done.stdout
    assert "# recipe" in done.stdout


def test_damaged_networks_are_errors() -> None:
    whole = to_tflite(small_network())
    rng = np.random.default_rng(0)
    for length in (0, 3, 8, 40, 200):
        with pytest.raises(Error, match="not a network"):
            network_costs(whole[:length])
    for _ in range(200):
        damaged = bytearray(whole)
        for place in rng.integers(0, len(whole), 20):
            damaged[place] = rng.integers(256)
        try:
            network_costs(bytes(damaged))
        except Error:
            continue
