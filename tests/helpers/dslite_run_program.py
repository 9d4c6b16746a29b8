"""Calls of dslite-run, and what it writes."""

from __future__ import annotations

import json
import os
import subprocess
import wave
from pathlib import Path

import numpy as np


def samples_of(clip: Path) -> np.ndarray:
    with wave.open(str(clip)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)


def lines(text: str) -> list[dict]:
    return [
        {key: value for key, value in json.loads(line).items() if key != "file"} for line in text.splitlines()
    ]


def call(*command: str | Path, sound: bytes = b"", **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [str(word) for word in command],
        input=sound,
        capture_output=True,
        timeout=120,
        env={**os.environ, **environment},
    )


def complaint(done: subprocess.CompletedProcess) -> str:
    """The program's own lines on standard error; the runtime logs there too."""
    said = done.stderr.decode().splitlines()
    return "\n".join(line for line in said if line.startswith("dslite-run: "))


RAW = "--rate=44100", "--channels=2", "-"
