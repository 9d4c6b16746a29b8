"""Work spread over threads, its results in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def processors() -> int:
    """How many processors this process may use, which under taskset or SLURM are fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_parallel(
    work: Callable[[Item], Result], items: Iterable[Item], threads: int = 0, ending: Event | None = None
) -> Iterator[Result]:
    """Yield ``work(item)`` in the order of the items, a few of them ahead on other threads.

    Unlike ``Executor.map`` it does not hold every result of a long list at once. ``ending`` is set once no
    more results are wanted: long work looks at it, and stops.
    """
    threads = threads or processors()
    pending: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for item in items:
                pending.append(pool.submit(work, item))
                if len(pending) > 2 * threads:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            if ending is not None:
                ending.set()
            for future in pending:
                future.cancel()
