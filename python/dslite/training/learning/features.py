"""The features of a frozen backbone, computed once for all folds, grid points and seeds that share them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from dslite import FrontEnd
from dslite.training.learning.batches import Array, Indices, Source, predict
from dslite.training.learning.part import Part
from dslite.training.network.quiet_tensorflow import tf
from dslite.util.cache import Cache
from dslite.util.progress import Progress
from dslite.util.spill import mapped, spilling

KIND = "features"


def frozen_features(
    frozen: Any, part: Part, front: FrontEnd, path: Path, cache: Cache, progress: Progress
) -> Source:
    """Run the network over a part, or take from the cache what it once answered; reads from then on.

    A recording's features are kept by the hash of its chunks' samples, of the recipe and of the network.

    Args:
        path: of a file for them, (chunks, features) float32.
    """
    network = network_key(frozen, front)
    width = frozen.output_shape[-1]
    row_of = np.empty(len(part), np.intp)
    missing: list[tuple[str, Indices]] = []
    count = 0
    with spilling(path) as file:
        for chunks in _recordings(part):
            key = _key(network, part, chunks)
            content = cache.get(KIND, key)
            if content is None or len(content) != 4 * len(chunks) * width:
                missing.append((key, chunks))
                continue
            file.write(content)
            row_of[chunks] = count + np.arange(len(chunks))
            count += len(chunks)
            progress.advance(len(chunks))
        wanted = np.concatenate([np.zeros(0, np.intp), *(chunks for _, chunks in missing)])
        row_of[wanted] = count + np.arange(len(wanted))
        pictures = part.pictures(front)
        for outputs in predict(frozen, lambda rows, rng: pictures(wanted[rows], rng), len(wanted)):
            file.write(outputs.tobytes())
            progress.advance(len(outputs))
    features: Array = mapped(path).reshape(len(part), width)
    for key, chunks in missing:
        cache.put(KIND, key, features[row_of[chunks]].tobytes())
    if fault := cache.take_fault():
        progress.message(f"dslite: {fault}")
    return lambda rows, rng: features[row_of[rows]]


def network_key(network: Any, front: FrontEnd) -> str:
    """A hash of all that decides features: layers, weights, the recipe, TensorFlow's version."""
    found = hashlib.sha256(f"{tf.__version__}\n{front.recipe.to_toml()}\n{_shape(network)}".encode())
    for variable in network.variables:
        found.update(np.ascontiguousarray(variable.numpy()).data)
    return found.hexdigest()


def _shape(network: Any) -> str:
    """The layers and their settings, without the names that Keras numbers anew for every network."""
    return "\n".join(
        str({key: value for key, value in layer.get_config().items() if key != "name"})
        for layer in network.layers
    )


def _recordings(part: Part) -> Iterator[Indices]:
    """The chunks of each recording, which stand together."""
    if len(part):
        starts = np.flatnonzero(np.diff(part.chunks.file_of)) + 1
        yield from np.split(np.arange(len(part)), starts)


def _key(network: str, part: Part, chunks: Indices) -> str:
    found = hashlib.sha256(network.encode())
    for chunk in chunks:
        samples = np.ascontiguousarray(part.chunks[int(chunk)])
        found.update(len(samples).to_bytes(8, "little"))
        found.update(samples.data)
    return found.hexdigest()
