"""Work spread over threads, its results in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from threading import Event
from typing import Generic, TypeVar

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
    return pieces_in_parallel(lambda item: [work(item)], items, threads, ending)


def pieces_in_parallel(
    work: Callable[[Item], Iterable[Result]],
    items: Iterable[Item],
    threads: int = 0,
    ending: Event | None = None,
) -> Iterator[Result]:
    """Yield what each ``work(item)`` yields, in the order of the items, as soon as it is there.

    As ``in_parallel``; the work of an item goes on while its first pieces are taken.
    """
    threads = threads or processors()
    ending = ending or Event()
    pending: deque[_Pieces[Result]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for item in items:
                pending.append(_Pieces())
                pool.submit(pending[-1].fill, work, item, ending)
                if len(pending) > 2 * threads:
                    yield from pending.popleft()
            while pending:
                yield from pending.popleft()
        finally:
            ending.set()


class _Pieces(Generic[Result]):
    """What one item's work has yielded so far, from one thread to another."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[tuple[Result] | BaseException | None] = SimpleQueue()

    def fill(self, work: Callable[[Item], Iterable[Result]], item: Item, ending: Event) -> None:
        end: BaseException | None = None
        try:
            for piece in () if ending.is_set() else work(item):
                self._queue.put((piece,))
                if ending.is_set():
                    break
        except BaseException as error:  # raised again where the pieces are taken
            end = error
        self._queue.put(end)

    def __iter__(self) -> Iterator[Result]:
        while (found := self._queue.get()) is not None:
            if isinstance(found, BaseException):
                raise found
            yield found[0]
