"""Includes and imports run one way: from the folders on top to those below."""

import os
import re
import subprocess
import sys
from pathlib import Path

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
#: Headers of C that are no system's: the compiler's, and the two that C's own API needs.
OF_COMPILERS = {"cpuid.h", "immintrin.h", "wasm_simd128.h", "cxxabi.h", "stddef.h", "stdint.h"}
SYSTEM = re.compile(
    r"\b(_?_?WIN(32|64)|__\w*linux\w*|__APPLE__|__unix\w*|__EMSCRIPTEN__|__wasi__|__ANDROID__)\b"
)
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


def core_sources() -> list[Path]:
    return [path for path in CPP.rglob("*.*") if path.suffix in {".cpp", ".hpp", ".inc", ".c", ".h"}]


def foreign_to_the_core(text: str) -> list[str]:
    """What a text names of operating systems: macros that compilers define, headers that C++ has not."""
    headers = (
        set(re.findall(r"^ *# *include *<((?!pybind11/|fuzzer/)[\w/.-]+\.h)>", text, re.MULTILINE))
        - OF_COMPILERS
    )
    return sorted({found[0] for found in SYSTEM.finditer(text)} | headers)


def test_only_the_platform_names_operating_systems():
    """cpp/platform has a file per system, which CMake chooses; ALSA is found by its library's name, and
    cpp/web is Emscripten's door to JavaScript, built for nothing else."""
    named = {path.relative_to(CPP): foreign_to_the_core(path.read_text()) for path in core_sources()}
    outside = {
        path: names for path, names in named.items() if names and path.parts[0] not in ("platform", "web")
    }
    assert outside == {}
    for system in "posix", "linux", "macos", "windows":  # WebAssembly has nothing that would be named
        assert named[Path("platform") / f"{system}.cpp"], system


def test_the_platform_stands_on_the_c_library_alone():
    """Below everything: it includes its own headers and the type of errors."""
    for path in (CPP / "platform").iterdir():
        included = re.findall(r'^#include "([^"]+)"', path.read_text(), re.MULTILINE)
        assert {name for name in included if not name.startswith("platform/")} <= {"dslite/error.hpp"}, path


def test_the_core_builds_without_threads():
    """The pool, which has another file without, and the platform's Mutex are all that needs them."""
    threads = re.compile(r"^#include <(thread|mutex|condition_variable|future|shared_mutex)>", re.MULTILINE)
    parts = {"src", "simd", "tool", "c_api", "web", "include", "platform"}
    found = {path.relative_to(CPP) for path in core_sources() if threads.search(path.read_text())}
    assert {path for path in found if path.parts[0] in parts} == {
        Path("platform/threads.hpp"),
        Path("platform/windows_signals.cpp"),  # a system that has them
        Path("src/thread_pool.cpp"),
    }


def test_python_imports_run_one_way():
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "python")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
