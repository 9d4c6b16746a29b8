"""The C++ tests, under CTest, and what must not be in the objects of one instruction set."""

import importlib.util
import json
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from cpp_builds import ARMV7, REPOSITORY, build, find_tool, run

import dslite

SOURCES = sorted(path.stem for path in (REPOSITORY / "cpp" / "tests").glob("test_*.cpp"))
X86_ISAS = {"scalar", "sse2", "avx2", "avx512"}
WIDE_REGISTER = re.compile(r"%[yz]mm\d")


@pytest.fixture(scope="module")
def network(tmp_path_factory) -> Path:
    """A small network, and nothing else, as a .tflite."""
    import tensorflow as tf

    layers = [
        tf.keras.Input((32, 24, 3)),
        tf.keras.layers.Conv2D(8, 3, activation="relu"),
        tf.keras.layers.GlobalAveragePooling2D(),
        tf.keras.layers.Dense(4, activation="softmax"),
    ]
    model = tf.keras.Sequential(layers)
    path = tmp_path_factory.mktemp("network") / "network.tflite"
    path.write_bytes(tf.lite.TFLiteConverter.from_keras_model(model).convert())
    return path


def runtime_libraries() -> list[Path]:
    """The C APIs that the wheels of LiteRT and of pyopen-wakeword bring along."""
    found = []
    for package, library in ("ai_edge_litert", "libLiteRt.so"), ("pyopen_wakeword", "libtensorflowlite_c.so"):
        spec = importlib.util.find_spec(package)
        assert spec is not None, f"{package} not found: pip install 'dslite[test]'"
        found += sorted(Path(next(iter(spec.submodule_search_locations))).rglob(library))
    return found


@pytest.fixture(scope="module")
def environment(network) -> dict[str, str]:
    libraries = runtime_libraries()
    assert [path.name for path in libraries] == ["libLiteRt.so", "libtensorflowlite_c.so"]
    return {"DSLITE_TEST_LIBRARIES": ";".join(map(str, libraries)), "DSLITE_TEST_MODEL": str(network)}


def test_ctest_knows_every_test_source(cpp_build):
    listed = json.loads(run(find_tool("ctest"), "--test-dir", cpp_build, "--show-only=json-v1"))
    assert sorted(test["name"] for test in listed["tests"]) == SOURCES


@pytest.mark.parametrize("name", SOURCES)
def test_ctest_passes(name, cpp_build, environment):
    options = ["-R", f"^{name}$", "--verbose", "--no-tests=error"]
    said = run(find_tool("ctest"), "--test-dir", cpp_build, *options, environment=environment)
    if "(Skipped)" in said:
        pytest.skip("; ".join(sorted(set(re.findall(r"skipped: (.*)", said)))))


def run_all(folder: Path, environment: dict[str, str]) -> None:
    """Run every C++ test of a build; none may fail or be skipped."""
    options = ["--output-on-failure", "--no-tests=error", "--parallel", "2"]
    said = run(find_tool("ctest"), "--test-dir", folder, *options, environment=environment)
    assert "Skipped" not in said, said


@pytest.fixture(scope="module")
def sanitized(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("sanitized")
    return build(folder, "sanitize", "-DDSLITE_BUILD_TOOL=OFF", "-DDSLITE_BUILD_SHARED=OFF")


@pytest.mark.parametrize("isa", dslite.supported_isas())
def test_sanitizers_find_nothing(isa, sanitized, environment):
    """With the real libraries, in which they find nothing either."""
    run_all(sanitized, environment | {"DSLITE_FORCE_ISA": isa})


def test_the_thread_sanitizer_finds_nothing(tmp_path, environment):
    folder = build(tmp_path, "tsan", "-DDSLITE_BUILD_TOOL=OFF", "-DDSLITE_BUILD_SHARED=OFF")
    run_all(folder, environment)


def test_32_bits_under_the_address_sanitizer(tmp_path):
    """ARMv7 under QEMU, whose exceptions leave marks on the stack: the heap alone, where our buffers are."""
    machine = ARMV7.by_gcc()
    machine.require_compiler()
    emulator, environment = machine.emulation()
    flags = "-DCMAKE_CXX_FLAGS_DEBUG=-g1 -O1 --param asan-stack=0"
    settings = [
        "-DCMAKE_BUILD_TYPE=Debug",
        flags,
        "-DDSLITE_SANITIZE=address,undefined",
        "-DDSLITE_BUILD_TESTS=ON",
    ]
    for name in "test_bundle", "test_wav", "test_threads":
        program = build(tmp_path, machine.preset, *settings, target=name) / "cpp" / "tests" / name
        options = "detect_leaks=0"  # which needs ptrace
        done = subprocess.run(
            [emulator, program],
            env={**os.environ, **environment, "ASAN_OPTIONS": options},
            capture_output=True,
            text=True,
        )
        # 77: the test of real libraries, which have none for this machine, is skipped.
        assert done.returncode == (77 if name == "test_threads" else 0), done.stdout + done.stderr
        assert " 0 failed" in done.stdout


def compile_commands(folder: Path) -> dict[str, list[str]]:
    """Source file name → the compiler's command line, of the core."""
    entries = json.loads((folder / "compile_commands.json").read_text())
    core = [entry for entry in entries if re.search(r"dslite_\w+\.dir/", entry["command"])]
    return {Path(entry["file"]).name: shlex.split(entry["command"]) for entry in core}


@pytest.fixture(scope="module")
def isa_objects(cpp_build, tmp_path_factory):
    """The instruction sets' files compiled without optimisation: what would be inlined is visible."""
    objects = {}
    for source, command in compile_commands(cpp_build).items():
        if source.startswith("isa_"):
            out = tmp_path_factory.mktemp("isa") / f"{source}.o"
            command[command.index("-o") + 1] = str(out)
            subprocess.run([*command, "-O0"], check=True, cwd=cpp_build)
            objects[source.removeprefix("isa_").removesuffix(".cpp")] = out
    assert "scalar" in objects
    return objects


def test_instruction_sets_define_their_table_and_nothing_else(isa_objects):
    """A weak symbol compiled for one instruction set may replace the whole program's copy of it."""
    for isa, path in isa_objects.items():
        lines = run(find_tool("nm"), "--demangle", "--defined-only", "--extern-only", path).splitlines()
        assert [line.split(maxsplit=2)[2] for line in lines] == [f"dslite::kernels_{isa}"], isa


def test_instruction_sets_construct_nothing_before_main(isa_objects):
    for isa, path in isa_objects.items():
        assert ".init_array" not in run(find_tool("objdump"), "--section-headers", path), isa


def test_wide_registers_stay_in_their_files(cpp_build, isa_objects):
    if set(isa_objects) != X86_ISAS:
        pytest.skip("x86-64 has the wide registers")
    archive = cpp_build / "cpp" / "libdslite_core.a"
    said = run(find_tool("objdump"), "--disassemble", "--no-show-raw-insn", archive)
    _, *parts = re.split(r"\n(\S+\.o): +file format.*\n", said)
    code = dict(zip(parts[::2], parts[1::2], strict=True))
    wide = {name for name in code if WIDE_REGISTER.search(code[name])}
    assert wide == {"isa_avx2.cpp.o", "isa_avx512.cpp.o"}


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["-ffast-math"], "-ffast-math reorders"),
        (["-m32", "-mfpmath=387"], "wider registers"),
        (["-U__BYTE_ORDER__", "-D__BYTE_ORDER__=__ORDER_BIG_ENDIAN__"], "big-endian"),
    ],
)
def test_machines_that_would_draw_other_pictures_are_refused(flags, says, tmp_path):
    """The preprocessor alone: no headers of those machines are needed."""
    headers = tmp_path / "headers"
    headers.mkdir()
    for name in "cmath", "cfloat":
        (headers / name).write_text(
            "#define FLT_EVAL_METHOD __FLT_EVAL_METHOD__\n" if name == "cfloat" else ""
        )
    header = REPOSITORY / "cpp" / "src" / "exact_math.hpp"
    command = [find_tool("g++"), "-std=c++17", "-nostdinc", "-nostdinc++", "-I", headers, "-E", "-x", "c++"]
    done = subprocess.run([*command, *flags, header], capture_output=True, text=True)
    assert done.returncode != 0
    assert says in done.stderr
    assert subprocess.run([*command, header], capture_output=True).returncode == 0
