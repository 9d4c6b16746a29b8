"""The standalone program, a model, a clip, and the answers that it gives."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from cpp_builds import find_tool, run
from dslite_run_program import lines
from golden_models import LABELS, write_clip
from small_models import QUICK, write_classifier


@pytest.fixture(scope="module")
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
