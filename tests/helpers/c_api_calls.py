"""The C API by ctypes: its structures, and calls that several tests make."""

from __future__ import annotations

import ctypes

import numpy as np
from cpp_builds import REPOSITORY

import dslite

SOURCES = REPOSITORY / "tests" / "board" / "c_api"


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


def sound(frames: int, channels: int) -> np.ndarray:
    noise = np.random.default_rng(2).standard_normal((frames, channels))
    return (0.1 * noise * np.linspace(0, 3, frames)[:, None]).astype(np.float32)


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
