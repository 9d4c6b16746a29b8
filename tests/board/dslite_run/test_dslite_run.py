"""The standalone program: files and raw PCM give the same answers, and what is wrong is one line."""

from __future__ import annotations

import json
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import soundfile
from cpp_builds import run
from dslite_run_program import RAW, call, complaint, lines, samples_of
from explained_models import write_explained
from golden_models import FRAMES, LABELS, write_golden
from small_models import write_identity

import dslite
from dslite.formats import json_line

pytestmark = pytest.mark.usefixtures("runtime")


@pytest.mark.parametrize("name", ["s16", "s32", "f32"])
def test_raw_sound_is_answered_like_the_file(name, program, model, clip, answers):
    samples = samples_of(clip)
    raw = {
        "s16": samples.tobytes(),
        "s32": (samples.astype("<i4") << 16).tobytes(),
        "f32": (samples / np.float32(32768)).astype("<f4").tobytes(),
    }[name]
    done = call(program, f"--format={name}", model, *RAW, sound=raw)
    assert done.returncode == 0, done.stderr
    assert len(answers) == 8
    assert lines(done.stdout.decode()) == answers


@pytest.mark.parametrize("content", [b"", b"TFL3 is not all that makes a model" * 400])
def test_a_model_overwritten_while_sound_stalls(content, program, model, clip, answers, tmp_path):
    copy = tmp_path / "model.tflite"
    copy.write_bytes(model.read_bytes())
    sound = samples_of(clip).tobytes()
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "bufsize": 0}
    with subprocess.Popen([program, copy, *RAW], **pipes) as running:
        running.stdin.write(sound[: len(sound) // 2])
        said = running.stdout.readline()
        copy.write_bytes(content)  # in place, as cp does: not a new file under the old name
        time.sleep(1)
        said += running.communicate(sound[len(sound) // 2 :])[0]
    assert running.returncode == 0
    assert lines(said.decode()) == answers


def test_events_are_the_same_live_and_cover_the_clip(program, model, clip, answers):
    decided = lines(run(program, "--events", model, clip))
    live = call(program, "--events", model, *RAW, sound=samples_of(clip).tobytes())
    assert lines(live.stdout.decode()) == decided
    assert max(event["end"] for event in decided) == answers[-1]["end"]
    assert all(event["label"] in LABELS and 0 < event["peak"] <= 1 for event in decided)


def test_events_of_values_need_a_threshold(program, tmp_path, clip):
    done = call(program, "--events", write_identity(tmp_path / "values.tflite"), clip)
    assert done.returncode == 1
    assert "[decision] sets none" in complaint(done)


@pytest.mark.parametrize("odd", [1, 2, 3])
def test_sound_ending_mid_frame_is_reported_after_its_answers(odd, program, model, clip, answers):
    done = call(program, model, *RAW, sound=samples_of(clip).tobytes() + b"\1" * odd)
    assert done.returncode == 1
    assert lines(done.stdout.decode()) == answers
    expected = f"stdin: ends {odd} bytes into a frame, after {FRAMES} whole ones: expected frames of 4 bytes"
    assert expected in complaint(done)


@pytest.mark.parametrize(
    ("sound", "told"),
    [
        (b"", "stdin: 0 frames of sound are too short for an answer"),
        (b"RIFF" + bytes(40), "stdin: begins like a WAV file"),
        (b"fLaC" + bytes(40), "stdin: begins like a sound file"),
        (b"OggS" + bytes(40), "stdin: begins like a sound file"),
        (np.array([0.5] * 5000 + [np.nan], "<f4").tobytes(), "frame 5000, channel 0 of the push is nan"),
    ],
)
def test_sound_that_cannot_be_answered(sound, told, program, model):
    done = call(program, "--format", "f32", model, "-", sound=sound)
    assert done.returncode == 1
    assert told in complaint(done)


@pytest.mark.parametrize("at_once", [2, 300, 65536])
@pytest.mark.parametrize("rate_hz", [44100, 16000, 8000])
def test_mp3_without_a_tag_is_no_raw_sound(at_once, rate_hz, program, model, tmp_path):
    """However its bytes come: three frames in a row tell."""
    path = tmp_path / "x.mp3"
    soundfile.write(path, np.random.default_rng(1).uniform(-0.5, 0.5, rate_hz), rate_hz, format="MP3")
    content = path.read_bytes()
    assert content[0] == 0xFF
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "bufsize": 0}
    with subprocess.Popen([program, model, "-"], **pipes) as running:
        with suppress(BrokenPipeError):
            for at in range(0, len(content), at_once):
                running.stdin.write(content[at : at + at_once])
        said, told = running.communicate(timeout=60)
    assert (running.returncode, said) == (1, b"")
    assert b"stdin: begins like a sound file" in told


def test_raw_sound_that_begins_like_a_frame_is_sound(program, model, clip, answers):
    """One header of MP3, and nothing at the place of the next."""
    sound = samples_of(clip).copy()
    sound.reshape(-1)[:2] = np.frombuffer(bytes([0xFF, 0xFB, 0x90, 0x00]), "<i2")
    done = call(program, model, *RAW, sound=sound.tobytes())
    assert done.returncode == 0
    assert len(lines(done.stdout.decode())) == len(answers)
    done = call(program, model, *RAW, sound=sound.tobytes()[:800])  # too short to be decided
    assert b"too short for an answer" in done.stderr or done.returncode == 0


@pytest.mark.parametrize("words", [["CLIP"], ["-"], ["--explain", "CLIP"], ["--info"], ["--bench"]])
def test_libraries_are_silent_unless_verbose(words, program, clip, tmp_path):
    """LiteRT logs that it made its XNNPACK delegate, whatever its settings say."""
    model = write_explained(tmp_path / "explained.tflite")
    sound = samples_of(clip).tobytes()
    said = [str(clip) if word == "CLIP" else word for word in words]
    quiet = call(program, model, *said, sound=sound)
    assert (quiet.returncode, quiet.stderr) == (0, b"")
    verbose = call(program, "--verbose", model, *said, sound=sound)
    assert b"XNNPACK" in verbose.stderr
    if words != ["--bench"]:
        assert verbose.stdout == quiet.stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--nonsense", "MODEL", "-"], "unknown option '--nonsense'"),
        (["--verify=1", "MODEL"], "unknown option '--verify=1'"),
        (["--format", "u8", "MODEL", "-"], "--format u8: expected s16, s32 or f32"),
        (["--rate", "99", "MODEL", "-"], "--rate 99: expected 100 to 768000"),
        (["--channels", "0", "MODEL", "-"], "--channels 0: expected 1 to 1024"),
        (["--channels", "2", "MODEL", "CLIP"], "--channels is for '-' and --mic"),
        (["--rate", "16000", "MODEL", "CLIP"], "--rate is for '-', --mic and --bench"),
        (["MODEL", "-", "CLIP"], "expected '-' or clips, got both"),
        (["MODEL"], "expected clips, '-' or --mic after the model"),
        (["--mic", "MODEL", "CLIP"], "--mic takes a model and no clips"),
        (["--verify", "MODEL", "CLIP"], "--verify takes a model and no clips"),
        (["--info", "--bench", "MODEL"], "--info and --bench: expected one of them"),
        (["--bench", "--events", "MODEL"], "--bench takes no --events"),
        (["--ops", "MODEL", "CLIP"], "--ops is for --bench"),
        (["--threads"], "--threads: expected a value after it"),
        ([], "expected a model"),
    ],
)
def test_wrong_usage(words, told, program, model, clip):
    given = {"MODEL": str(model), "CLIP": str(clip)}
    done = call(program, *(given.get(word, word) for word in words))
    assert (done.returncode, done.stdout) == (2, b"")
    assert told in complaint(done)


@pytest.mark.parametrize("option", ["--info", "--verify", "--bench", "--mic", "-"])
def test_a_broken_model(option, program, model, tmp_path):
    broken = tmp_path / "broken.tflite"
    broken.write_bytes(model.read_bytes()[:-100])
    done = call(program, option, broken) if option != "-" else call(program, broken, option)
    assert done.returncode == 1
    assert complaint(done).startswith(f"dslite-run: {broken}: ")
    assert complaint(done).count("\n") == 0


def test_help_tells_every_option(program):
    told = run(program, "--help")
    assert run(program, "--version") == f"dslite-run {dslite.__version__}\n"
    options = "events format rate channels info verify bench ops threads runtime mic verbose version help"
    for option in options.split(" "):
        assert f"--{option}" in told


def test_explain_says_the_regions_that_python_says(program, tmp_path, clip):
    model = write_explained(tmp_path / "explained.tflite")
    opened = dslite.Model(model)
    samples = dslite.read_audio(clip, 16000)
    said = lines(run(program, "--explain", model, clip))
    assert said
    # Python's answers and lines are explained alike.
    answers = list(opened.predict(clip))
    assert [json.loads(json_line(clip, opened.labels, one, True))["why"] for one in answers] == [
        [pytest.approx(region) for region in one["why"]] for one in said
    ]
    for i, (answer, (first, _)) in enumerate(zip(said, opened.front.spans(len(samples)), strict=True)):
        explanation = opened.explain(opened.front.chunk(samples, i))
        assert explanation.label == answer["label"]
        assert [set(region) for region in answer["why"]] == [
            {"start", "end", "low_hz", "high_hz", "share"}
        ] * len(explanation.regions)
        for region, expected in zip(answer["why"], explanation.regions, strict=True):
            assert region["start"] == pytest.approx(first / 16000 + expected.start_s)
            assert region["end"] == pytest.approx(first / 16000 + expected.end_s)
            assert region["low_hz"] == pytest.approx(expected.low_hz)
            assert region["high_hz"] == pytest.approx(expected.high_hz)
            assert region["share"] == pytest.approx(expected.share)
    # Live sound is explained as well.
    pcm = subprocess.run(
        [program, "--explain", "--rate", "44100", "--channels", "2", model, "-"],
        input=samples_of(clip).tobytes(),
        capture_output=True,
        check=True,
    ).stdout.decode()
    assert [line["why"] for line in map(json.loads, pcm.splitlines())] == [line["why"] for line in said]


def test_explain_needs_class_maps(program, model, clip):
    done = subprocess.run([program, "--explain", model, clip], capture_output=True, text=True)
    assert done.returncode == 1
    assert "--explain: the network has no class maps; `dslite export RUN --explain` adds them" in done.stderr
    both = subprocess.run([program, "--explain", "--events", model, clip], capture_output=True, text=True)
    assert (both.returncode, both.stdout) == (2, "")


@pytest.fixture(scope="module")
def golden_model(tmp_path_factory) -> Path:
    return write_golden(tmp_path_factory.mktemp("golden") / "golden.tflite")


def test_verify_agrees(program, golden_model):
    said = run(program, "--verify", golden_model).splitlines()
    assert [line.split(":")[0] for line in said] == ["samples", "log_mel", "tensor", "scores"]
    assert all("the same bits" in line for line in said[:3])


def test_verify_checks_the_front_end_without_a_runtime(program, golden_model):
    done = call(program, "--verify", "--runtime", "/nowhere.so", golden_model)
    assert done.returncode == 1
    assert done.stdout.decode().count("the same bits") == 3
    assert "/nowhere.so" in complaint(done)


def test_bench_times_every_stage(program, model):
    bench = json.loads(run(program, "--bench", "--rate", "44100", model))
    assert list(bench["stages"]) == ["resample", "mel", "tensor", "network", "answer", "stream"]
    assert 0 < bench["real_time_factor"] < 1
    assert bench["peak_memory_bytes"] > 1e6
