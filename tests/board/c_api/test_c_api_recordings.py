"""Recordings and explanations by libdslite.so: what Python gives."""

from __future__ import annotations

import ctypes
import os
import warnings
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile
from c_api_calls import (
    FAILED,
    INVALID_ARGUMENT,
    NOTHING,
    OK,
    Answer,
    Region,
    open_stream,
    push,
    sound,
)
from explained_models import write_explained

import dslite


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
