"""A backbone's activations as features: recordings in, a row of numbers per window or per file out."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dslite import Error, FrontEnd, Recipe, read_audio
from dslite.training.data.chunks import Samples
from dslite.training.features.long_recordings import is_long, stream_chunks
from dslite.training.network import backbones
from dslite.util.failures import Failure
from dslite.util.parallel import in_parallel
from dslite.util.text import shorten

Features = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Row:
    """The features of one window of a recording, or their mean over all its windows."""

    file: int  # which of the recordings
    start_s: float
    end_s: float
    features: Features  # (features,)


class Embedder:
    """A backbone cut off behind one of its layers: chunks of sound → feature vectors.

    A layer of (height, width, channels) is averaged over the picture: one feature a channel.

    Args:
        backbone: a name of ``backbones.BACKBONES``.
        weights: ``"imagenet"`` (Keras's download), ``"none"`` (random, from ``seed``) or a file.
        layer: the layer's name. [default: the last one]
        recipe: of the picture; its input scaling becomes the backbone's.

    Raises:
        ValueError: no such backbone or layer, or one of neither two nor four dimensions.
        Error: the weights cannot be had, or are another network's.
    """

    def __init__(
        self,
        backbone: str = "mobilenet_v2",
        weights: str = "imagenet",
        layer: str | None = None,
        recipe: Recipe | None = None,
        seed: int = 0,
    ) -> None:
        row = backbones.find(backbone)
        self.front = FrontEnd(backbones.fit_recipe(recipe or Recipe(), row))
        network = build_network(row, self.front.recipe, weights, seed)
        self._model = _cut(network, layer)
        self.names = [f"{layer or backbone}_{index}" for index in range(self._model.output_shape[-1])]

    def vectors(self, chunks: Sequence[Samples]) -> Features:
        """Compute the features of each chunk: (n, features) float32."""
        outputs = self._model.predict_on_batch(self.front.tensors(list(chunks)))
        return np.asarray(outputs, dtype=np.float32)


def build_network(row: backbones.Backbone, recipe: Recipe, weights: str, seed: int) -> Any:
    """Build the backbone with the layer names of a fresh process, and random weights by ``seed`` alone.

    Keras numbers the layers it names itself (``conv2d_3``) per thread, so a thread of its own is
    used. Its initialisers draw from ``random``, as other threads may at the same time: the state is
    put back, and weights that stay random are drawn anew.
    """
    state = random.getstate()  # importing TensorFlow draws from it, too
    try:
        from dslite.training.network.quiet_tensorflow import hidden_output

        with hidden_output(), ThreadPoolExecutor(1) as fresh:
            network = fresh.submit(backbones.build, row, recipe, weights).result()
    finally:
        random.setstate(state)
    if weights == "none":
        _draw_weights(network, seed)
    return network


def _draw_weights(network: Any, seed: int) -> None:
    """Draw every kernel as Glorot and Bengio (2010) do, uniformly in ±√(6 / (inputs + outputs))."""
    rng = np.random.default_rng(seed)
    for variable in network.trainable_variables:
        shape = tuple(variable.shape)
        if len(shape) >= 2:  # biases and the like keep their constants
            limit = np.sqrt(6 / (np.prod(shape[:-2]) * (shape[-2] + shape[-1])))
            variable.assign(rng.uniform(-limit, limit, shape).astype(np.float32))


def layers(network: Any) -> dict[str, tuple[int, ...]]:
    """List the layers that features can be taken from, with their output's shape without the batch."""
    outputs = {layer.name: layer.output for layer in network.layers}
    return {
        name: tuple(output.shape[1:])
        for name, output in outputs.items()
        if not isinstance(output, (list, tuple)) and len(output.shape) in (2, 4)
    }


def _cut(network: Any, layer: str | None) -> Any:
    from dslite.training.network.quiet_tensorflow import keras

    output = network.output
    if layer is not None:
        known = layers(network)
        if layer not in known:
            raise ValueError(f"layer: '{layer}' given, expected one of {shorten(reversed(known), 6)}")
        output = network.get_layer(layer).output
    if len(output.shape) == 4:
        output = keras.layers.GlobalAveragePooling2D(name="pool_all")(output)
    return keras.Model(network.input, output)


def embed(
    embedder: Embedder,
    recordings: Iterable[Path | Samples],
    failures: list[Failure],
    advance: Callable[[], None] = lambda: None,
    batch_size: int = 32,
) -> Iterator[Row]:
    """Read, resample and cut files by all cores; yield a row for each window, in order.

    A recording may be samples at the recipe's rate instead of a path. Files that cannot be read go to
    ``failures``; of a long one that cannot be read to its end the chunks before are kept. ``advance`` is
    called once a recording. One batch and a few recordings are in memory, of long ones a block.
    """
    batch: list[tuple[int, float, float]] = []
    chunks: list[Samples] = []
    for window, chunk in _windows(embedder.front, recordings, failures, advance):
        batch.append(window)
        chunks.append(chunk)
        if len(batch) == batch_size:
            yield from _rows(embedder, batch, chunks)
            batch, chunks = [], []
    if batch:
        yield from _rows(embedder, batch, chunks)


def per_file(rows: Iterable[Row]) -> Iterator[Row]:
    """Replace the rows of each file by their mean."""
    for file, group in groupby(rows, key=lambda row: row.file):
        windows = iter(group)
        first = last = next(windows)
        total, count = first.features.astype(np.float64), 1
        for last in windows:
            total += last.features
            count += 1
        yield Row(file, first.start_s, last.end_s, (total / count).astype(np.float32))


def _windows(
    front: FrontEnd,
    recordings: Iterable[Path | Samples],
    failures: list[Failure],
    advance: Callable[[], None],
) -> Iterator[tuple[tuple[int, float, float], Samples]]:
    """The chunks of all recordings, each with the index of its recording, its start and its end."""
    audio = front.recipe.audio

    def read(path: Path | Samples) -> Samples | Path | Failure:
        if isinstance(path, np.ndarray):
            return path
        if front.chunk_samples and is_long(path):
            return path  # read while its chunks go through the network
        try:
            samples = read_audio(path, audio.sample_rate_hz, audio.channel)
        except Error as error:
            return Failure(path, str(error))
        return samples if front.spans(len(samples)) else Failure(path, f"{path}: too short for one chunk")

    for index, result in enumerate(in_parallel(read, recordings)):
        advance()
        if isinstance(result, Failure):
            failures.append(result)
            continue
        for start, stop, chunk in _chunks(front, result, failures):
            yield (index, start / audio.sample_rate_hz, stop / audio.sample_rate_hz), chunk


def _chunks(
    front: FrontEnd, recording: Samples | Path, failures: list[Failure]
) -> Iterator[tuple[int, int, Samples]]:
    """The chunks of a recording, each with where it starts and stops."""
    if isinstance(recording, np.ndarray):
        for number, (start, stop) in enumerate(front.spans(len(recording))):
            yield start, stop, front.chunk(recording, number)
        return
    try:
        yield from stream_chunks(recording, front)
    except Error as error:
        failures.append(Failure(recording, str(error)))


def _rows(embedder: Embedder, batch: list[tuple[int, float, float]], chunks: list[Samples]) -> Iterator[Row]:
    for window, features in zip(batch, embedder.vectors(chunks), strict=True):
        yield Row(*window, features)
