"""Small models that carry a golden clip, and sound for them."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from small_models import QUICK, write_classifier

import dslite
from dslite.training.bundle.golden import golden_entries
from dslite.training.bundle.write import core_entries, write_bundle

LABELS = ["dog", "rain", "siren"]
RATE_HZ = 44100
FRAMES = 48000


def write_clip(path: Path) -> Path:
    """Stereo noise, eight chunks of it, at a rate that is not the model's."""
    noise = np.random.default_rng(3).integers(-9000, 9000, (FRAMES, 2))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(noise.astype("<i2").tobytes())
    return path


def write_golden(path: Path) -> Path:
    """A classifier with what every stage makes of the golden clip on this machine."""
    write_classifier(path, LABELS)
    work = path.parent / "golden"
    work.mkdir()
    entries = golden_entries(dslite.Model(path), work)
    bundle = path.read_bytes()
    core = core_entries(QUICK, LABELS, {"": {"task": "classes"}})
    write_bundle(path, bundle[: bundle.index(b"PK\3\4")], core | entries)
    return path
