"""The builds for macOS, compiled and linked; no machine here runs them, the workflow of wheels has some."""

from __future__ import annotations

import struct

import pytest
from cpp_builds import ZIG, build, find_tool

MACH_O_64 = 0xFEEDFACF
EXECUTABLE, LIBRARY = 2, 6  # MH_EXECUTE, MH_DYLIB


@pytest.mark.parametrize(("processor", "cpu"), [("arm64", 0x0100000C), ("x86_64", 0x01000007)])
def test_the_program_and_the_library_are_that_processors(processor, cpu, tmp_path):
    if not find_tool(*ZIG):
        pytest.skip(f"{ZIG[0]} not found")
    folder = build(tmp_path, f"macos-{processor}", "-DDSLITE_STRICT=ON")
    for path, kind in (("tool/dslite-run", EXECUTABLE), ("c_api/libdslite.dylib", LIBRARY)):
        head = (folder / "cpp" / path).read_bytes()[:16]
        assert struct.unpack("<IIII", head)[::3] == (MACH_O_64, kind)
        assert struct.unpack("<II", head[:8])[1] == cpu
        assert (folder / "cpp" / path).stat().st_size > 100_000
