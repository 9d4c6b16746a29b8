"""Golden vectors: a short clip and what each stage made of it, for ``verify`` on another machine.

Stored as raw little-endian float32; ``golden.toml`` gives the shapes. Everything is computed by the
native core and the scores by the native runtime: training's arithmetic is not what a board runs.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dslite import FrontEnd, Model, Recipe, read_audio
from dslite.util.toml import to_toml

Array = npt.NDArray[np.float32]

#: Axis names of each array, as keys of its table in golden.toml.
AXES = {
    "samples": ("count",),
    "log_mel": ("frames", "bands"),
    "tensor": ("height", "width", "channels"),
    "scores": ("count",),
}


def golden_entries(model: Model, recording: Path, folder: Path) -> dict[str, bytes]:
    """Cut the loudest chunk of ``recording``, replay it by ``model``, keep every stage.

    The clip has another rate than the recipe, so that a replay exercises the resampler too;
    ``folder`` is for a temporary copy of it.

    Raises:
        Error: the recording cannot be read.
    """
    recipe = model.recipe
    front = FrontEnd(recipe)
    rate_hz = 48000 if recipe.audio.sample_rate_hz == 44100 else 44100
    clip = _wav(_loudest_chunk(recording, front, rate_hz), rate_hz)
    copy = folder / "clip.wav"
    copy.write_bytes(clip)
    samples = front.chunk(read_audio(copy, recipe.audio.sample_rate_hz), 0)
    arrays = {
        "samples": samples,
        "log_mel": front.log_mel(samples),
        "tensor": front.tensor(samples),
        "scores": model.scores(samples),
    }
    entries = {f"golden/{name}.f32": _raw(array) for name, array in arrays.items()}
    return {"golden/golden.toml": _shapes(rate_hz, arrays), "golden/clip.wav": clip, **entries}


def _loudest_chunk(recording: Path, front: FrontEnd, rate_hz: int) -> Array:
    """The stretch of ``recording``, at ``rate_hz``, of the chunk with the most energy."""
    recipe: Recipe = front.recipe
    at_recipe = read_audio(recording, recipe.audio.sample_rate_hz, recipe.audio.channel)
    spans = front.spans(len(at_recipe))
    energies = [float(np.square(at_recipe[start:stop]).sum()) for start, stop in spans]
    start, stop = spans[int(np.argmax(energies))]
    scale = rate_hz / recipe.audio.sample_rate_hz
    at_rate = read_audio(recording, rate_hz, recipe.audio.channel)
    return at_rate[round(start * scale) : round(stop * scale)]


def _wav(samples: Array, rate_hz: int) -> bytes:
    """Mono samples as a WAV file of 16-bit PCM."""
    pcm = np.clip(np.rint(samples * 32768.0), -32768, 32767).astype("<i2")
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(pcm.tobytes())
    return content.getvalue()


def _raw(array: Array) -> bytes:
    return np.ascontiguousarray(array, dtype="<f4").tobytes()


def _shapes(rate_hz: int, arrays: Mapping[str, Array]) -> bytes:
    tables = {name: dict(zip(AXES[name], array.shape, strict=True)) for name, array in arrays.items()}
    return to_toml({"clip": {"rate_hz": rate_hz}, **tables}).encode()
