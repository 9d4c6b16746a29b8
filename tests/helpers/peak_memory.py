"""The most memory that a process has had.

``ru_maxrss`` begins with the peak of the process that forked this one, behind which growth hides.
"""

import os
import re
from pathlib import Path

#: The environment of a child that imports this module.
WITH_HELPERS = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}


def peak_kb() -> int:
    """Since this process was started, or ``forget_peak`` called."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found, "Linux says it in /proc"
    return int(found[1])


def forget_peak() -> None:
    """Begin anew from what the process has now."""
    Path("/proc/self/clear_refs").write_text("5")
