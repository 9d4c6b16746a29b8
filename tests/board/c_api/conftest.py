"""libdslite.so installed and loaded, and a model opened by it."""

from __future__ import annotations

import ctypes
import importlib.util
import os
from pathlib import Path

import pytest
from c_api_calls import LABELS, OK
from cpp_builds import find_tool, run
from small_models import write_classifier


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


@pytest.fixture
def model(api, runtime, model_path):
    handle = ctypes.c_void_p()
    status = api.dslite_model_open(os.fsencode(model_path), runtime.encode(), 1, ctypes.byref(handle))
    assert status == OK, api.dslite_last_error()
    yield handle
    api.dslite_model_close(handle)
