"""The ai-edge-litert package: where it is installed, and its description of flatbuffers.

It is never taken from the working directory, which ``python -c`` and ``python -m`` put first on the path:
code is loaded from what is found.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

SCHEMA = "schema_py_generated"


def litert_folder() -> str:
    """Where the package is installed, "" if it is not."""
    here = os.path.realpath(os.curdir)
    places = [place for place in sys.path if os.path.isabs(place) and os.path.realpath(place) != here]
    spec = importlib.machinery.PathFinder.find_spec("ai_edge_litert", places)
    if spec is None or not spec.submodule_search_locations:
        return ""
    return str(Path(next(iter(spec.submodule_search_locations))))


def litert_schema() -> ModuleType:
    """The classes by which a ``.tflite`` flatbuffer is read.

    Raises:
        ModuleNotFoundError: the package is not installed.
    """
    path = Path(litert_folder()) / f"{SCHEMA}.py"
    spec = importlib.util.spec_from_file_location(f"dslite._{SCHEMA}", path)
    if not litert_folder() or spec is None or spec.loader is None or not path.is_file():
        raise ModuleNotFoundError("no package ai-edge-litert", name="ai_edge_litert")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
