"""The C++ half as CMake builds it, without Python, for this machine and for others."""

import fcntl
import os
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent.parent

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


def build(folder: Path, preset: str, *settings: str, target: str = "all") -> Path:
    """Configure a preset of the repository into ``folder`` and build it, or one target of it, there."""
    cmake = find_tool("cmake")
    assert cmake, "cmake not found: pip install 'dslite[test]'"
    generator = ("-G", "Ninja") if find_tool("ninja") else ()
    run(cmake, "-S", REPOSITORY, "--preset", preset, "-B", folder, *generator, *settings)
    run(cmake, "--build", folder, "--parallel", str(os.cpu_count() or 1), "--target", target)
    return folder


@dataclass(frozen=True)
class Machine:
    """Another processor or system: a preset to build for it, and what is this machine in its place."""

    preset: str
    compilers: tuple[str, ...]
    gcc: str  # Debian's cross compiler, which has the C and C++ libraries to run with; "": none are needed
    emulators: tuple[str, ...]
    isas: tuple[str, ...]
    settings: tuple[str, ...] = ()  # of CMake, besides the preset
    environment: tuple[tuple[str, str], ...] = ()  # of the emulator

    def require_compiler(self) -> str:
        """The preset's compiler; skips without it."""
        if not (compiler := find_tool(*self.compilers)):
            pytest.skip(f"{self.compilers[0]} not found")
        return compiler

    def emulation(self) -> tuple[str, dict[str, str]]:
        """The emulator, and the environment in which it finds the machine's C library."""
        for tools in self.emulators, (self.gcc,):
            if tools != ("",) and not find_tool(*tools):
                pytest.skip(f"{' or '.join(tools)} not found")
        environment = dict(self.environment)
        if self == WINDOWS:
            make_wine_prefix()
        if self.gcc:
            libc = run(find_tool(self.gcc), "-print-file-name=libc.so.6").strip()
            environment["QEMU_LD_PREFIX"] = str(Path(libc).resolve().parent.parent)
        return find_tool(*self.emulators), environment

    def by_gcc(self) -> "Machine":
        """The same, compiled by Debian's cross compiler."""
        return replace(self, preset=f"{self.preset}-gcc", compilers=(self.gcc,))


ZIG = ("zig", "python-zig")
QEMU_AARCH64 = ("qemu-aarch64-static", "qemu-aarch64")
QEMU_ARM = ("qemu-arm-static", "qemu-arm")
AARCH64 = Machine("aarch64", ZIG, "aarch64-linux-gnu-g++", QEMU_AARCH64, ("scalar", "neon"))
ARMV7 = Machine("armv7", ZIG, "arm-linux-gnueabihf-g++", QEMU_ARM, ("scalar",))
# Debian's C library is ARMv7's: this one is linked with musl, and runs alone.
ARMV6 = Machine("armv6", ZIG, "", QEMU_ARM, ("scalar",), ("-DDSLITE_LIBC=musl",), (("QEMU_CPU", "arm1176"),))
AARCH64_MUSL = Machine("aarch64-musl", ZIG, "", QEMU_AARCH64, ("scalar", "neon"))
RISCV64 = Machine(
    "riscv64-gcc",
    ("riscv64-linux-gnu-g++",),
    "riscv64-linux-gnu-g++",
    ("qemu-riscv64-static", "qemu-riscv64"),
    ("scalar",),
)
# Wine makes a Windows of 300 MB on its first run, which is kept.
WINE = {"WINEPREFIX": str(Path(tempfile.gettempdir()) / "dslite-wine"), "WINEDEBUG": "-all"}
WINDOWS = Machine(
    "windows", ZIG, "", ("wine",), ("scalar", "sse2", "avx2", "avx512"), environment=tuple(WINE.items())
)
WINE_ASKS_FOR_MORE = "try running the same command again"


@cache
def make_wine_prefix() -> None:
    """Let one process alone make Wine's Windows, before any test runs a program in it.

    Programs that start together in a new one fail: each makes a folder for the server's socket,
    and Wine asks all but one to start again.
    """
    prefix = Path(WINE["WINEPREFIX"])
    with open(prefix.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for _ in range(3):
            command = [find_tool("wine"), "wineboot", "--init"]
            done = subprocess.run(command, env={**os.environ, **WINE}, text=True, capture_output=True)
            if WINE_ASKS_FOR_MORE not in done.stderr:
                break
    assert done.returncode == 0, done.stderr
