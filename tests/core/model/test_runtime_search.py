"""Where a runtime library comes from that nobody named: never from the working directory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cpp_builds import find_tool, run
from small_models import write_classifier

#: A library that writes down that it was loaded, and from where, before anybody asks what it exports. Not on
#: stderr: what libraries say there is hidden.
PLANTED = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
__attribute__((constructor)) static void loaded(void) {
    Dl_info self;
    FILE* list = fopen(getenv("PLANTED_LIST"), "a");
    if (list && dladdr((void*)loaded, &self)) fprintf(list, "%s\\n", self.dli_fname);
    if (list) fclose(list);
}
"""
NAMES = ["libLiteRt.so", "libtensorflowlite_c.so"]
UNNAMED = [None, "", ":", ":/nowhere", "/nowhere:", "/nowhere::/elsewhere", ".", "..//work", "/nowhere;./"]


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of no use."""
    compiler = find_tool("cc", "gcc", "clang")
    assert compiler, "no C compiler found"
    folder = tmp_path_factory.mktemp("planted")
    (folder / "planted.c").write_text(PLANTED)
    run(compiler, "-shared", "-fPIC", "-o", folder / "planted.so", folder / "planted.c", "-ldl")
    return folder / "planted.so"


@pytest.fixture
def work(tmp_path: Path, planted: Path) -> Path:
    """A working directory where somebody has put libraries of the right names."""
    folder = tmp_path / "work"
    (folder / "ai_edge_litert").mkdir(parents=True)
    (folder / "ai_edge_litert" / "__init__.py").touch()
    for name in *NAMES, f"ai_edge_litert/{NAMES[0]}":
        (folder / name).write_bytes(planted.read_bytes())
    write_classifier(folder / "model.tflite", ["dog", "rain"])
    return folder


def loaded_by(*command: str | Path, cwd: Path, **environment: str | None) -> list[str]:
    """Which planted libraries a program loads."""
    cleared = {"LD_LIBRARY_PATH", "DSLITE_TFLITE_LIBRARY", "PYTHONPATH"}
    kept = {key: value for key, value in os.environ.items() if key not in cleared}
    kept |= {key: value for key, value in environment.items() if value is not None}
    planted_list = cwd.parent / "loaded.txt"
    planted_list.write_text("")
    kept["PLANTED_LIST"] = str(planted_list)
    done = subprocess.run([*command], cwd=cwd, env=kept, capture_output=True, text=True, timeout=120)
    assert "Traceback" not in done.stderr
    return planted_list.read_text().splitlines()


@pytest.fixture(scope="module")
def program(cpp_build: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """dslite-run in a folder of its own."""
    copy = tmp_path_factory.mktemp("program") / "dslite-run"
    copy.write_bytes((cpp_build / "cpp" / "tool" / "dslite-run").read_bytes())
    copy.chmod(0o755)
    return copy


@pytest.mark.parametrize("path", UNNAMED)
def test_the_working_directory_is_not_searched(program, work, path):
    assert loaded_by(program, "--info", "model.tflite", cwd=work, LD_LIBRARY_PATH=path) == []


def test_absolute_entries_of_the_loaders_path_are_searched(program, work, tmp_path):
    found = loaded_by(program, "--info", work / "model.tflite", cwd=tmp_path, LD_LIBRARY_PATH=str(work))
    assert found == [str(work / name) for name in NAMES]


@pytest.mark.parametrize("python", [["-m", "dslite", "info"], ["-c", "import dslite; dslite.Model('{}')"]])
@pytest.mark.parametrize("entry", [None, "", "."])
def test_python_does_not_take_the_package_from_the_working_directory(work, python, entry):
    arguments = [word.format("model.tflite") for word in python] + (
        ["model.tflite"] if "-m" in python else []
    )
    assert loaded_by(sys.executable, *arguments, cwd=work, PYTHONPATH=entry) == []


@pytest.mark.parametrize("name", [NAMES[0], f"./{NAMES[0]}", f"ai_edge_litert/{NAMES[0]}"])
def test_what_is_named_may_lie_there(program, work, name):
    for found in (
        loaded_by(program, "--info", f"--runtime={name}", "model.tflite", cwd=work),
        loaded_by(program, "--info", "model.tflite", cwd=work, DSLITE_TFLITE_LIBRARY=name),
    ):
        assert [os.path.normpath(path) for path in found] == [os.path.normpath(name)]


def test_the_programs_folder_comes_before_the_loaders_path(program, work, planted, tmp_path):
    (tmp_path / "dslite-run").write_bytes(program.read_bytes())
    (tmp_path / "dslite-run").chmod(0o755)
    (tmp_path / NAMES[0]).write_bytes(planted.read_bytes())
    found = loaded_by(tmp_path / "dslite-run", "--info", "model.tflite", cwd=work, LD_LIBRARY_PATH=str(work))
    assert found == [str(tmp_path / NAMES[0]), *(str(work / name) for name in NAMES)]
