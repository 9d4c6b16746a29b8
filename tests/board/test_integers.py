"""A network of integers gives the same bits by Python, by dslite-run and by TensorFlow Lite's interpreter."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from cpp_builds import find_tool, run
from golden_models import write_clip
from small_models import HEIGHT, QUICK, WIDTH

import dslite
from dslite.audio import read_audio
from dslite.training.bundle.convert import to_tflite
from dslite.training.bundle.write import core_entries, write_bundle

LABELS = ["dog", "rain", "siren"]


def network(classifier: bool) -> bytes:
    """Convolutions of random weights, their ranges taken from pictures; values end in float32."""
    import keras

    keras.utils.set_random_seed(1)
    layers = keras.layers
    image = keras.Input((HEIGHT, WIDTH, 3))
    x = layers.Conv2D(8, 3, activation="relu")(image)
    x = layers.DepthwiseConv2D(3, activation="relu6")(x)
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(8, 1, activation="relu")(x))
    x = layers.Dense(len(LABELS), activation="softmax" if classifier else "linear")(x)
    pictures = np.random.default_rng(0).uniform(-2, 2.6, (20, HEIGHT, WIDTH, 3)).astype(np.float32)
    return to_tflite(keras.Model(image, x), "int8", pictures, () if classifier else ("FULLY_CONNECTED",))


@pytest.mark.parametrize("task", ["classes", "values"])
def test_all_three_agree_bit_for_bit(task: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    tflite = network(task == "classes")
    path, clip = tmp_path / "model.tflite", write_clip(tmp_path / "clip.wav")
    write_bundle(path, tflite, core_entries(QUICK, LABELS, {"": {"task": task}}))
    model = dslite.Model(path)
    python = [answer.scores for answer in model.predict(clip)]
    interpreter = interpreted(tflite, clip)
    assert len(python) == len(interpreter) > 3
    assert len({scores.tobytes() for scores in python}) > 1  # the network sees its pictures
    np.testing.assert_array_equal(python, interpreter)

    library = next(iter(importlib.util.find_spec("ai_edge_litert").submodule_search_locations))
    program = find_tool("dslite-run") or request.getfixturevalue("cpp_build") / "cpp" / "tool" / "dslite-run"
    lines = run(program, "--runtime", Path(library) / "libLiteRt.so", path, clip).splitlines()
    printed = [list(json.loads(line)["scores"].values()) for line in lines]
    np.testing.assert_array_equal(np.float32(printed), python)


def interpreted(tflite: bytes, clip: Path) -> list[np.ndarray]:
    """The scores of a clip by the interpreter, from pictures that the front end writes as integers."""
    interpreter = Interpreter(model_content=tflite)
    interpreter.allocate_tensors()
    (taken,), (given,) = interpreter.get_input_details(), interpreter.get_output_details()
    assert taken["dtype"] == np.int8
    front = dslite.FrontEnd(QUICK)
    samples = read_audio(clip, QUICK.audio.sample_rate_hz, QUICK.audio.channel)
    found = []
    for chunk in range(len(front.spans(len(samples)))):
        picture = front.tensor_quantized(front.chunk(samples, chunk), *taken["quantization"])
        interpreter.set_tensor(taken["index"], picture[None])
        interpreter.invoke()
        out = interpreter.get_tensor(given["index"])[0]
        if given["dtype"] == np.int8:
            scale, zero_point = given["quantization"]
            out = np.float32(scale) * (out.astype(np.int32) - zero_point).astype(np.float32)
        found.append(out)
    return found
