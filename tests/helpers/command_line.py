"""The program as people start it, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path


def dslite(
    *arguments: str | os.PathLike[str], cwd: Path | None = None, timeout_s: float = 600
) -> subprocess.CompletedProcess[str]:
    """Run ``dslite ARGUMENTS`` and return what it wrote and its exit code."""
    return subprocess.run(
        [sys.executable, "-m", "dslite", *map(os.fspath, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


def complaint(result: subprocess.CompletedProcess[str]) -> str:
    """The last line on stderr of a run that failed as it should: exit code 1, no traceback."""
    assert result.returncode == 1, result.stderr
    assert "Traceback" not in result.stderr
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("dslite: "), result.stderr
    return last
