"""Ctrl-C and SIGTERM end a command quickly, quietly, and without leftovers; libraries' noise is silent."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import dslite
from small_models import write_classifier


def interrupted(folder: Path, number: signal.Signals) -> subprocess.CompletedProcess[str]:
    """`dslite predict` on a pipe that never ends, stopped while it writes its CSV."""
    write_classifier(folder / "model.tflite", ["a", "b"])
    os.mkfifo(folder / "endless.wav")
    command = [sys.executable, "-m", "dslite", "predict", "model.tflite", "endless.wav", "--csv", "out.csv"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    pipe = os.open(folder / "endless.wav", os.O_RDWR)  # opened by the reader as well, but never written to
    deadline = time.monotonic() + 60
    while not list(folder.glob(".out.csv.*")) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.3)
    began = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    os.close(pipe)
    assert time.monotonic() - began < 5
    return subprocess.CompletedProcess(command, process.returncode, out, err)


@pytest.mark.parametrize(
    ("number", "code", "message"), [(signal.SIGINT, 130, "dslite: interrupted"), (signal.SIGTERM, 143, "")]
)
def test_a_signal_ends_a_command_and_leaves_nothing(
    tmp_path: Path, number: signal.Signals, code: int, message: str
) -> None:
    result = interrupted(tmp_path, number)
    assert result.returncode == code, result.stderr
    lines = [line for line in result.stderr.splitlines() if line.startswith("dslite")]
    assert "\n".join(lines) == message
    assert "Traceback" not in result.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"model.tflite", "endless.wav"}


def test_libraries_are_silent_unless_asked(tmp_path: Path) -> None:
    write_classifier(tmp_path / "model.tflite", ["a", "b"])
    quiet = dslite("bench", tmp_path / "model.tflite", "--repeats", "1")
    assert (quiet.returncode, quiet.stderr) == (0, "")
    loud = dslite("bench", tmp_path / "model.tflite", "--repeats", "1", "-v")
    assert "XNNPACK" in loud.stderr
