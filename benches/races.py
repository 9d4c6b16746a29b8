"""The races: works A to C and F against the opponents, D and E of dslite against itself."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

import dslite

from .claims import CLAIMS, Claim
from .timing import Runner, race
from .works import PICTURE

CHUNKS = 1000
QUANTIZATION = (0.02, -7)


@dataclass
class Row:
    """A line of the table: microseconds, dslite's for each instruction set."""

    work: str
    title: str
    opponent: str
    at_least: float
    theirs_us: dict[str, float]  # of the same opponent where it is not dslite itself; empty: not available
    ours_us: dict[str, float]
    note: str = ""

    def ratio(self, isa: str) -> float:
        return self.theirs_us[isa] / self.ours_us[isa]


def same_bits(call: Callable[[], np.ndarray], isas: list[str]) -> None:
    """AssertionError unless every instruction set computes what the first one does."""
    prints = {}
    for isa in isas:
        dslite.force_isa(isa)
        prints[isa] = dslite.fingerprint(call())
    dslite.force_isa("")
    assert len(set(prints.values())) == 1, f"instruction sets differ: {prints}"


def contest(claims: list[Claim]) -> tuple[dict[str, Runner], dict[str, str]]:
    """Of those that are installed, {opponent: runner}; of the others, {opponent: what is missing}."""
    runners, missing = {}, {}
    for claim in claims:
        try:
            runners[claim.name] = Runner(claim.contest())
        except ImportError as error:
            missing[claim.name] = f"not available: {error}"
    return runners, missing


def against_others(key: str, isas: list[str], seconds: float) -> list[Row]:
    claims = [claim for claim in CLAIMS if claim.work.key == key]
    work = claims[0].work
    call = work.ours(work)
    same_bits(call, isas)
    ours = {isa: Runner(call, isa) for isa in isas}
    theirs, missing = contest(claims)
    race([*ours.values(), *theirs.values()], seconds)
    ours_us = {isa: runner.median_us / work.per_call for isa, runner in ours.items()}
    rows = []
    for claim in claims:
        runner = theirs.get(claim.name)
        theirs_us = dict.fromkeys(isas, runner.median_us / work.per_call) if runner else {}
        note = missing.get(claim.name, "")
        rows.append(Row(key, work.title, claim.name, claim.at_least, theirs_us, ours_us, note))
    return rows


def against_itself(
    row: tuple[str, str, str, float], pairs: dict[str, tuple[Runner, Runner]], seconds: float
) -> Row:
    """`pairs`: per instruction set, dslite as the opponent and dslite as itself."""
    race([runner for pair in pairs.values() for runner in pair], seconds)
    return Row(
        *row,
        {isa: pair[0].median_us for isa, pair in pairs.items()},
        {isa: pair[1].median_us for isa, pair in pairs.items()},
    )


def threads_work() -> Callable[[int], np.ndarray]:
    """threads → the tensors of 1000 chunks on so many."""
    gains = np.linspace(0.1, 1, CHUNKS, dtype=np.float32)[:, None]
    batch = gains * PICTURE.samples
    front = dslite.FrontEnd(dslite.Recipe())
    out = np.empty((CHUNKS, *PICTURE.expected.shape), np.float32)
    return lambda threads: front.tensors(batch, threads=threads, out=out)


def threads(isas: list[str], seconds: float) -> Row:
    call = threads_work()
    assert dslite.fingerprint(call(1)) == dslite.fingerprint(call(2)), "threads differ"
    row = ("D", f"{CHUNKS} chunks of A, threads=2", "itself with threads=1", 1.9)
    one, two = (lambda: call(1)), (lambda: call(2))
    pairs = {isa: (Runner(one, isa, by_clock=True), Runner(two, isa, by_clock=True)) for isa in isas}
    return against_itself(row, pairs, seconds)


def int8_work() -> Callable[[], np.ndarray]:
    front = dslite.FrontEnd(dslite.Recipe())
    out = np.empty(PICTURE.expected.shape, np.int8)
    return lambda: front.tensor_quantized(PICTURE.samples, *QUANTIZATION, out=out)


def check_int8(found: np.ndarray) -> None:
    scale, zero_point = QUANTIZATION
    expected = np.clip(np.round(PICTURE.expected / np.float32(scale)) + zero_point, -128, 127)
    assert np.array_equal(found, expected), "int8 differs from the rounded float32 tensor"


def quantized(isas: list[str], seconds: float) -> Row:
    call = int8_work()
    check_int8(call())
    same_bits(call, isas)
    row = ("E", "A to int8", "itself to float32", 1.0)
    pairs = {isa: (Runner(PICTURE.ours(PICTURE), isa), Runner(call, isa)) for isa in isas}
    return against_itself(row, pairs, seconds)


def run(isas: list[str], seconds: float, say: Callable[[str], None]) -> list[Row]:
    """Every race, about `seconds` long each."""
    rows = []
    for key in dict.fromkeys(claim.work.key for claim in CLAIMS):
        say(f"{key}: preparing and checking")
        rows += against_others(key, isas, seconds)
    say("D: threads")
    rows.append(threads(isas, seconds))
    say("E: integers")
    rows.append(quantized(isas, seconds))
    return rows
