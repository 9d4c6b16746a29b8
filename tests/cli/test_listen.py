"""``dslite listen`` as people start it: pipes, signals, a terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
import wave
from pathlib import Path

import numpy as np
import pytest
from command_line import complaint
from explained_models import write_explained
from small_models import QUICK, write_classifier, write_fragile, write_identity

import dslite

LABELS = ["dog", "rain", "siren"]
FORMATS = {"s16": ("<i2", 2**15), "s32": ("<i4", 2**31), "f32": ("<f4", 1)}
LISTEN = [sys.executable, "-m", "dslite", "listen"]


@pytest.fixture(scope="module")
def model_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    recipe = QUICK.replace(decision={"smoothing": "mean", "smoothing_chunks": 2})
    return write_classifier(tmp_path_factory.mktemp("model") / "model.tflite", LABELS, recipe)


def pcm(frames: int, channels: int = 1, sample_format: str = "s16") -> tuple[bytes, np.ndarray]:
    """Noise as bytes, and the float32 that they stand for."""
    dtype, full = FORMATS[sample_format]
    noise = 0.1 * np.random.default_rng(4).standard_normal((frames, channels))
    values = (noise * full).astype(dtype)
    return values.tobytes(), (values.astype(np.float32) * np.float32(1 / full)).astype(np.float32)


def listen(*arguments: object, sound: bytes = b"") -> subprocess.CompletedProcess[str]:
    done = subprocess.run([*LISTEN, *map(str, arguments)], input=sound, capture_output=True, check=False)
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def objects(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def expected(answers: list[dslite.Answer]) -> list[dict[str, object]]:
    return [
        {
            "file": "-",
            "start": answer.start_s,
            "end": answer.end_s,
            "label": answer.label,
            "scores": {k: float(f"{v:.9g}") for k, v in zip(LABELS, answer.scores, strict=True)},
        }
        for answer in answers
    ]


@pytest.mark.parametrize(
    ("sample_format", "rate_hz", "channels"), [("s16", 16000, 1), ("s32", 44100, 2), ("f32", 48000, 3)]
)
def test_raw_pcm_on_stdin(model_path, sample_format, rate_hz, channels):
    sound, samples = pcm(rate_hz, channels, sample_format)
    options = ("--format", sample_format, "--rate", rate_hz, "--channels", channels)
    result = listen(model_path, "-", *options, sound=sound)
    stream = dslite.Model(model_path).stream(rate_hz, channels)
    assert result.returncode == 0, result.stderr
    assert objects(result.stdout) == expected(stream.push(samples) + stream.finish())


def test_events_instead_of_answers(model_path):
    sound, samples = pcm(40000)
    result = listen(model_path, "-", "--events", sound=sound)
    model = dslite.Model(model_path)
    events = list(dslite.Decision(model).events(model.predict(samples[:, 0])))
    assert [(e["file"], e["start"], e["end"], e["label"], e["peak"]) for e in objects(result.stdout)] == [
        ("-", event.start_s, event.end_s, event.label, float(f"{event.peak:.9g}")) for event in events
    ]
    assert len(events) >= 1


def test_what_came_before_a_fault_is_answered(model_path, tmp_path):
    sound, samples = pcm(9000)
    whole = expected(list(dslite.Model(model_path).predict(samples[:, 0])))
    cut = listen(model_path, "-", sound=sound + b"\0")
    assert complaint(cut).startswith("dslite: stdin: ends 1 bytes into a frame, after 9000 whole ones")
    assert objects(cut.stdout) == whole
    bad = pcm(9000, 1, "f32")[0] + np.float32([np.nan] * 40000).tobytes()
    result = listen(model_path, "-", "--format", "f32", sound=bad)
    assert "is nan: expected finite values" in complaint(result)
    with wave.open(str(tmp_path / "clip.wav"), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(sound)
    result = listen(model_path, "-", sound=(tmp_path / "clip.wav").read_bytes())
    assert "begins like a WAV file: expected raw PCM" in complaint(result)


def test_too_little_sound_and_none(tmp_path):
    path = write_identity(tmp_path / "drop.tflite", QUICK.replace(chunk={"tail": "drop"}))
    for frames in (0, 3999):
        result = listen(path, "-", sound=pcm(frames)[0])
        assert complaint(result) == f"dslite: stdin: {frames} frames of sound are too short for an answer"


def test_a_network_that_fails_is_reported_and_listening_goes_on(tmp_path):
    path = write_fragile(tmp_path / "fragile.tflite")
    samples = np.full(40000, 1e-4, np.float32)
    samples[7000:7100] = 1.0
    result = listen(path, "-", "--format", "f32", sound=samples.tobytes())
    assert "score for 'calm' is" in complaint(result)
    assert [answer["start"] for answer in objects(result.stdout)] == [
        i / 8 for i in range(19) if i not in (2, 3)
    ]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_the_sound_and_answer_its_tail(model_path, number):
    sound, samples = pcm(5000)
    command = [*LISTEN, str(model_path), "-"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        process.stdin.write(sound)
        process.stdin.flush()
        first = process.stdout.readline()
        process.send_signal(number)
        rest = process.stdout.read()
        errors = process.stderr.read().decode()
        assert process.wait(60) == 0, errors
    assert "Traceback" not in errors
    answers = expected(list(dslite.Model(model_path).predict(samples[:, 0])))
    assert objects((first + rest).decode()) == answers


def test_options_that_would_do_nothing(model_path):
    for words in (("--format", "s16"), ("-", "--device", "hw:0"), ("clip.wav",)):
        result = listen(model_path, *words)
        assert result.returncode == 2, result.stderr


def test_models_that_cannot(tmp_path):
    clips = write_identity(tmp_path / "clips.tflite", QUICK.replace(chunk={"seconds": 0.0}))
    assert "whole clips (chunk.seconds = 0), which cannot be streamed" in complaint(listen(clips))
    values = write_identity(tmp_path / "values.tflite")
    result = listen(values, "-", "--events", sound=pcm(9000)[0])
    assert "a model of values needs thresholds" in complaint(result)


@pytest.mark.parametrize(
    ("loads", "says"),
    [
        ("sys.modules['sounddevice'] = None", "pip install '.[listen]'"),
        (
            "class F:\n  def find_spec(self, name, *_):\n    if name == 'sounddevice':\n"
            "      raise OSError('PortAudio library not found')\nsys.meta_path.insert(0, F())",
            "a microphone needs PortAudio (PortAudio library not found)",
        ),
    ],
)
def test_a_microphone_without_its_package(model_path, loads, says):
    program = f"import sys\n{loads}\nfrom dslite.cli import main\nmain(['listen', sys.argv[1]])"
    command = [sys.executable, "-c", program, str(model_path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert says in complaint(result)


def shown_on_a_terminal(*arguments: object, sound: bytes) -> str:
    ours, theirs = pty.openpty()
    drawn: list[bytes] = []

    def read() -> None:
        while True:
            try:
                drawn.append(os.read(ours, 65536))
            except OSError:  # the terminal has closed
                return

    reader = threading.Thread(target=read)
    reader.start()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "30"}
    environment.pop("NO_COLOR", None)
    done = subprocess.run(
        [*LISTEN, *map(str, arguments)],
        input=sound,
        stdout=theirs,
        stderr=subprocess.PIPE,
        env=environment,
        check=False,
    )
    os.close(theirs)
    reader.join()
    os.close(ours)
    assert done.returncode == 0, done.stderr
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", b"".join(drawn).decode())


def test_a_terminal_shows_level_scores_and_events(model_path):
    sound, samples = pcm(24000)
    shown = shown_on_a_terminal(model_path, "-", "--events", sound=sound)
    model = dslite.Model(model_path)
    answers = list(model.predict(samples[:, 0]))
    last, events = answers[-1], list(dslite.Decision(model).events(answers))
    assert f"{last.label} {last.start_s:.2f} – {last.end_s:.2f} s" in shown
    for label, score in zip(LABELS, last.scores, strict=True):
        assert re.search(rf"{label} +━.* {score:.3f}", shown)
    assert re.search(r"1\.5 s ━.* -\d+\.\d dBFS", shown)
    for event in events:
        assert f"{event.start_s:.2f} – {event.end_s:.2f} s  {event.label}  {event.peak:.3f}" in shown


def test_answers_are_explained_while_they_come(tmp_path):
    """As lines and on a terminal what the stream says, which is what ``Model.explain`` says of its chunks."""
    path = write_explained(tmp_path / "explained.tflite")
    sound, samples = pcm(24000)
    model = dslite.Model(path)
    stream = model.stream()
    answers = stream.push(samples[:5000]) + stream.push(samples[5000:]) + stream.finish()
    for index, answer in enumerate(answers):
        chunk = model.front.chunk(samples[:, 0].copy(), index)
        explanation = model.explain(chunk)
        assert answer.explanation is not None
        assert answer.explanation.as_dict() == explanation.as_dict()
        assert answer.explanation.seconds == explanation.seconds
    lines = objects(listen(path, "-", "--explain", "--json", sound=sound).stdout)
    assert [line["why"] for line in lines] == [
        [
            {
                "start": answer.start_s + region.start_s,
                "end": answer.start_s + region.end_s,
                "low_hz": region.low_hz,
                "high_hz": region.high_hz,
                "share": region.share,
            }
            for region in answer.explanation.regions
        ]
        for answer in answers
    ]
    assert "why" not in listen(path, "-", "--json", sound=sound).stdout
    last = answers[-1]
    assert last.explanation.words(last.start_s) in shown_on_a_terminal(path, "-", "--explain", sound=sound)


def test_what_has_no_class_maps_is_not_explained(model_path):
    assert "dslite export RUN --explain` adds them" in complaint(listen(model_path, "-", "--explain"))
    both = listen(model_path, "-", "--explain", "--events")
    assert (both.returncode, "--events shows events instead" in both.stderr) == (2, True)
    assert next(dslite.Model(model_path).predict(pcm(8000)[1][:, 0].copy())).explanation is None
