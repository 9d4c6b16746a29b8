"""Batches on many threads: the same bits however many there are, and whatever the process does meanwhile."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from peak_memory import forget_peak, peak_kb

import dslite

QUICK = dslite.Recipe().replace(chunk={"seconds": 0.5}, picture={"width": 64, "height": 64})


def chunks(count: int, seed: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, QUICK_SAMPLES)).astype(np.float32)


QUICK_SAMPLES = dslite.FrontEnd(QUICK).chunk_samples


@pytest.mark.parametrize("threads", [0, 1, 2, 3, 64])
@pytest.mark.parametrize("count", [0, 1, 2, 7, 64])
def test_a_batch_is_its_chunks(count, threads):
    front, batch = dslite.FrontEnd(QUICK), chunks(count)
    expected = [front.tensor(chunk) for chunk in batch]
    np.testing.assert_array_equal(
        front.tensors(batch, threads=threads), np.reshape(expected, (count, 64, 64, 3))
    )


def test_batches_from_several_threads_at_once():
    front = dslite.FrontEnd(QUICK)
    batches = [chunks(40, seed) for seed in range(6)]
    expected = [front.tensors(batch, threads=1) for batch in batches]
    found = [None] * len(batches)

    def draw(i):
        for _ in range(10):
            found[i] = front.tensors(batches[i], threads=2)

    workers = [threading.Thread(target=draw, args=(i,)) for i in range(len(batches))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_an_error_on_another_thread_is_raised_and_the_pool_goes_on():
    front, batch = dslite.FrontEnd(QUICK), chunks(200)
    batch[150, 7] = np.nan
    with pytest.raises(ValueError, match="sample 7 is nan"):
        front.tensors(batch, threads=2)
    assert front.tensors(chunks(200), threads=2).shape == (200, 64, 64, 3)


def test_forcing_an_instruction_set_during_a_picture_changes_nothing():
    """Tables and kernels of one call belong together: their lanes differ between instruction sets."""
    front = dslite.FrontEnd(dslite.Recipe())
    chunk = np.random.default_rng(1).standard_normal(64000).astype(np.float32)
    expected = dslite.fingerprint(front.tensor(chunk))
    stop = threading.Event()

    def force():
        while not stop.is_set():
            for isa in dslite.supported_isas():
                dslite.force_isa(isa)

    forcing = threading.Thread(target=force)
    forcing.start()
    try:
        assert {dslite.fingerprint(front.tensor(chunk)) for _ in range(300)} == {expected}
    finally:
        stop.set()
        forcing.join()
        dslite.force_isa("")


def run(code: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, **options)


DRAW = """
import numpy as np, dslite
recipe = dslite.Recipe().replace(chunk={"seconds": 0.5}, picture={"width": 64, "height": 64})
front = dslite.FrontEnd(recipe)
batch = np.random.default_rng(3).standard_normal((200, front.chunk_samples)).astype(np.float32)
expected = dslite.fingerprint(front.tensors(batch, threads=1))
"""


def test_a_forked_child_has_threads_of_its_own():
    code = DRAW + (
        "import os\n"
        "assert dslite.fingerprint(front.tensors(batch, threads=2)) == expected\n"
        "child = os.fork()\n"
        "same = dslite.fingerprint(front.tensors(batch, threads=2)) == expected\n"
        "if child == 0: os._exit(0 if same else 3)\n"
        "assert same and os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0\n"
    )
    done = run(code)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="limits processes by setrlimit")
def test_threads_that_cannot_be_started_are_done_without():
    """Root is not limited, so the code gives up being root."""
    code = (
        "import os, resource\n" + DRAW + "if os.getuid() == 0: os.setuid(65534)\n"
        "resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))\n"
        "import threading\n"
        "try: threading.Thread(target=print).start(); print('started')\n"
        "except RuntimeError: pass\n"
        "assert dslite.fingerprint(front.tensors(batch, threads=8)) == expected\n"
    )
    done = run(code)
    assert done.returncode == 0, done.stderr
    assert "started" not in done.stdout


ROUNDING = {
    "rounding up": "assert lib.fesetround(0x800 if machine == 'x86_64' else 0x400000) == 0",
    "rounding to zero": "assert lib.fesetround(0xC00 if machine == 'x86_64' else 0xC00000) == 0",
}


@pytest.mark.parametrize("name", sorted(ROUNDING))
def test_the_process_may_round_another_way(name):
    code = DRAW + (
        "import ctypes, platform\n"
        "machine = platform.machine()\n"
        "lib = ctypes.CDLL('libm.so.6')\n"
        "built = front.tensor(batch[0])\n"
        f"{ROUNDING[name]}\n"
        "before = lib.fegetround()\n"
        "assert (dslite.FrontEnd(recipe).tensor(batch[0]) == built).all()\n"
        "assert dslite.fingerprint(front.tensors(batch, threads=2)) == expected\n"
        "assert lib.fegetround() == before != 0\n"
    )
    done = run(code)
    assert done.returncode == 0, done.stderr


FLUSH = r"""
#include <immintrin.h>
void flush(void) { _mm_setcsr(_mm_getcsr() | 0x8040); }
unsigned state(void) { return _mm_getcsr() & 0x8040; }
"""


def test_the_process_may_flush_subnormals(tmp_path):
    if os.uname().machine != "x86_64":
        pytest.skip("sets the bits of x86-64")
    (tmp_path / "flush.c").write_text(FLUSH)
    library = tmp_path / "flush.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, tmp_path / "flush.c"], check=True)
    code = (
        "import ctypes, numpy as np, dslite\n"
        "recipe = dslite.Recipe().replace(scale={'kind': 'none'}, chunk={'seconds': 0.5})\n"
        "front = dslite.FrontEnd(recipe)\n"
        "faint = np.random.default_rng(3).standard_normal(8000).astype(np.float32) * np.float32(1e-20)\n"
        "expected = front.log_mel(faint)\n"
        "assert (np.abs(expected[expected != 0]) < 1.2e-38).any()\n"
        f"lib = ctypes.CDLL({str(library)!r})\n"
        "lib.flush()\n"
        "found = front.log_mel(faint)\n"
        "assert lib.state() == 0x8040\n"
        "assert found.tobytes() == expected.tobytes()\n"
    )
    done = run(code)
    assert done.returncode == 0, done.stderr


def test_arrays_that_are_not_aligned_are_refused():
    front = dslite.FrontEnd(QUICK)
    odd = np.zeros(4 * QUICK_SAMPLES + 1, np.uint8)[1:].view(np.float32)
    with pytest.raises(ValueError, match=r"not aligned; use its copy\(\)"):
        front.tensor(odd)
    assert front.tensor(odd.copy()).shape == (64, 64, 3)


def test_memory_is_bounded_by_the_recipe():
    """The threads' scratch does not grow with the number of batches."""
    front, batch = dslite.FrontEnd(QUICK), chunks(64)
    out = np.empty((64, 64, 64, 3), np.float32)
    for _ in range(20):
        front.tensors(batch, threads=2, out=out)
    forget_peak()
    before = peak_kb()
    for _ in range(300):
        front.tensors(batch, threads=2, out=out)
    assert peak_kb() - before < 4096
