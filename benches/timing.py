"""Timing side by side: everyone takes a short turn in every round, so that what disturbs the machine
disturbs all alike."""

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import dslite

TURN_SECONDS = 0.005
MOST_CALLS = 10
FEWEST_ROUNDS = 7


@dataclass
class Runner:
    """One contestant; `isa` is what dslite's kernels are forced to while it runs ("" for the best)."""

    call: Callable[[], object]
    isa: str = ""
    by_clock: bool = False
    seconds: list[float] = field(default_factory=list)

    def timed(self) -> float:
        """Seconds by the clock or of processor time, whichever is less: a call that another program
        interrupts has not become slower. Several threads are timed by the clock alone."""
        start, start_cpu = time.perf_counter(), time.process_time()
        self.call()
        cpu, wall = time.process_time() - start_cpu, time.perf_counter() - start
        return wall if self.by_clock else min(wall, cpu)

    def turn(self) -> None:
        """One call to warm the caches, then a few that count; only those of a call that is a turn long."""
        dslite.force_isa(self.isa)
        first = self.timed()
        if first > TURN_SECONDS * MOST_CALLS:
            self.seconds.append(first)
            return
        for _ in range(max(1, min(MOST_CALLS, int(TURN_SECONDS / first)))):
            self.seconds.append(self.timed())

    @property
    def median_us(self) -> float:
        return 1e6 * statistics.median(self.seconds)


def race(runners: list[Runner], seconds: float) -> None:
    """Rounds of turns for about `seconds`, the first of them forgotten."""
    gc.collect()
    gc.disable()
    try:
        for runner in runners:
            runner.turn()
            runner.seconds.clear()
        start = time.perf_counter()
        rounds = 0
        while rounds < FEWEST_ROUNDS or time.perf_counter() - start < seconds:
            for runner in runners:
                runner.turn()
            rounds += 1
    finally:
        gc.enable()
        dslite.force_isa("")
