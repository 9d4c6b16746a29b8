"""The wheel for boards that have Python, built on this machine as docs/board.md says."""

import re
import shutil
import sys
import zipfile
from pathlib import Path

import pytest
from cpp_builds import AARCH64, REPOSITORY, find_tool, run

import dslite

SUFFIX = f".cpython-{sys.version_info[0]}{sys.version_info[1]}-aarch64-linux-gnu.so"
LARGEST_GLIBC = (2, 28)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    AARCH64.require_compiler()
    folder = tmp_path_factory.mktemp("wheel")
    settings = {
        "build-dir": folder / "build",
        "cmake.define.CMAKE_TOOLCHAIN_FILE": REPOSITORY / "cmake" / "zig.cmake",
        "cmake.define.CMAKE_SYSTEM_PROCESSOR": "aarch64",
        "cmake.define.PYTHON_MODULE_EXTENSION": SUFFIX,
    }
    options = [f"--config-settings={name}={value}" for name, value in settings.items()]
    run(sys.executable, "-m", "pip", "wheel", REPOSITORY, "--no-deps", "-w", folder, *options)
    (built,) = folder.glob("*.whl")
    run(sys.executable, "-m", "wheel", "tags", "--remove", "--platform-tag", "manylinux_2_28_aarch64", built)
    (tagged,) = folder.glob("*.whl")
    return tagged


def test_the_wheel_is_aarch64s(wheel, tmp_path):
    version = "".join(map(str, sys.version_info[:2]))
    assert wheel.name.endswith(f"-cp{version}-cp{version}-manylinux_2_28_aarch64.whl")
    with zipfile.ZipFile(wheel) as file:
        file.extractall(tmp_path)
    assert f"cp{version}-manylinux_2_28_aarch64" in next(tmp_path.glob("*.dist-info/WHEEL")).read_text()
    module = tmp_path / "dslite" / f"_dslite{SUFFIX}"
    (program,) = tmp_path.glob("*.data/scripts/dslite-run")
    for binary in module, program:
        assert "AArch64" in run(find_tool("readelf"), "-h", binary)
        versions = re.findall(r"GLIBC_(\d+)\.(\d+)", run(find_tool("readelf"), "-V", binary))
        assert max((int(a), int(b)) for a, b in versions) <= LARGEST_GLIBC, binary


def test_its_program_runs(wheel, tmp_path):
    emulator, environment = AARCH64.emulation()
    with zipfile.ZipFile(wheel) as file:
        (name,) = (name for name in file.namelist() if name.endswith("scripts/dslite-run"))
        program = shutil.move(file.extract(name, tmp_path), tmp_path / "dslite-run")
    Path(program).chmod(0o755)
    said = run(emulator, program, "--version", environment=environment)
    assert said.split()[0] == "dslite-run"
    assert dslite.__version__ in said
