"""What is shipped to ARM boards: how large it is, what it needs, what it holds, and that it runs."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from cpp_builds import AARCH64, ARMV7, REPOSITORY, Machine, build, find_tool, run
from golden_models import write_clip, write_golden

import dslite


@dataclass(frozen=True)
class Board:
    """What is promised of what is built for a machine."""

    machine: Machine
    architecture: str  # Debian's name
    floating_point: str  # what `readelf -A` says of it, on 32 bits


BOARDS = [Board(AARCH64, "arm64", ""), Board(ARMV7, "armhf", "VFPv3-D16")]
MOST_BYTES = 400_000  # of dslite-run
C_LIBRARY = {"libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0"}
GLIBC = (2, 28)
SKIPPED = 77  # what a C++ test ends with that lacks something
CPU = """processor\t: 0
Features\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 cpuid
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: 0x0
CPU part\t: 0xd08
CPU revision\t: 3

"""


@pytest.fixture(scope="module", params=BOARDS, ids=lambda board: board.machine.preset)
def board(request) -> Board:
    return request.param


@pytest.fixture(scope="module")
def folder(board, cross_build) -> Path:
    return cross_build(board.machine)


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> tuple[Path, Path]:
    """A model with a golden clip, and the clip."""
    folder = tmp_path_factory.mktemp("model")
    clip = write_clip(folder / "clip.wav")
    return write_golden(folder / "model.tflite"), clip


def binaries(folder: Path) -> list[Path]:
    return [folder / "cpp" / "tool" / "dslite-run", folder / "cpp" / "c_api" / "libdslite.so"]


def test_it_is_small(board, tmp_path):
    """As it is shipped: a build with tests has the scalar kernels, too, which no AArch64 board needs."""
    board.machine.require_compiler()
    shipped = build(tmp_path, board.machine.preset, target="dslite-run")
    assert binaries(shipped)[0].stat().st_size <= MOST_BYTES


def test_it_needs_the_c_library_alone(folder):
    for binary in binaries(folder):
        needed = re.findall(r"NEEDED.*\[(.*)\]", run(find_tool("readelf"), "-d", binary))
        assert {name for name in needed if not name.startswith("ld-linux")} <= C_LIBRARY, binary
        versions = re.findall(r"GLIBC_(\d+)\.(\d+)", run(find_tool("readelf"), "-V", binary))
        assert max((int(a), int(b)) for a, b in versions) <= GLIBC, binary


def test_it_runs_on_processors_without_neon(board, folder):
    library = binaries(folder)[1]  # the program's own start-up code claims NEON, and has none
    told = run(find_tool("readelf"), "-A", library)
    assert re.findall(r"Tag_FP_arch: (.*)", told) == [board.floating_point] * bool(board.floating_point)
    assert "Advanced_SIMD" not in told


def test_packages_hold_what_a_board_needs(board, folder):
    said = subprocess.run(
        [find_tool("cpack"), "-B", folder / "packages"], cwd=folder, capture_output=True, text=True
    )
    assert said.returncode == 0, said.stdout + said.stderr
    (archive,) = (folder / "packages").glob("*.tar.gz")
    with tarfile.open(archive) as file:
        names = {name.split("/", 1)[1] for name in file.getnames() if "/" in name}
    expected = {"bin/dslite-run", "include/dslite/dslite.h", "lib/systemd/system/dslite.service"}
    expected |= {"share/doc/dslite/copyright", "share/doc/dslite/board.md"}
    assert expected <= names
    assert any(name.endswith("libdslite.so.0") for name in names)
    (package,) = (folder / "packages").glob("*.deb")
    if not find_tool("dpkg-deb"):
        pytest.skip("dpkg-deb not found: the .deb was not looked into")
    told = run(find_tool("dpkg-deb"), "--field", package)
    assert f"Architecture: {board.architecture}" in told
    assert f"libc6 (>= {GLIBC[0]}.{GLIBC[1]})" in told
    assert "./usr/bin/dslite-run" in run(find_tool("dpkg-deb"), "--contents", package)


def test_the_front_end_verifies_under_emulation(board, folder, model):
    emulator, environment = board.machine.emulation()
    assert (
        "labels   dog, rain, siren"
        in subprocess.run(
            [emulator, binaries(folder)[0], "--info", model[0]],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
        ).stdout
    )
    done = subprocess.run(
        [emulator, binaries(folder)[0], "--verify", "--runtime", "/nowhere.so", model[0]],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert done.stdout.count("the same bits") == 3, done.stdout + done.stderr
    assert "/nowhere.so" in done.stderr


def out_of_wheel(folder: Path, wanted: str, platform: str, library: str) -> Path:
    """A library for another machine, out of a wheel from $DSLITE_WHEELS or fetched by pip."""
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:"]
    command += ["--platform", platform, "--python-version", "3.11", "-d", str(folder)]
    if wheels := os.environ.get("DSLITE_WHEELS"):
        command += ["--no-index", "--find-links", wheels]
    done = subprocess.run([*command, wanted], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"no wheel of {wanted} for {platform}: {done.stderr.strip()[-200:]}")
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as file:
        return Path(file.extract(library, folder))


@pytest.fixture(scope="module")
def litert(tmp_path_factory) -> Path:
    """LiteRT for AArch64."""
    wanted = f"ai-edge-litert=={importlib.metadata.version('ai-edge-litert')}"
    folder = tmp_path_factory.mktemp("litert")
    return out_of_wheel(folder, wanted, "manylinux_2_27_aarch64", "ai_edge_litert/libLiteRt.so")


@pytest.fixture(scope="module")
def tflite_of_armv7(tmp_path_factory) -> Path:
    """TensorFlow Lite's C API for 32-bit boards, which has no wheel of its own (docs/board.md)."""
    folder = tmp_path_factory.mktemp("tflite")
    library = "pymicro_wakeword/lib/libtensorflowlite_c.so"
    return out_of_wheel(folder, "pymicro-wakeword==2.5.0", "manylinux_2_35_armv7l", library)


@pytest.fixture(scope="module")
def arm_processor(tmp_path_factory) -> list[str]:
    """What a command begins with so that LiteRT, which reads the host's processor, sees an ARM one."""
    cpu = tmp_path_factory.mktemp("cpu") / "cpuinfo"
    cpu.write_text(CPU)
    alone = ["unshare", "-m", "sh", "-c", 'mount --bind "$0" /proc/cpuinfo && exec "$@"', str(cpu)]
    if not find_tool("unshare") or subprocess.run([*alone, "true"], capture_output=True).returncode != 0:
        pytest.skip("mounting in a namespace of its own (unshare -m) is not permitted here")
    return alone


# How good resampling is takes half a minute under emulation; test_architectures.py compares its bits.
CPP_TESTS = sorted(
    {path.stem for path in (REPOSITORY / "cpp" / "tests").glob("test_*.cpp")} - {"test_resample"}
)


@pytest.mark.parametrize("name", CPP_TESTS)
def test_cpp_tests_pass_under_emulation(name, board, folder):
    emulator, environment = board.machine.emulation()
    said = subprocess.run(
        [emulator, folder / "cpp" / "tests" / name],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert said.returncode in (0, SKIPPED), said.stdout + said.stderr


@pytest.mark.parametrize("name", ["test_model", "test_runtime", "test_stream"])
def test_cpp_tests_pass_with_litert_under_emulation(
    name, litert, arm_processor, model, cross_build, tmp_path
):
    program = cross_build(AARCH64) / "cpp" / "tests" / name
    emulator, environment = AARCH64.emulation()
    network = tmp_path / "network.tflite"
    bundle = model[0].read_bytes()
    network.write_bytes(bundle[: bundle.index(b"PK\3\4")])  # half of it is to be no network
    environment |= {"DSLITE_TEST_LIBRARIES": str(litert), "DSLITE_TEST_MODEL": str(network)}
    run(*arm_processor, emulator, program, environment=environment)


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def check_answers(machine, runtime, model, cross_build, before=()):
    """``dslite-run`` verifies and answers on that machine as this one does."""
    program = cross_build(machine) / "cpp" / "tool" / "dslite-run"
    emulator, environment = machine.emulation()
    start = [*before, emulator, program, "--runtime", runtime]
    verified = run(*start, "--verify", model[0], environment=environment)
    assert verified.count("the same bits") == 3
    assert "scores: 3 values, within" in verified
    found = lines(run(*start, *model, environment=environment))
    expected = list(dslite.Model(model[0]).predict(model[1]))
    assert len(found) == len(expected) == 8
    for one, other in zip(found, expected, strict=True):
        assert (one["start"], one["end"], one["label"]) == (other.start_s, other.end_s, other.label)
        assert list(one["scores"].values()) == pytest.approx(list(other.scores), abs=1e-5)


def test_answers_under_emulation_are_this_machines(litert, arm_processor, model, cross_build):
    check_answers(AARCH64, litert, model, cross_build, arm_processor)


def test_answers_of_32_bits_under_emulation_are_this_machines(tflite_of_armv7, model, cross_build):
    check_answers(ARMV7, tflite_of_armv7, model, cross_build)
