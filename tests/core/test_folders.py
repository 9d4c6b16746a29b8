"""Includes and imports run one way: from the folders on top to those below."""

import os
import re
import subprocess
import sys

import pytest
from cpp_builds import REPOSITORY

CPP = REPOSITORY / "cpp"
#: A folder of cpp/src → the folders whose headers it may include, besides its own, simd and the common ones.
MAY_INCLUDE = {
    "simd": set(),
    "recipe": set(),
    "sound": {"recipe"},
    "picture": {"recipe"},
    "runtime": set(),
    "model": {"recipe", "sound", "picture", "runtime"},
}
COMMON = {
    "error",
    "exact_math",
    "fingerprint",
    "limits",
    "scratch",
    "simd",
    "small_sort",
    "thread_pool",
    "utf8",
}
INCLUDE = re.compile(r'^#include "(?:dslite|src|simd)/([\w./]+)\.(?:hpp|inc)"', re.MULTILINE)


def home_of(header: str) -> str:
    """The folder that implements ``dslite/wav``, ``sound/wav_format`` or a common header."""
    if "/" in header:
        return header.split("/")[0]
    homes = [folder for folder in MAY_INCLUDE if list((CPP / "src" / folder).glob(f"{header}.*"))]
    assert len(homes) == 1, f"{header}: implemented in {homes or 'no folder'}"
    return homes[0]


@pytest.mark.parametrize("folder", sorted(set(MAY_INCLUDE) - {"simd"}))
def test_cpp_includes_run_one_way(folder):
    headers = {path.stem for path in (CPP / "include" / "dslite").glob("*.hpp")}
    own = [*(CPP / "src" / folder).iterdir()]
    own += [CPP / "include" / "dslite" / f"{path.stem}.hpp" for path in own if path.stem in headers]
    included = {name for path in set(own) for name in INCLUDE.findall(path.read_text())}
    of_simd = {path.stem for path in (CPP / "simd").iterdir()}
    used = {home_of(name) for name in included - COMMON - of_simd}
    assert used <= MAY_INCLUDE[folder] | {folder}


def test_every_folder_has_its_rule():
    folders = {path.name for path in (CPP / "src").iterdir() if path.is_dir()}
    assert folders == set(MAY_INCLUDE) - {"simd"}


def test_kernels_include_nothing_above_them():
    for path in (CPP / "simd").glob("*.*pp"):
        assert set(INCLUDE.findall(path.read_text())) <= {"simd", "kernels", "views", "dispatch"}, path.name


def test_python_imports_run_one_way():
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "python")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
