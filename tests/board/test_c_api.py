"""libdslite.so as others meet it: installed, found by CMake and pkg-config, called from C and ctypes."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import re
import shlex
import subprocess
import threading
import warnings
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile
from cpp_builds import REPOSITORY, find_tool, run
from explained_models import write_explained
from small_models import QUICK, write_classifier, write_identity

import dslite

SOURCES = Path(__file__).parent / "c_api"
LABELS = ["dog", "rain", "siren"]
OK, NOTHING, INVALID_ARGUMENT, FAILED = 0, 1, -1, -2


class Answer(ctypes.Structure):
    _fields_ = (
        ("start_s", ctypes.c_double),
        ("end_s", ctypes.c_double),
        ("best", ctypes.c_size_t),
        ("scores", ctypes.POINTER(ctypes.c_float)),
        ("score_count", ctypes.c_size_t),
    )


class Region(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_double) for name in ("start_s", "end_s", "low_hz", "high_hz", "share"))


class Event(ctypes.Structure):
    _fields_ = (
        ("start_s", ctypes.c_double),
        ("end_s", ctypes.c_double),
        ("label", ctypes.c_size_t),
        ("peak", ctypes.c_float),
    )


@pytest.fixture(scope="module")
def prefix(cpp_build, tmp_path_factory) -> Path:
    """What ``cmake --install`` leaves, moved elsewhere afterwards."""
    folder = tmp_path_factory.mktemp("installed")
    run(find_tool("cmake"), "--install", cpp_build, "--prefix", folder / "built")
    return (folder / "built").rename(folder / "moved")


@pytest.fixture(scope="module")
def library(prefix) -> Path:
    (path,) = prefix.rglob("libdslite.so")
    return path


@pytest.fixture(scope="module")
def runtime() -> str:
    """The LiteRT library."""
    spec = importlib.util.find_spec("ai_edge_litert")
    (path,) = Path(next(iter(spec.submodule_search_locations))).glob("libLiteRt.so")
    return str(path)


@pytest.fixture(scope="module")
def model_path(tmp_path_factory) -> Path:
    return write_classifier(tmp_path_factory.mktemp("model") / "model.tflite", LABELS)


@pytest.fixture(scope="module")
def api(library) -> ctypes.CDLL:
    api = ctypes.CDLL(str(library))
    for name in ("version", "last_error", "model_label", "recording_warning"):
        getattr(api, f"dslite_{name}").restype = ctypes.c_char_p
    for name in ("model_label_count", "stream_dropped", "decision_dropped"):
        getattr(api, f"dslite_{name}").restype = ctypes.c_size_t
    return api


def by_pkg_config(prefix: Path, folder: Path) -> Path:
    (found,) = prefix.rglob("dslite.pc")
    config = find_tool("pkg-config", "pkgconf")
    if config is None:
        pytest.skip("pkg-config not found")
    flags = run(config, "--cflags", "--libs", "dslite", environment={"PKG_CONFIG_PATH": str(found.parent)})
    strict = ("-std=c99", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Werror")
    program = folder / "answers"
    run(find_tool("cc"), *strict, SOURCES / "answers.c", "-o", program, *shlex.split(flags))
    return program


def by_cmake(prefix: Path, folder: Path) -> Path:
    cmake = find_tool("cmake")
    run(cmake, "-S", SOURCES, "-B", folder, f"-DCMAKE_PREFIX_PATH={prefix}")
    run(cmake, "--build", folder)
    return folder / "answers"


def sound(frames: int, channels: int) -> np.ndarray:
    noise = np.random.default_rng(2).standard_normal((frames, channels))
    return (0.1 * noise * np.linspace(0, 3, frames)[:, None]).astype(np.float32)


@pytest.mark.parametrize("build", [by_pkg_config, by_cmake])
def test_a_c_program_answers_as_python_does(build, prefix, library, runtime, model_path, tmp_path):
    program = build(prefix, tmp_path)
    samples = sound(70001, 2)
    command = [program, model_path, runtime, "44100", "2", "997"]
    environment = {**os.environ, "LD_LIBRARY_PATH": str(library.parent)}
    done = subprocess.run(command, input=samples.tobytes(), capture_output=True, env=environment, check=True)
    lines = done.stdout.decode().splitlines()

    model = dslite.Model(model_path)
    stream = model.stream(44100, 2)
    answers = stream.push(samples) + stream.finish()
    found = [line.split()[1:] for line in lines if line.startswith("answer")]
    assert [(float(a), float(b), label) for a, b, label, *_ in found] == [
        (answer.start_s, answer.end_s, answer.label) for answer in answers
    ]
    np.testing.assert_array_equal(
        np.float32([scores for _, _, _, *scores in found]), [answer.scores for answer in answers]
    )
    events = list(dslite.Decision(model).events(answers))
    assert [line for line in lines if line.startswith("event")] == [
        f"event {event.start_s:.17g} {event.end_s:.17g} {event.label} {event.peak:.9g}" for event in events
    ]
    assert lines[-1] == "0.1.0, classes: 3 labels, 16000 Hz, 0 dropped"


def test_the_c_program_says_what_is_wrong(prefix, library, runtime, tmp_path):
    program = by_cmake(prefix, tmp_path)
    environment = {**os.environ, "LD_LIBRARY_PATH": str(library.parent)}
    done = subprocess.run(
        [program, "/no/model", runtime, "16000", "1", "10"], capture_output=True, env=environment, check=False
    )
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode().startswith("answers: /no/model: cannot be read")


@pytest.mark.parametrize("language", ["-xc -std=c99", "-xc -std=c17", "-xc++ -std=c++11"])
def test_the_header_stands_alone(prefix, language, tmp_path):
    source = tmp_path / "one_line"
    source.write_text("#include <dslite/dslite.h>\n")
    flags = (*language.split(), "-pedantic", "-Wall", "-Wextra", "-Werror", "-fsyntax-only")
    run(find_tool("cc"), *flags, "-I", prefix / "include", source)


def test_the_library_shows_its_functions_and_needs_only_libc(library):
    listed = run(find_tool("nm"), "--dynamic", "--defined-only", library).splitlines()
    header = (REPOSITORY / "cpp" / "include" / "dslite" / "dslite.h").read_text()
    declared = set(re.findall(r"^DSLITE_API .*?\b(dslite_\w+)\(", header, re.MULTILINE))
    assert {line.split()[-1] for line in listed} == declared
    needed = re.findall(r"NEEDED +(\S+)", run(find_tool("objdump"), "-p", library))
    assert {name.split(".so")[0] for name in needed} <= {"libc", "libm", "libdl", "libpthread"} | {
        name.split(".so")[0] for name in needed if name.startswith("ld-linux")
    }
    assert re.search(r"SONAME +libdslite\.so\.0\n", run(find_tool("objdump"), "-p", library))


@pytest.fixture
def model(api, runtime, model_path):
    handle = ctypes.c_void_p()
    status = api.dslite_model_open(os.fsencode(model_path), runtime.encode(), 1, ctypes.byref(handle))
    assert status == OK, api.dslite_last_error()
    yield handle
    api.dslite_model_close(handle)


def open_stream(api, model, rate_hz=16000, channels=1, max_answers=0) -> ctypes.c_void_p:
    stream = ctypes.c_void_p()
    status = api.dslite_stream_open(
        model, rate_hz, channels, ctypes.c_size_t(max_answers), ctypes.byref(stream)
    )
    assert status == OK, api.dslite_last_error()
    return stream


def push(api, stream, samples: np.ndarray) -> int:
    pointer = samples.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
    return api.dslite_stream_push(stream, pointer, ctypes.c_size_t(len(samples)))


def taken(api, stream) -> list[tuple[float, float, tuple[float, ...]]]:
    answer, answers = Answer(), []
    while (status := api.dslite_stream_next(stream, ctypes.byref(answer))) == OK:
        answers.append((answer.start_s, answer.end_s, tuple(answer.scores[: answer.score_count])))
    assert status == NOTHING
    return answers


def expected(model_path, samples) -> list[tuple[float, float, tuple[float, ...]]]:
    answers = dslite.Model(model_path).predict(samples)
    return [(answer.start_s, answer.end_s, tuple(map(float, answer.scores))) for answer in answers]


def test_ctypes_gets_the_answers(api, model, model_path):
    samples = np.ascontiguousarray(sound(20001, 1)[:, 0])
    stream = open_stream(api, model)
    answers = []
    for at in range(0, len(samples), 777):
        assert push(api, stream, samples[at : at + 777]) == OK
        answers += taken(api, stream)
    assert api.dslite_stream_finish(stream) == OK
    assert answers + taken(api, stream) == expected(model_path, samples)
    assert push(api, stream, samples) == INVALID_ARGUMENT
    assert b"the stream is finished" in api.dslite_last_error()
    api.dslite_stream_close(stream)


def open_recording(api, model, path: Path) -> tuple[int, ctypes.c_void_p]:
    recording = ctypes.c_void_p()
    return api.dslite_recording_open(model, os.fsencode(path), ctypes.byref(recording)), recording


def test_recordings_give_the_answers_and_the_warnings_of_python(api, model, model_path, tmp_path):
    path = tmp_path / os.fsdecode(b"K\xe4se.wav")
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, 44100, 0, "NONE", ""))
        file.writeframes((sound(132_300, 2) * 8192).astype("<i2").tobytes())
    whole = path.read_bytes()
    for content, warned in (whole, False), (whole[:-200_000], True):
        path.write_bytes(content)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            expected = [
                (a.start_s, a.end_s, tuple(map(float, a.scores)))
                for a in dslite.Model(model_path).predict(path)
            ]
        status, recording = open_recording(api, model, path)
        assert status == OK, api.dslite_last_error()
        said = api.dslite_recording_warning(recording).decode()
        assert bool(said) == warned == bool(caught)
        if warned:
            assert said.endswith("the file ends early")
            assert str(caught[0].message).endswith(": " + said)
        answer, found = Answer(), []
        while (status := api.dslite_recording_next(recording, ctypes.byref(answer))) == OK:
            found.append((answer.start_s, answer.end_s, tuple(answer.scores[: answer.score_count])))
        assert status == NOTHING == api.dslite_recording_next(recording, ctypes.byref(answer))
        assert len(found) > 10
        assert found == expected
        api.dslite_recording_close(recording)


def test_recordings_that_fail_say_where_and_end(api, model, tmp_path):
    status, handle = open_recording(api, model, tmp_path / "gone.wav")
    assert (status, handle.value) == (FAILED, None)
    assert b"gone.wav: cannot be opened" in api.dslite_last_error()
    path, samples = tmp_path / "x.wav", sound(20_000, 1)
    samples[9_000] = np.nan
    soundfile.write(path, samples, 16000, "FLOAT")
    status, recording = open_recording(api, model, path)
    assert status == OK
    answer = Answer()
    while (status := api.dslite_recording_next(recording, ctypes.byref(answer))) == OK:
        pass
    assert status == FAILED
    assert b"x.wav: frame 9000 is not a number" in api.dslite_last_error()
    assert api.dslite_recording_next(recording, ctypes.byref(answer)) == NOTHING
    assert api.dslite_recording_next(recording, None) == INVALID_ARGUMENT
    api.dslite_recording_close(recording)
    api.dslite_recording_close(None)
    assert api.dslite_recording_warning(None) == b""


def test_answers_are_explained_as_python_explains_them(api, runtime, tmp_path):
    path = write_explained(tmp_path / "explained.tflite")
    model = ctypes.c_void_p()
    assert api.dslite_model_open(os.fsencode(path), runtime.encode(), 1, ctypes.byref(model)) == OK
    stream, answer = open_stream(api, model), Answer()
    regions, count = (Region * 3)(), ctypes.c_size_t()

    def explain(label, capacity=3):
        return api.dslite_stream_explain(
            stream, ctypes.c_size_t(label), regions, ctypes.c_size_t(capacity), ctypes.byref(count)
        )

    assert explain(0) == NOTHING
    samples = np.ascontiguousarray(sound(9000, 1)[:, 0])
    assert push(api, stream, samples) == OK
    opened = dslite.Model(path)
    for index in range(3):
        assert api.dslite_stream_next(stream, ctypes.byref(answer)) == OK
        for label, name in enumerate(opened.labels):
            expected = opened.explain(opened.front.chunk(samples, index), name).regions
            assert explain(label) == OK
            assert count.value == len(expected)
            for got, wanted in zip(regions, expected, strict=False):
                assert got.start_s == pytest.approx(answer.start_s + wanted.start_s)
                assert got.low_hz == pytest.approx(wanted.low_hz)
                assert got.share == pytest.approx(wanted.share)
    assert explain(9) == INVALID_ARGUMENT
    assert b"label 9: expected 0 to 2" in api.dslite_last_error()
    regions[0].share = -7
    assert explain(0, capacity=0) == OK
    assert regions[0].share == -7
    api.dslite_stream_close(stream)
    api.dslite_model_close(model)


def test_a_model_without_maps_explains_nothing(api, model):
    stream, answer = open_stream(api, model), Answer()
    assert push(api, stream, np.ascontiguousarray(sound(9000, 1)[:, 0])) == OK
    assert api.dslite_stream_next(stream, ctypes.byref(answer)) == OK
    count = ctypes.c_size_t()
    said = api.dslite_stream_explain(
        stream, ctypes.c_size_t(0), None, ctypes.c_size_t(0), ctypes.byref(count)
    )
    assert said == INVALID_ARGUMENT
    assert b"no class maps" in api.dslite_last_error()
    api.dslite_stream_close(stream)


def test_what_is_not_taken_is_dropped_and_counted(api, model, model_path):
    samples = np.ascontiguousarray(sound(20000, 1)[:, 0])
    stream = open_stream(api, model, max_answers=2)
    assert push(api, stream, samples) == OK
    assert api.dslite_stream_dropped(stream) == 7
    assert taken(api, stream) == expected(model_path, samples)[7:]
    api.dslite_stream_close(stream)


def test_bad_samples_change_nothing(api, model, model_path):
    samples = np.ascontiguousarray(sound(9000, 1)[:, 0])
    stream = open_stream(api, model)
    assert push(api, stream, np.float32([])) == OK
    assert push(api, stream, samples[:5000]) == OK
    assert push(api, stream, np.float32([0, np.nan])) == INVALID_ARGUMENT
    assert api.dslite_last_error() == (
        b"frame 1, channel 0 of the push is nan: expected finite values of magnitude up to 1e12"
    )
    assert push(api, stream, samples[5000:]) == OK
    api.dslite_stream_finish(stream)
    assert taken(api, stream) == expected(model_path, samples)
    api.dslite_stream_close(stream)


def test_a_model_may_be_closed_first(api, runtime, model_path):
    model = ctypes.c_void_p()
    assert api.dslite_model_open(os.fsencode(model_path), runtime.encode(), 1, ctypes.byref(model)) == OK
    stream, decision = open_stream(api, model), ctypes.c_void_p()
    assert api.dslite_decision_open(model, ctypes.byref(decision)) == OK
    api.dslite_model_close(model)
    samples = np.ascontiguousarray(sound(4000, 1)[:, 0])
    assert push(api, stream, samples) == OK
    answer, event = Answer(), Event()
    assert api.dslite_stream_next(stream, ctypes.byref(answer)) == OK
    assert api.dslite_decision_push(decision, ctypes.byref(answer)) == OK
    assert api.dslite_decision_next(decision, ctypes.byref(event)) == NOTHING
    assert api.dslite_decision_finish(decision) == OK
    assert api.dslite_decision_next(decision, ctypes.byref(event)) == OK
    assert (event.start_s, event.end_s, event.label) == (0.0, 0.25, answer.best)
    api.dslite_stream_close(stream)
    api.dslite_decision_close(decision)


def test_events_wait_up_to_a_bound(api, model):
    decision = ctypes.c_void_p()
    assert api.dslite_decision_open(model, ctypes.byref(decision)) == OK
    rows = [(ctypes.c_float * 3)(1, 0, 0), (ctypes.c_float * 3)(0, 1, 0)]
    for i in range(2001):
        answer = Answer(i, i + 1, 0, rows[i % 2], 3)
        assert api.dslite_decision_push(decision, ctypes.byref(answer)) == OK
    assert api.dslite_decision_dropped(decision) == 2000 - 1024
    event, starts = Event(), []
    while api.dslite_decision_next(decision, ctypes.byref(event)) == OK:
        starts.append(event.start_s)
    assert starts == list(range(2000 - 1024, 2000))
    api.dslite_decision_close(decision)


def test_wrong_calls_are_told_and_nothing_crashes(api, model, runtime, model_path, tmp_path):
    handle = ctypes.c_void_p(0xABCD)
    out, null = ctypes.byref(handle), None
    path, library = os.fsencode(model_path), runtime.encode()
    clips = os.fsencode(write_identity(tmp_path / "clips.tflite", QUICK.replace(chunk={"seconds": 0.0})))
    stream = open_stream(api, model)
    short = Answer(0, 1, 0, (ctypes.c_float * 2)(), 2)
    decision = ctypes.c_void_p()
    api.dslite_decision_open(model, ctypes.byref(decision))
    whole = ctypes.c_void_p()
    assert api.dslite_model_open(clips, library, 1, ctypes.byref(whole)) == OK
    for status, call, says in (
        (INVALID_ARGUMENT, lambda: api.dslite_model_open(null, null, 1, out), "path is null"),
        (INVALID_ARGUMENT, lambda: api.dslite_model_open(path, library, 0, out), "threads = 0"),
        (INVALID_ARGUMENT, lambda: api.dslite_model_open(path, library, 1, null), "model is null"),
        (FAILED, lambda: api.dslite_model_open(b"/none", library, 1, out), "/none: cannot be read"),
        (FAILED, lambda: api.dslite_model_open(path, b"/none.so", 1, out), "/none.so"),
        (INVALID_ARGUMENT, lambda: api.dslite_stream_open(null, 16000, 1, 0, out), "model is null"),
        (INVALID_ARGUMENT, lambda: api.dslite_stream_open(model, 1, 1, 0, out), "100 to 768000"),
        (INVALID_ARGUMENT, lambda: api.dslite_stream_open(model, 16000, 0, 0, out), "channels = 0"),
        (FAILED, lambda: api.dslite_stream_open(whole, 16000, 1, 0, out), "whole clips"),
        (INVALID_ARGUMENT, lambda: api.dslite_stream_push(null, null, 0), "stream is null"),
        (INVALID_ARGUMENT, lambda: api.dslite_stream_push(stream, null, 1), "samples is null"),
        (INVALID_ARGUMENT, lambda: api.dslite_stream_next(stream, null), "answer is null"),
        (INVALID_ARGUMENT, lambda: api.dslite_decision_push(decision, null), "answer is null"),
        (
            INVALID_ARGUMENT,
            lambda: api.dslite_decision_push(decision, ctypes.byref(short)),
            "answer with 2 scores: expected one for each of the 3 labels",
        ),
    ):
        assert call() == status, says
        assert says in api.dslite_last_error().decode()
    assert handle.value == 0xABCD
    assert api.dslite_stream_push(stream, null, 0) == OK
    assert api.dslite_model_label(model, 2) == b"siren"
    assert api.dslite_model_label(model, 3) is None
    assert api.dslite_model_label_count(null) == api.dslite_stream_dropped(null) == 0
    for close in (api.dslite_model_close, api.dslite_stream_close, api.dslite_decision_close):
        close(null)
    api.dslite_stream_close(stream)
    api.dslite_decision_close(decision)
    api.dslite_model_close(whole)


def test_threads_share_a_model_and_no_error(api, model, model_path):
    samples = np.ascontiguousarray(sound(60000, 1)[:, 0])
    wanted = expected(model_path, samples)
    results: dict[int, tuple[list, bytes]] = {}

    def work(i: int) -> None:
        stream = open_stream(api, model)
        answers = []
        for at in range(0, len(samples), 500 + i):
            push(api, stream, samples[at : at + 500 + i])
            answers += taken(api, stream)
        assert push(api, stream, np.full(i + 1, np.inf, np.float32)) == INVALID_ARGUMENT
        bad = np.zeros(100, np.float32)
        bad[i] = np.inf
        push(api, stream, bad)
        api.dslite_stream_finish(stream)
        results[i] = (answers + taken(api, stream), api.dslite_last_error())
        api.dslite_stream_close(stream)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i in range(4):
        answers, error = results[i]
        assert answers == wanted
        assert error.startswith(b"frame %d, channel 0" % i)
