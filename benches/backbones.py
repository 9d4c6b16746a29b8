"""Bytes, multiplications and the time of an inference of every precision of a backbone, with random weights.

    python -m benches.backbones mobilenet_v2:96 mobilenet_v3_small:96
    python -m benches.backbones                     # all of them: which exports in which precision

The time is the fastest of 60 inferences on one thread: other work on the machine only makes them slower. What
cannot be exported has the reason in its row.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from dslite import Error, Model, Recipe
from dslite.network import network_costs
from dslite.training.bundle.convert import QUANTIZATIONS, to_tflite
from dslite.training.bundle.write import core_entries, write_bundle
from dslite.training.network import backbones
from dslite.training.network.head import Head, build_head
from dslite.training.network.quiet_tensorflow import keras
from dslite.training.task import CLASSES

LABELS = [f"class {i}" for i in range(10)]
#: Values of a picture, by its scaling.
RANGES = {"tf": (-1, 1), "none": (0, 255), "torch": (-2, 2.6), "caffe": (-120, 150)}
#: Pixels that every backbone takes.
SMALL = 96


def main() -> None:
    """Print a row for each precision of each BACKBONE:SIDE."""
    print("backbone | side | precision | kB | million MACs | held at once, kB | ms")
    for argument in sys.argv[1:] or [f"{name}:{SMALL}" for name in backbones.BACKBONES]:
        name, _, side = argument.partition(":")
        measure(name, int(side))


def network_of(name: str, side: int) -> tuple[keras.Model, Recipe]:
    """A backbone with random weights and a head, and the recipe of its pictures, ``side`` × ``side``."""
    backbone = backbones.find(name)
    recipe = backbones.fit_recipe(Recipe().replace(picture={"width": side, "height": side}), backbone)
    network = backbones.build(backbone, recipe, "none")
    pooled = keras.layers.GlobalAveragePooling2D()(network.output)
    head = build_head(pooled.shape[-1], len(LABELS), Head(), CLASSES)
    return keras.Model(network.input, head(pooled)), recipe


def pictures_for(recipe: Recipe) -> list[np.ndarray]:
    """Ten of noise, to take ranges from."""
    low, high = RANGES[recipe.tensor.scaling]
    draw, shape = np.random.default_rng(0), (recipe.picture.height, recipe.picture.width, 3)
    return [draw.uniform(low, high, shape).astype(np.float32) for _ in range(10)]


def bundle(path: Path, tflite: bytes, recipe: Recipe) -> Model:
    """Written to ``path`` and opened."""
    write_bundle(path, tflite, core_entries(recipe, LABELS, {"": {"task": "classes"}}))
    return Model(path)


def measure(name: str, side: int) -> None:
    """Print the rows of one backbone for pictures of ``side`` × ``side``."""
    model, recipe = network_of(name, side)
    pictures = pictures_for(recipe)
    for quantize in QUANTIZATIONS:
        try:
            tflite = to_tflite(model, quantize, pictures)
        except Error as error:
            print(f"{name} | {side} | {quantize} | {error}", flush=True)
            continue
        costs = network_costs(tflite)
        with tempfile.TemporaryDirectory() as folder:
            ms = fastest_ms(bundle(Path(folder) / "model.tflite", tflite, recipe), pictures[0])
        print(
            f"{name} | {side} | {quantize} | {len(tflite) / 1e3:.0f} | "
            f"{costs.multiply_accumulates / 1e6:.0f} | {costs.activation_bytes / 1e3:.0f} | {ms:.2f}",
            flush=True,
        )


def fastest_ms(model: Model, picture: np.ndarray) -> float:
    """The fastest of 60 inferences."""
    times = []
    for _ in range(60):
        start = time.perf_counter()
        scores = model.scores_of_tensor(picture)
        times.append(time.perf_counter() - start)
        assert np.isfinite(scores).all()
    return 1e3 * min(times)


if __name__ == "__main__":
    main()
