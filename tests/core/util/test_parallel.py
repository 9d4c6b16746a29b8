"""How many threads there are for the work."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from dslite.util.parallel import pieces_in_parallel

PROGRAM = "from dslite.util.parallel import processors; print(processors())"


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system binds no process to processors")
def test_only_the_processors_this_process_may_use_count() -> None:
    allowed = sorted(os.sched_getaffinity(0))
    for count in range(1, len(allowed) + 1):
        bind = f"import os; os.sched_setaffinity(0, {set(allowed[:count])}); {PROGRAM}"
        done = subprocess.run([sys.executable, "-c", bind], capture_output=True, text=True, check=True)
        assert int(done.stdout) == count


def test_pieces_come_in_order_and_before_their_work_is_done() -> None:
    """Each work goes on only when its first piece was taken; the second is ahead of its turn."""
    taken = [threading.Event(), threading.Event()]

    def work(item: int) -> Iterator[tuple[int, str]]:
        yield item, "first"
        assert taken[item].wait(30)
        yield item, "last"

    found = []
    for piece in pieces_in_parallel(work, [0, 1], threads=2):
        found.append(piece)
        taken[piece[0]].set()
    assert found == [(0, "first"), (0, "last"), (1, "first"), (1, "last")]


def test_an_error_comes_at_its_place_and_ends_the_rest() -> None:
    begun = []

    def work(item: int) -> Iterator[int]:
        begun.append(item)
        yield item
        if item == 1:
            raise KeyError("mine")

    found = []
    with pytest.raises(KeyError, match="mine"):
        found.extend(pieces_in_parallel(work, range(1000), threads=2))
    assert found == [0, 1]
    assert len(begun) < 20
