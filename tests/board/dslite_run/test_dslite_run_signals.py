"""The standalone program among pipes, signals, slow readers and closed descriptors: it ends as told."""

from __future__ import annotations

import array
import fcntl
import json
import os
import signal
import subprocess
import sys
import termios
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

import pytest
from dslite_run_program import RAW, call, complaint, lines, samples_of

pytestmark = pytest.mark.usefixtures("runtime")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_live_sound_with_its_tail(number, program, model, clip, answers):
    live = subprocess.Popen([program, model, *RAW], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    live.stdin.write(samples_of(clip).tobytes() + b"\1")
    live.stdin.flush()
    first = [live.stdout.readline().decode() for _ in range(7)]  # each is there before the sound ends
    live.send_signal(number)
    rest, _ = live.communicate(timeout=60)
    assert live.returncode == 0
    assert lines("".join(first) + rest.decode()) == answers


def test_a_signal_stops_files_between_two_answers(program, model, clip):
    copies = [str(clip)] * 20000
    # Unbuffered: what a buffer held beyond the first line would be lost to communicate().
    busy = subprocess.Popen(
        [program, model, *copies], stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
    )
    first = busy.stdout.readline()
    busy.send_signal(signal.SIGTERM)
    rest, said = busy.communicate(timeout=60)
    assert busy.returncode == 1
    assert b"stopped by a signal: answered " in said
    assert all(json.loads(line) for line in (first + rest).splitlines())


def ended_within_a_second(process: subprocess.Popen) -> bytes:
    """Send SIGTERM, and return what is said then."""
    process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    process.wait(timeout=60)
    # A second, and what a loaded machine adds to it.
    assert time.monotonic() - began < 3
    assert process.returncode == 1
    return process.stderr.read()


@pytest.mark.parametrize("writer", [False, True])
def test_a_signal_ends_the_wait_for_a_pipe(program, model, clip, tmp_path, writer):
    """Opened without a writer, or with one that stalls."""
    pipe = tmp_path / "pipe.wav"
    os.mkfifo(pipe)
    waiting = subprocess.Popen([program, model, clip, pipe], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    waiting.stdout.readline()  # the clip is answered, the pipe is next
    if writer:
        with pipe.open("wb", buffering=0) as file:
            file.write(Path(clip).read_bytes()[:1000])
            time.sleep(0.3)
            said = ended_within_a_second(waiting)
    else:
        time.sleep(0.3)
        said = ended_within_a_second(waiting)
    assert said.endswith(b"dslite-run: stopped by a signal: answered 1 of 2 clips\n")


def test_a_signal_ends_writing_to_a_reader_that_stalls(program, model, clip):
    copies = [str(clip)] * 5000
    stalled = subprocess.Popen([program, model, *copies], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(2)  # the pipe is full
    assert b"stdout: cannot be written: stopped by a signal" in ended_within_a_second(stalled)


def test_names_that_are_no_text_are_written_as_python_writes_them(program, model, clip, tmp_path):
    name = os.fsencode(tmp_path) + b"/caf\xe9 \xff\x7f.wav"
    Path(os.fsdecode(name)).write_bytes(Path(clip).read_bytes())
    said = subprocess.run([program, model, name], capture_output=True, check=True).stdout
    assert [os.fsencode(json.loads(line)["file"]) for line in said.splitlines()] == [name] * 8
    by_python = subprocess.run(
        [sys.executable, "-m", "dslite", "predict", "--json", model, name], capture_output=True, check=True
    ).stdout
    assert said == by_python


def until_full(stream: IO[bytes]) -> None:
    """Until the pipe holds what it can, so that the writer is stalled."""
    waiting, before = array.array("i", [0]), -1
    while waiting[0] == 0 or waiting[0] != before:
        before = waiting[0]
        time.sleep(0.5)
        fcntl.ioctl(stream, termios.FIONREAD, waiting)


def test_who_reads_slowly_gets_all_after_a_signal(program, model, clip):
    """The tail of live sound, which a full pipe holds up for longer than the alarms after it."""
    sound = samples_of(clip).tobytes() * 100

    def feed(stream: IO[bytes]) -> None:
        with suppress(BrokenPipeError):
            stream.write(sound)

    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "bufsize": 0}
    with subprocess.Popen([program, model, *RAW], **pipes) as live:
        feeder = threading.Thread(target=feed, args=(live.stdin,))
        feeder.start()
        until_full(live.stdout)
        live.send_signal(signal.SIGTERM)
        said = b""
        while part := live.stdout.read(4096):
            said += part
            time.sleep(0.02)
        feeder.join(timeout=60)
    starts = [json.loads(line)["start"] for line in said.splitlines()]
    assert live.returncode == 0
    assert len(starts) > 100
    assert starts == [i * starts[1] for i in range(len(starts))]


@pytest.mark.parametrize("closed", [[0], [1], [2], [0, 1, 2]])
def test_closed_descriptors_are_survived(closed, program, model, clip, answers):
    redirections = " ".join(f"{number}>&-" for number in closed)
    before = {path: path.read_bytes() for path in (model, clip)}
    command = ["sh", "-c", f'"$0" "$@" {redirections}', program]
    done = call(*command, model, clip)
    assert {path: path.read_bytes() for path in before} == before
    if 1 in closed:
        assert (done.returncode, done.stdout) == (1, b"")
    else:
        assert done.returncode == 0
        assert lines(done.stdout.decode()) == answers
    if closed == [1]:
        assert complaint(done) == "dslite-run: stdout: cannot be written: Bad file descriptor"
    if 0 in closed:
        assert call(*command, model, "-").returncode == 1


@pytest.mark.parametrize("endless", ["/dev/zero", "/dev/full"])
def test_an_endless_device_is_no_recording(endless, program, model, clip, answers):
    done = call(program, model, endless, clip)
    assert done.returncode == 1
    assert complaint(done).splitlines() == [
        f"dslite-run: {endless}: this is no RIFF/WAVE file",
        "dslite-run: 1 of 2 clips failed",
    ]
    assert lines(done.stdout.decode()) == answers
