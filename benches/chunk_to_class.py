"""A chunk of sound to its class: an int8 bundle here, against DeepSpectrumLite's way: its operations on
LiteRT and behind them the same backbone in float32. Both run on one thread, side by side in one process.

    python -m benches.chunk_to_class densenet121 mobilenet_v2

The weights are random: they change no time. Both take the paper's chunk, 4 s at 16 kHz, to 224 × 224 pixels.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np

from benches.backbones import bundle, network_of, pictures_for
from benches.opponents.deepspectrumlite import on_litert
from benches.timing import Runner, race
from benches.works import PICTURE, Call
from dslite.training.bundle.convert import to_tflite

SIDE = 224
SECONDS = 20.0


def main() -> None:
    """Print a row for each backbone."""
    preprocess = on_litert(PICTURE)
    print("backbone | its ms | int8 here, ms | ratio | float32 here, ms | ratio")
    for name in sys.argv[1:]:
        network, recipe = network_of(name, SIDE)
        with tempfile.TemporaryDirectory() as folder:
            runners = [Runner(then(preprocess, to_tflite(network)))]
            for quantize in ("int8", "float32"):
                tflite = to_tflite(network, quantize, pictures_for(recipe))
                model = bundle(Path(folder) / f"{quantize}.tflite", tflite, recipe)
                runners.append(Runner(lambda model=model: model.scores(PICTURE.samples)))
            for runner in runners:
                found = runner.call()
                assert found.size == len(model.labels), found.shape
                assert np.isfinite(found).all(), found
            race(runners, SECONDS)
        theirs, *ours = (runner.median_us / 1e3 for runner in runners)
        print(
            f"{name} | {theirs:.2f} | " + " | ".join(f"{ms:.2f} | {theirs / ms:.2f}" for ms in ours),
            flush=True,
        )


def then(preprocess: Call, tflite: bytes) -> Call:
    """The preprocessor, and behind it the network in LiteRT's own interpreter."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=tflite, num_threads=1)
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]["index"]
    result = interpreter.get_output_details()[0]["index"]

    def call() -> np.ndarray:
        interpreter.set_tensor(source, preprocess()[None])
        interpreter.invoke()
        return interpreter.get_tensor(result)

    return call


if __name__ == "__main__":
    main()
