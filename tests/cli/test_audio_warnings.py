"""What a recording's header gets wrong is said by every command, and counted, and is no failure."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from command_line import dslite
from small_models import write_classifier


@pytest.fixture
def cut(tmp_path: Path) -> list[Path]:
    """Two recordings of which half is there."""
    header = (
        b"RIFF"
        + struct.pack("<I", 32036)
        + b"WAVEfmt "
        + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16)
    )
    paths = [tmp_path / "one.wav", tmp_path / "two.wav"]
    for path in paths:
        path.write_bytes(header + b"data" + struct.pack("<I", 32000) + bytes(range(250)) * 64)
    return paths


def test_warnings_are_said_and_counted(cut: list[Path], tmp_path: Path) -> None:
    model = write_classifier(tmp_path / "model.tflite", ["dog", "rain"])
    done = dslite("predict", model, *cut)
    assert done.returncode == 0
    *warned, counted = [line for line in done.stderr.splitlines() if line.startswith("dslite: ")]
    # Two threads read them.
    assert sorted(warned) == [f"dslite: {path}: read 1 of 2 s: the file ends early" for path in cut]
    assert counted == "dslite: 2 recordings were read with a warning"
    assert done.stdout.count("one.wav") >= 1
