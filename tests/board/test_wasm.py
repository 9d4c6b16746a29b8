"""WebAssembly computes the bits of this machine, with simd128 and without."""

import gzip
from pathlib import Path

import pytest
from cpp_builds import run
from web_builds import build_core

MOST_BYTES = 130_000  # of the module, gzipped


@pytest.fixture(scope="module", params=["wasm", "wasm-scalar"])
def folder(request, tmp_path_factory) -> Path:
    """The page's core and the fingerprints program, by Emscripten."""
    return build_core(request.param, tmp_path_factory.mktemp(request.param), "fingerprints")


def test_the_bits_are_those_of_this_machine(folder, cpp_build):
    program = folder / "cpp" / "tests" / "fingerprints.js"
    # The glue of Debian's Emscripten mistakes a fetch in Node for a browser's.
    found = run("node", "--no-experimental-fetch", program)
    assert found == run(cpp_build / "cpp" / "tests" / "fingerprints")


def test_the_module_is_small(folder):
    (module,) = (folder / "cpp" / "web").glob("dslite-*.wasm")
    assert len(gzip.compress(module.read_bytes(), 9)) <= MOST_BYTES
