"""Work D: 1000 chunks on one thread and on two."""

import pytest

import dslite
from benches import races


@pytest.fixture(scope="module")
def tensors():
    return races.threads_work()


@pytest.mark.parametrize("threads", [1, 2])
def test_tensors(benchmark, tensors, threads: int):
    benchmark.group = f"D: {races.CHUNKS} chunks of A"
    found = benchmark.pedantic(tensors, args=(threads,), rounds=5, warmup_rounds=1)
    assert dslite.fingerprint(found) == dslite.fingerprint(tensors(1))
