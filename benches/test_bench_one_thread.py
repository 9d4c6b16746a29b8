"""Works A, B, C and E, one contestant at a time; ``python -m benches`` races them side by side.

pytest benches --benchmark-enable --benchmark-group-by=group --benchmark-columns=median,iqr,rounds
"""

import pytest

import dslite
from benches import races
from benches.claims import CLAIMS, Claim
from benches.works import Work

WORKS = list({claim.work.key: claim.work for claim in CLAIMS}.values())


@pytest.fixture(params=dslite.supported_isas())
def isa(request):
    dslite.force_isa(request.param)
    yield request.param
    dslite.force_isa("")


@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.key)
def test_dslite(benchmark, work: Work, isa: str):
    benchmark.group = f"{work.key}: {work.title}"
    call = work.ours(work)
    assert dslite.fingerprint(call()) == dslite.fingerprint(work.expected)
    benchmark(call)


@pytest.mark.parametrize("claim", CLAIMS, ids=str)
def test_opponent(benchmark, claim: Claim):
    benchmark.group = f"{claim.work.key}: {claim.work.title}"
    try:
        call = claim.contest()
    except ImportError as error:
        pytest.skip(f"not available: {error}")
    benchmark(call)


def test_int8(benchmark, isa: str):
    benchmark.group = "E: A to int8"
    call = races.int8_work()
    races.check_int8(call())
    benchmark(call)
