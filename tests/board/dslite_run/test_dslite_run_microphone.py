"""The standalone program and ALSA: microphones that come, go, and are not there."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest
from cpp_builds import REPOSITORY, find_tool, run
from dslite_run_program import call, complaint, lines, samples_of

pytestmark = pytest.mark.usefixtures("runtime")


@pytest.fixture
def flaky_alsa(tmp_path) -> str:
    """A folder with a libasound.so.2 whose device "flaky" fails in every way."""
    compiler = find_tool("cc", "gcc", "clang")
    assert compiler, "a C compiler was not found"
    source = REPOSITORY / "tests" / "board" / "failing_alsa.c"
    run(compiler, "-shared", "-fPIC", "-o", tmp_path / "libasound.so.2", source)
    return str(tmp_path)


def test_a_microphone_that_disappears_comes_back(program, model, flaky_alsa):
    live = subprocess.Popen(
        [program, "--mic=flaky", model],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "LD_LIBRARY_PATH": flaky_alsa},
    )
    said = b""
    while b"is back" not in said:
        line = live.stderr.readline()
        assert line, said
        said += line
    live.send_signal(signal.SIGTERM)
    out, rest = live.communicate(timeout=60)
    told = [line for line in (said + rest).decode().splitlines() if line.startswith("dslite-run: ")]
    mic = "dslite-run: microphone 'flaky': "
    assert told == [
        f"{mic}overrun, sound was lost (1 so far)",
        f"{mic}gives no more sound: No such device; trying again in 500 ms",
        f"{mic}cannot be opened: Device or resource busy; trying again in 1000 ms",
        f"{mic}is back",
        f"{mic}1 overruns in all",
    ]
    assert live.returncode == 0
    pushed = round(lines(out.decode())[-1]["end"] * 16000)
    assert pushed in range(4 * 4096, 8 * 4096, 4096)  # three reads of the first device, one to four since
    ramp = np.arange(pushed).astype(np.int16).astype("<i2").tobytes()
    assert lines(out.decode()) == lines(call(program, model, "-", sound=ramp).stdout.decode())


def test_a_microphone_that_is_not_there(program, model, flaky_alsa):
    done = call(program, "--mic=none", model, LD_LIBRARY_PATH=flaky_alsa)
    assert done.returncode == 1
    assert complaint(done) == "dslite-run: microphone 'none': cannot be opened: No such file or directory"
    done = call(program, "--mic=flaky", "--rate=8000", model, LD_LIBRARY_PATH=flaky_alsa)
    assert "refuses 1 channels of s16 at 8000 Hz: Invalid argument" in complaint(done)


def test_a_board_without_alsa(program, model, tmp_path):
    (tmp_path / "libasound.so.2").write_bytes(b"no library")
    done = call(program, "--mic", model, LD_LIBRARY_PATH=str(tmp_path))
    assert done.returncode == 1
    said = complaint(done)
    assert f"--mic: {tmp_path}/libasound.so.2: " in said  # and why the loader refuses it
    assert "apt install libasound2" in said


def test_alsa_itself(program, model, clip, tmp_path):
    """ALSA's own library plays a file as if it were a device."""
    if not Path("/usr/share/alsa/alsa.conf").exists():
        pytest.skip("ALSA's library and configuration not found: apt install libasound2")
    raw = tmp_path / "clip.raw"
    raw.write_bytes(samples_of(clip).tobytes())
    plays = f'type file slave.pcm {{ type null }} file /dev/null infile "{raw}" format raw'
    config = tmp_path / "asound.conf"
    config.write_text(f"</usr/share/alsa/alsa.conf>\npcm.clip {{ {plays} }}\n")
    live = subprocess.Popen(
        [program, "--mic=clip", "--rate=44100", "--channels=2", model],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "ALSA_CONFIG_PATH": str(config)},
    )
    heard = [live.stdout.readline().decode() for _ in range(6)]
    live.send_signal(signal.SIGTERM)
    live.communicate(timeout=60)
    assert live.returncode == 0
    assert lines("".join(heard)) == lines(run(program, model, clip))[:6]
