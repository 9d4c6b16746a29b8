"""libdslite.so as others meet it: installed, found by CMake and pkg-config, called from C and ctypes."""

from __future__ import annotations

import ctypes
import os
import re
import shlex
import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest
from c_api_calls import (
    FAILED,
    INVALID_ARGUMENT,
    NOTHING,
    OK,
    SOURCES,
    Answer,
    Event,
    expected,
    open_stream,
    push,
    sound,
    taken,
)
from cpp_builds import REPOSITORY, find_tool, run
from small_models import QUICK, write_identity

import dslite


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
