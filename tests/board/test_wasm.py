"""WebAssembly computes the bits of this machine, with simd128 and without."""

import gzip
from pathlib import Path

import pytest
from cpp_builds import REPOSITORY, find_tool, run

MOST_BYTES = 130_000  # of the module, gzipped


@pytest.fixture(scope="module", params=["wasm", "wasm-scalar"])
def folder(request, tmp_path_factory) -> Path:
    """The page's core and the fingerprints program, by Emscripten."""
    for tool in "emcmake", "node":
        if not find_tool(tool):
            pytest.skip(f"{tool} not found: apt-get install emscripten nodejs")
    folder = tmp_path_factory.mktemp(request.param)
    environment = {"NODE_PATH": "/usr/share/nodejs"}  # where Debian's Emscripten finds its own packages
    cmake = find_tool("cmake")
    settings = ["-DDSLITE_BUILD_TESTS=ON", "-DDSLITE_STRICT=ON", "-G", "Ninja"]
    configure = ["emcmake", cmake, "-S", REPOSITORY, "--preset", request.param, "-B", folder, *settings]
    run(*configure, environment=environment)
    build = [cmake, "--build", folder, "--target", "dslite_web", "fingerprints"]
    run(*build, environment=environment)
    return folder


def test_the_bits_are_those_of_this_machine(folder, cpp_build):
    program = folder / "cpp" / "tests" / "fingerprints.js"
    # The glue of Debian's Emscripten mistakes a fetch in Node for a browser's.
    found = run("node", "--no-experimental-fetch", program)
    assert found == run(cpp_build / "cpp" / "tests" / "fingerprints")


def test_the_module_is_small(folder):
    (module,) = (folder / "cpp" / "web").glob("dslite-*.wasm")
    assert len(gzip.compress(module.read_bytes(), 9)) <= MOST_BYTES
