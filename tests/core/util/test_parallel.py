"""How many threads there are for the work."""

import os
import subprocess
import sys

import pytest

PROGRAM = "from dslite.util.parallel import processors; print(processors())"


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system binds no process to processors")
def test_only_the_processors_this_process_may_use_count() -> None:
    allowed = sorted(os.sched_getaffinity(0))
    for count in range(1, len(allowed) + 1):
        bind = f"import os; os.sched_setaffinity(0, {set(allowed[:count])}); {PROGRAM}"
        done = subprocess.run([sys.executable, "-c", bind], capture_output=True, text=True, check=True)
        assert int(done.stdout) == count
