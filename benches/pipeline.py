"""``python -m benches.pipeline``: pictures per second from WAV files, dslite's training input against
DeepSpectrumLite's, on all cores. Pictures are compared before anything is timed."""

import argparse
import os
import sys
import tempfile
import time
import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

import dslite
from dslite.training.data.chunks import decode

from . import works
from .opponents import deepspectrumlite, deepspectrumlite_package

RATE_HZ, SECONDS, BATCH = 16000, 6, 32
CHUNKS_OF_A_FILE = 2  # of 4 s, every 2 s
RECIPE = dslite.Recipe.preset("deepspectrumlite").replace(audio={"normalize": "peak"})


def write_files(folder: Path, count: int) -> list[Path]:
    """16-bit mono files of fading noise with a tone, all different."""
    paths = [folder / f"{index:05}.wav" for index in range(count)]
    sound = works.fading_noise(RATE_HZ * SECONDS)
    rng = np.random.default_rng(0)
    for path in paths:
        samples = np.roll(sound, rng.integers(len(sound))) * rng.uniform(0.2, 0.9) / np.abs(sound).max()
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE_HZ)
            file.writeframes(np.rint(samples * 32767).astype("<i2").tobytes())
    return paths


def ours(paths: list[Path], folder: Path) -> int:
    """What `dslite train` does: find the chunks of all files, then make pictures a batch at a time."""
    front = dslite.FrontEnd(RECIPE)
    cache = folder / "cache.f32"
    cache.unlink(missing_ok=True)  # a training's is new: to empty an old one takes longer than to fill it
    chunks, failures = decode(paths, front, cache)
    assert not failures
    for start in range(0, len(chunks), BATCH):
        chunks.tensors(front, range(start, min(start + BATCH, len(chunks))))
    return len(chunks)


def ours_again(paths: list[Path], folder: Path) -> Callable[[], int]:
    """A later epoch: pictures of the chunks that were found."""
    front = dslite.FrontEnd(RECIPE)
    chunks, _ = decode(paths, front, folder / "again.f32")

    def epoch() -> int:
        for start in range(0, len(chunks), BATCH):
            chunks.tensors(front, range(start, min(start + BATCH, len(chunks))))
        return len(chunks)

    return epoch


def tidy(paths: list[Path]) -> tf.data.Dataset:
    """DeepSpectrumLite's operations with their waste left out (opponents/deepspectrumlite.py): a file is
    read once, the colours of a cell looked up once."""
    make = deepspectrumlite.preprocessor(works.PICTURE)
    length, hop = 4 * RATE_HZ, 2 * RATE_HZ

    def read(path: tf.Tensor) -> tf.Tensor:
        samples = tf.audio.decode_wav(tf.io.read_file(path), desired_channels=1)[0][:, 0]
        return tf.signal.frame(samples, length, hop)

    files = tf.data.Dataset.from_tensor_slices([str(path) for path in paths])
    chunks = files.map(read, num_parallel_calls=tf.data.AUTOTUNE).unbatch()
    pictures = chunks.map(
        lambda chunk: make(tf.ensure_shape(chunk, [length])), num_parallel_calls=tf.data.AUTOTUNE
    )
    return pictures.batch(BATCH).prefetch(tf.data.AUTOTUNE)


def count(batches: tf.data.Dataset) -> int:
    return sum(int(pictures.shape[0]) for pictures in batches)


def verify(paths: list[Path], theirs: tf.data.Dataset, tidied: tf.data.Dataset) -> None:
    """AssertionError unless all three make the same pictures of the first files."""
    front = dslite.FrontEnd(RECIPE)
    chunks = [front.chunks(dslite.read_audio(path, RATE_HZ)) for path in paths[:8]]
    expected = front.tensors(np.concatenate(chunks))
    works.check("DeepSpectrumLite", deepspectrumlite_package.first(theirs, len(expected)), expected, 0.01)
    found = np.concatenate([batch.numpy() for batch in tidied.take(1)])[: len(expected)]
    works.check("its operations, tidied", found, expected, 0.01)


@dataclass
class Speed:
    """Pictures per second, the median of all passes, by the clock and by the processor's time on all cores:
    the second is what an idle machine would do at best, and other programs disturb it little."""

    by_clock: float
    by_processor: float


def race(runners: dict[str, Callable[[], int]], rounds: int) -> dict[str, Speed]:
    """`rounds` passes of each, taken in turns after one to warm up."""
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in runners}
    pictures = {}
    for turn in range(rounds + 1):
        for name, run in runners.items():
            start, start_cpu = time.perf_counter(), time.process_time()
            pictures[name] = run()
            if turn:
                cpu = time.process_time() - start_cpu
                seconds[name].append((time.perf_counter() - start, cpu / (os.cpu_count() or 1)))
    medians = {name: np.median(times, axis=0) for name, times in seconds.items()}
    return {name: Speed(*(pictures[name] / median)) for name, median in medians.items()}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benches.pipeline", description=__doc__)
    parser.add_argument("--files", type=int, default=400, help=f"WAV files of {SECONDS} s (400)")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = write_files(folder, options.files)
        frames = RATE_HZ * SECONDS
        theirs = deepspectrumlite_package.dataset(paths, frames, cache=False)
        cached = deepspectrumlite_package.dataset(paths, frames, cache=True)
        tidied = tidy(paths)
        verify(paths, theirs, tidied)
        found = race(
            {
                "dslite, first epoch": lambda: ours(paths, folder),
                "DeepSpectrumLite 1.0.2, first epoch": lambda: deepspectrumlite_package.one_pass(theirs),
                "its operations, tidied, in tf.data": lambda: count(tidied),
                "dslite, later epoch": ours_again(paths, folder),
                "DeepSpectrumLite, later epoch (all pictures in memory)": lambda: (
                    deepspectrumlite_package.one_pass(cached)
                ),
            },
            options.rounds,
        )
    print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {options.files * CHUNKS_OF_A_FILE} pictures"
    )
    print(f"{'pictures per second':<56} {'clock':>8} {'processor':>10}   dslite's first epoch, times as fast")
    best = found["dslite, first epoch"]
    for runner, speed in found.items():
        ratios = best.by_clock / speed.by_clock, best.by_processor / speed.by_processor
        print(
            f"{runner:<56} {speed.by_clock:8.0f} {speed.by_processor:10.0f}   {ratios[0]:.1f} {ratios[1]:.1f}"
        )
    return 0 if best.by_clock >= 20 * found["DeepSpectrumLite 1.0.2, first epoch"].by_clock else 1


if __name__ == "__main__":
    sys.exit(main())
