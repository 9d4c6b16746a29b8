"""The same bits on every architecture and system: builds under emulation against this machine's own."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cpp_builds import AARCH64, AARCH64_MUSL, ARMV6, ARMV7, RISCV64, WINDOWS, Machine, run
from real_data import place_of_data

import dslite

REAL_SAMPLES = 24000


@pytest.fixture(scope="module")
def recordings(tmp_path_factory) -> list[Path]:
    """The first 1.5 s of some real recordings as raw float32.

    There may be none, and the synthetic signals are compared alone: the test by Python says that it skips.
    """
    folder = tmp_path_factory.mktemp("recordings")
    sources = [
        source
        for name, pattern, step in (("esc10", "*.ogg", 150), ("emodb", "*.wav", 300))
        for source in sorted(place_of_data(name).rglob(pattern))[::step]
    ]
    for source in sources:
        samples = dslite.read_audio(source, 16000)[:REAL_SAMPLES]
        samples.tofile(folder / f"{source.stem}.f32")
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def fingerprints(recordings) -> Callable[..., list[str]]:
    """Lines that the program prints for the synthetic signals and for the recordings."""

    half = len(recordings) // 2
    # One after the other they would take minutes under emulation. Without files the signals are synthetic.
    parts = [[], *filter(None, (recordings[:half], recordings[half:]))]

    def lines_of(*command: str | Path, isa: str, **environment: str) -> list[str]:
        environment["DSLITE_FORCE_ISA"] = isa
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            said = pool.map(lambda part: run(*command, *part, environment=environment), parts)
        return "".join(said).splitlines()

    return lines_of


@pytest.fixture(scope="module")
def reference(cpp_build, fingerprints) -> list[str]:
    return fingerprints(cpp_build / "cpp" / "tests" / "fingerprints", isa="scalar")


def test_the_reference_covers_much_and_tells_signals_apart(reference):
    lines = [line.split() for line in reference]
    pictures = [line for line in lines if len(line) == 6]
    assert len({recipe for recipe, *_ in pictures}) >= 20
    assert len({signal for _, signal, *_ in pictures}) >= 10
    rates = {line[0] for line in lines if len(line) == 3}
    assert len(rates) >= 5
    for rate in rates:  # silence alone resamples to itself; "->" keeps every other bit in play
        prints = [line[2] for line in lines if line[0] == rate]
        assert len(set(prints)) == len(prints)
    tensors = [line[4] for line in pictures if line[0] == "paper"]
    assert len(set(tensors)) >= len(tensors) - 2  # subnormal sound draws what silence does


@pytest.mark.parametrize("isa", dslite.supported_isas())
def test_instruction_sets_agree(isa, cpp_build, reference, fingerprints):
    assert fingerprints(cpp_build / "cpp" / "tests" / "fingerprints", isa=isa) == reference


def test_python_computes_the_same(recordings, reference):
    if not recordings:
        pytest.skip("real recordings not found (DSLITE_DATA names their folder)")
    expected = {line.split()[1]: line.split()[2:] for line in reference if line.startswith("paper ")}
    front = dslite.FrontEnd(dslite.Recipe())
    for path in recordings:
        (chunk,) = front.chunks(np.fromfile(path, np.float32))
        integers = front.tensor_quantized(chunk, 0.02, -7)
        values = front.log_mel(chunk), front.picture(chunk), front.tensor(chunk), integers
        assert [dslite.fingerprint(value) for value in values] == expected[path.name]


def agree(machine: Machine, program: Path, reference, fingerprints):
    emulator, environment = machine.emulation()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = {
            isa: pool.submit(fingerprints, emulator, program, isa=isa, **environment) for isa in machine.isas
        }
    for isa, lines in runs.items():
        assert lines.result() == reference, isa


@pytest.mark.parametrize("machine", [AARCH64, ARMV7], ids=lambda machine: machine.preset)
def test_architectures_agree(machine, cross_build, reference, fingerprints):
    agree(machine, cross_build(machine) / "cpp" / "tests" / "fingerprints", reference, fingerprints)


@pytest.mark.parametrize(
    "machine", [ARMV6, AARCH64_MUSL, RISCV64, WINDOWS], ids=lambda machine: machine.preset
)
def test_systems_agree(machine, cross_build, reference, fingerprints):
    machine.emulation()  # skips before the build
    target = "all" if machine == WINDOWS else "fingerprints"  # test_windows.py needs it all
    folder = cross_build(machine, target) / "cpp" / "tests"
    (program,) = [path for path in (folder / "fingerprints", folder / "fingerprints.exe") if path.exists()]
    isas = [isa for isa in machine.isas if machine != WINDOWS or isa in dslite.supported_isas()]
    agree(replace(machine, isas=tuple(isas)), program, reference, fingerprints)


@pytest.mark.parametrize("machine", [AARCH64.by_gcc(), ARMV7.by_gcc()], ids=lambda machine: machine.preset)
def test_compilers_agree(machine, cross_build, reference, fingerprints):
    program = cross_build(machine, "fingerprints") / "cpp" / "tests" / "fingerprints"
    agree(machine, program, reference, fingerprints)
