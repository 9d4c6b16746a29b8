"""The source distribution builds the wheel by itself, out of sight of the repository."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from cpp_builds import REPOSITORY, SEARCH_PATH

import dslite

MAKE = "import sys; from scikit_build_core.build import build_sdist; build_sdist(sys.argv[1])"


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    """The distribution, unpacked."""
    pytest.importorskip("scikit_build_core", reason="scikit-build-core not found")
    folder = tmp_path_factory.mktemp("sdist")
    subprocess.run([sys.executable, "-c", MAKE, folder], cwd=REPOSITORY, check=True, capture_output=True)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as file:
        file.extractall(folder, filter="data")
    return folder / archive.name.removesuffix(".tar.gz")


def test_the_version_is_cmakes(source):
    found = re.search(r"project\(dslite VERSION ([\d.]+)", (REPOSITORY / "CMakeLists.txt").read_text())
    assert found
    assert f"\nVersion: {found[1]}\n" in (source / "PKG-INFO").read_text(encoding="utf-8")
    assert source.name == f"dslite-{found[1]}"
    assert dslite.__version__ == found[1]


def test_it_holds_what_is_tracked_and_nothing_that_was_built(source):
    tracked = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True)
    if tracked.returncode != 0:
        pytest.skip("no git repository")
    files = {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file()}
    names = {name for name in tracked.stdout.splitlines() if (REPOSITORY / name).exists()}
    needed = {name for name in names if name.startswith(("cpp/", "python/", "cmake/", "tests/", "docs/"))}
    assert needed <= files
    assert not [name for name in files if name.startswith("build") or name.endswith((".so", ".o"))]


def test_it_builds_the_same_wheel(source, tmp_path):
    environment = {"PATH": SEARCH_PATH, "HOME": str(tmp_path)}
    if "PIP_INDEX_URL" in os.environ:
        environment["PIP_INDEX_URL"] = os.environ["PIP_INDEX_URL"]
    # What is compared is in the wheel however it was compiled.
    options = ["--no-deps", "--no-build-isolation", "-w", str(tmp_path), "-Ccmake.build-type=Debug"]
    command = [sys.executable, "-m", "pip", "wheel", str(source), *options]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    if "No module named 'pybind11'" in done.stdout + done.stderr:
        pytest.skip("pybind11 not found")
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as file:
        found = {name for name in file.namelist() if name.startswith("dslite/")}
    sources = (source / "python" / "dslite").rglob("*.py")
    assert {path.relative_to(source / "python").as_posix() for path in sources} <= found
    assert [name for name in found if name.startswith("dslite/_dslite.")]
