"""Golden vectors: a short clip and what each stage made of it, for ``verify`` on another machine.

The clip is synthetic: a model that is published must not publish anybody's recording with it.
Stored as raw little-endian float32; ``golden.toml`` gives the shapes. Everything is computed by the
native core and the scores by the native runtime: training's arithmetic is not what a board runs.
"""

from __future__ import annotations

import io
import math
import wave
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dslite import FrontEnd, Model, read_audio
from dslite.util.toml import to_toml

Array = npt.NDArray[np.float32]

#: Axis names of each array, as keys of its table in golden.toml.
AXES = {
    "samples": ("count",),
    "log_mel": ("frames", "bands"),
    "tensor": ("height", "width", "channels"),
    "scores": ("count",),
}


#: Of a clip for a recipe that takes whole clips.
WHOLE_CLIP_SECONDS = 2.0


def golden_entries(model: Model, folder: Path) -> dict[str, bytes]:
    """Replay a synthetic clip by ``model`` and keep every stage.

    The clip has another rate than the recipe and at least two channels, so that a replay exercises
    the resampler and the mix, too; ``folder`` is for a temporary copy of it.
    """
    recipe = model.recipe
    front = FrontEnd(recipe)
    rate_hz = 48000 if recipe.audio.sample_rate_hz == 44100 else 44100
    channel = recipe.audio.channel
    channels = 2 if channel == "mix" else max(2, int(channel) + 1)
    seconds = recipe.chunk.seconds or WHOLE_CLIP_SECONDS
    clip = _wav(synthetic_clip(seconds, rate_hz, channels), rate_hz)
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


def synthetic_clip(seconds: float, rate_hz: int, channels: int) -> Array:
    """A sweep, noise, clicks and silence, (frames, channels).

    The sweep passes every band, the noise fills them, clicks are short in time, and silence takes the
    floor of the scale. Channels differ in gain.
    """
    frames = math.ceil(seconds * rate_hz)
    t = np.arange(frames) / rate_hz
    sweep_s = max(0.45 * seconds, 1 / rate_hz)
    octaves = math.log2(0.45 * rate_hz / 50.0)
    phase = 2 * np.pi * 50.0 * sweep_s / (octaves * math.log(2)) * (2 ** (octaves * t / sweep_s) - 1)
    noise = np.random.default_rng(2022).integers(-8192, 8192, frames) / 32768.0
    clicks = np.where(np.arange(frames) % max(1, rate_hz // 50) == 0, 0.8, 0.0)
    part = t / seconds
    sound = np.select([part < 0.45, part < 0.7, part < 0.85], [0.5 * np.sin(phase), noise, clicks], 0.0)
    clip: Array = (sound[:, None] / (1.0 + np.arange(channels))).astype(np.float32)
    return clip


def _wav(samples: Array, rate_hz: int) -> bytes:
    """Samples, (frames, channels), as a WAV file of 16-bit PCM."""
    pcm = np.clip(np.rint(samples * 32768.0), -32768, 32767).astype("<i2")
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(pcm.tobytes())
    return content.getvalue()


def _raw(array: Array) -> bytes:
    return np.ascontiguousarray(array, dtype="<f4").tobytes()


def _shapes(rate_hz: int, arrays: Mapping[str, Array]) -> bytes:
    tables = {name: dict(zip(AXES[name], array.shape, strict=True)) for name, array in arrays.items()}
    return to_toml({"clip": {"rate_hz": rate_hz}, **tables}).encode()
