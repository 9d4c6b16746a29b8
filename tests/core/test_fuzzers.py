"""Every fuzzer for a while, from the seeds in the tree: nothing crashes, leaks, hangs or differs.

$DSLITE_FUZZ_SECONDS is how long each runs, 3 by default. For longer campaigns, of one target:

    cmake --preset fuzz && cmake --build --preset fuzz --target fuzzers
    build/fuzz/cpp/tests/fuzz/fuzz_wav -max_total_time=3600 some_folder cpp/tests/corpus/wav
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from cpp_builds import REPOSITORY, build, find_tool

TESTS = REPOSITORY / "cpp" / "tests"
TARGETS = sorted(path.stem for path in (TESTS / "fuzz").glob("*.cpp"))
SECONDS = os.environ.get("DSLITE_FUZZ_SECONDS", "3")


@pytest.fixture(scope="module")
def fuzzers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs."""
    if not find_tool("clang++"):
        pytest.skip("clang++ not found, which has libFuzzer: apt-get install clang")
    return build(tmp_path_factory.mktemp("fuzz"), "fuzz", target="fuzzers") / "cpp" / "tests" / "fuzz"


def test_every_target_has_seeds():
    assert sorted(path.name for path in (TESTS / "corpus").iterdir()) == TARGETS
    assert all(any((TESTS / "corpus" / target).iterdir()) for target in TARGETS)


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_is_found(target, fuzzers, tmp_path):
    found, seeds = tmp_path / "found", TESTS / "corpus" / target
    found.mkdir()
    done = subprocess.run(
        [fuzzers / f"fuzz_{target}", f"-max_total_time={SECONDS}", "-timeout=60", found, seeds],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        errors="replace",
    )
    assert done.returncode == 0, done.stderr
    executions = re.search(r"^Done (\d+) runs", done.stderr, re.MULTILINE)
    assert executions, done.stderr
    assert int(executions[1]) > len(list(seeds.iterdir()))
