"""The C++ half as CMake builds it, without Python, for this machine and for others."""

import os
import shutil
import subprocess
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent

# CMake and Ninja may have come from PyPI into an environment that is not activated.
SEARCH_PATH = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)])


def find_tool(*names: str) -> str | None:
    """The first of these programs that is there."""
    return next((path for name in names if (path := shutil.which(name, path=SEARCH_PATH))), None)


def run(*command: str | Path, environment: Mapping[str, str] | None = None) -> str:
    """What a program prints. Fails with all that it said unless it ends well."""
    done = subprocess.run(
        [str(word) for word in command],
        env={**os.environ, "PATH": SEARCH_PATH, **(environment or {})},
        text=True,
        capture_output=True,
    )
    said = f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
    assert done.returncode == 0, said
    return done.stdout


def build(folder: Path, preset: str, *settings: str) -> Path:
    """Configure a preset of the repository into ``folder`` and build it there."""
    cmake = find_tool("cmake")
    assert cmake, "cmake not found: pip install 'dslite[test]'"
    generator = ("-G", "Ninja") if find_tool("ninja") else ()
    run(cmake, "-S", REPOSITORY, "--preset", preset, "-B", folder, *generator, *settings)
    run(cmake, "--build", folder, "--parallel", str(os.cpu_count() or 1))
    return folder


@dataclass(frozen=True)
class Machine:
    """Another processor: a preset to build for it, and QEMU's user mode to be it."""

    preset: str
    compiler: str
    emulators: tuple[str, ...]
    isas: tuple[str, ...]

    def require_compiler(self) -> str:
        """The cross compiler; skips without it."""
        if not (compiler := find_tool(f"{self.compiler}g++")):
            pytest.skip(f"{self.compiler}g++ not found")
        return compiler

    def emulation(self) -> tuple[str, dict[str, str]]:
        """The emulator, and the environment in which it finds the cross compiler's C library."""
        if not (emulator := find_tool(*self.emulators)):
            pytest.skip(f"{' or '.join(self.emulators)} not found")
        libc = run(self.require_compiler(), "-print-file-name=libc.so.6").strip()
        return emulator, {"QEMU_LD_PREFIX": str(Path(libc).resolve().parent.parent)}


AARCH64 = Machine(
    "aarch64", "aarch64-linux-gnu-", ("qemu-aarch64-static", "qemu-aarch64"), ("scalar", "neon")
)
ARMV7 = Machine("armv7", "arm-linux-gnueabihf-", ("qemu-arm-static", "qemu-arm"), ("scalar",))
