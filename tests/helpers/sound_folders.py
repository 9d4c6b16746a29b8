"""Small folders of synthetic recordings, one per class, for tests that train."""

import wave
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from dslite.demo.sounds import record

RATE_HZ = 16000
TWO_KINDS = {"rain": "rain", "siren": "siren"}


def write_sounds(
    folder: Path, clips: int = 8, seconds: float = 1.0, kinds: Mapping[str, str] = TWO_KINDS
) -> Path:
    """Write ``clips`` WAV files of each kind into the folder of its label; returns ``folder``."""
    for kind, label in kinds.items():
        (folder / label).mkdir(parents=True)
        for index in range(clips):
            samples = record(kind, np.random.default_rng(index), RATE_HZ)[: int(seconds * RATE_HZ)]
            with wave.open(str(folder / label / f"{kind}{index}.wav"), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(RATE_HZ)
                file.writeframes(np.rint(samples * 32767).astype("<i2").tobytes())
    return folder
