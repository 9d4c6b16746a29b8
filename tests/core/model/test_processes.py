"""Models in other processes: pickled, copied, forked; and what says that it cannot be."""

from __future__ import annotations

import copy
import importlib.util
import os
import pickle
import signal
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from small_models import write_classifier, write_identity

import dslite

LABELS = ["dog", "rain"]
SAMPLES = np.random.default_rng(1).standard_normal(4000).astype(np.float32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_classifier(tmp_path / "model.tflite", LABELS)


def library(package: str, name: str) -> Path:
    spec = importlib.util.find_spec(package)
    assert spec, f"{package} not found: pip install 'dslite[test]'"
    return next(Path(next(iter(spec.submodule_search_locations))).rglob(name))


@pytest.fixture(params=["litert", "tflite"])
def runtime(request: pytest.FixtureRequest) -> Path:
    if request.param == "litert":
        return library("ai_edge_litert", "libLiteRt.so")
    return library("pyopen_wakeword", "libtensorflowlite_c.so")


COPIES: dict[str, Callable[[dslite.Model], dslite.Model]] = {
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),
    "pickle_2": lambda model: pickle.loads(pickle.dumps(model, protocol=2)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}


@pytest.mark.parametrize("way", COPIES)
def test_copies_answer_alike_with_the_same_settings(way, path, runtime, monkeypatch):
    monkeypatch.chdir(path.parent)
    model = dslite.Model("model.tflite", threads=2, runtime=runtime)
    monkeypatch.chdir("/")
    other = COPIES[way](model)
    assert other is not model
    assert (other.runtime, other.labels, other.recipe) == (model.runtime, model.labels, model.recipe)
    np.testing.assert_array_equal(other.scores(SAMPLES), model.scores(SAMPLES))
    assert pickle.dumps(other) == pickle.dumps(model)  # threads, too


def test_workers_get_a_model(path):
    model = dslite.Model(path)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for scores in pool.map(model.scores, [SAMPLES, SAMPLES]):
            np.testing.assert_array_equal(scores, model.scores(SAMPLES))


def test_a_file_that_became_another_model_is_refused(path):
    pickled = pickle.dumps(dslite.Model(path))
    write_classifier(path, LABELS[::-1])
    with pytest.raises(dslite.Error, match=r"model.tflite: another model than the one that was pickled"):
        pickle.loads(pickled)
    path.unlink()
    with pytest.raises(dslite.Error, match="No such file"):
        pickle.loads(pickled)


def test_a_network_that_became_another_is_refused(tmp_path):
    path = write_identity(tmp_path / "model.tflite")
    pickled = pickle.dumps(dslite.Model(path))
    write_identity(path, quantized=True)  # the same texts but for the checksum
    with pytest.raises(dslite.Error, match="another model"):
        pickle.loads(pickled)


@pytest.mark.parametrize("way", [pickle.dumps, copy.copy, copy.deepcopy])
def test_what_is_in_progress_is_refused(way, path):
    model = dslite.Model(path)
    with pytest.raises(TypeError, match=r"a Stream cannot be pickled or copied: .* pass the Model"):
        way(model.stream())
    with pytest.raises(TypeError, match=r"a Decision cannot be pickled or copied: .* pass the Model"):
        way(dslite.Decision(model))
    with pytest.raises(TypeError, match="NativeModel"):
        way(model.native)


def forked(work: Callable[[], int], limit_s: float = 60) -> int:
    """The exit code that ``work`` gives a forked child; -SIGKILL if that hangs."""
    child = os.fork()
    if child == 0:
        try:
            os._exit(work())
        finally:
            os._exit(99)
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("threads", [1, 2])
def test_a_forked_process_answers_or_says_why_not(path, runtime, threads):
    model = dslite.Model(path, threads=threads, runtime=runtime)
    expected = model.scores(SAMPLES)
    waits = threads > 1 and runtime.name == "libtensorflowlite_c.so"

    def answer() -> int:
        try:
            return int(not np.array_equal(model.scores(SAMPLES), expected))
        except dslite.Error as error:
            return 42 if "forked from one that opened the model with 2 threads" in str(error) else 1

    def open_and_answer() -> int:
        own = dslite.Model(path, threads=threads, runtime=runtime)
        return int(not np.array_equal(own.scores(SAMPLES), expected))

    assert forked(answer) == (42 if waits else 0)
    assert forked(open_and_answer) == 0
    np.testing.assert_array_equal(model.scores(SAMPLES), expected)  # the parent goes on
