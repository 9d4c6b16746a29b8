"""The standalone program: files, raw PCM and microphones give the same answers, and it ends as told."""

from __future__ import annotations

import array
import fcntl
import importlib.util
import json
import os
import signal
import subprocess
import sys
import termios
import threading
import time
import wave
from contextlib import suppress
from pathlib import Path
from typing import IO

import numpy as np
import pytest
import soundfile
from cpp_builds import find_tool, run
from explained_models import write_explained
from golden_models import FRAMES, LABELS, write_clip, write_golden
from small_models import QUICK, write_classifier, write_identity

import dslite
from dslite.formats import json_line


@pytest.fixture(scope="module", autouse=True)
def runtime():
    """A program outside the environment does not know that LiteRT lies in it."""
    spec = importlib.util.find_spec("ai_edge_litert")
    library = Path(next(iter(spec.submodule_search_locations))) / "libLiteRt.so"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DSLITE_TFLITE_LIBRARY", str(library))
        yield library


@pytest.fixture(scope="module")
def program(request) -> str:
    """The one that pip installed, or one built from this tree."""
    return find_tool("dslite-run") or str(
        request.getfixturevalue("cpp_build") / "cpp" / "tool" / "dslite-run"
    )


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    recipe = QUICK.replace(decision={"smoothing": "mean", "smoothing_chunks": 2})
    return write_classifier(tmp_path_factory.mktemp("model") / "model.tflite", LABELS, recipe)


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.wav")


@pytest.fixture(scope="module")
def answers(program, model, clip) -> list[dict]:
    """Of the file, without its name."""
    return lines(run(program, model, clip))


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


@pytest.mark.parametrize("endless", ["/dev/zero", "/dev/full"])
def test_an_endless_device_is_no_recording(endless, program, model, clip, answers):
    done = call(program, model, endless, clip)
    assert done.returncode == 1
    assert complaint(done).splitlines() == [
        f"dslite-run: {endless}: this is no RIFF/WAVE file",
        "dslite-run: 1 of 2 clips failed",
    ]
    assert lines(done.stdout.decode()) == answers


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


@pytest.fixture
def flaky_alsa(tmp_path) -> str:
    """A folder with a libasound.so.2 whose device "flaky" fails in every way."""
    compiler = find_tool("cc", "gcc", "clang")
    assert compiler, "a C compiler was not found"
    source = Path(__file__).with_name("failing_alsa.c")
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
