"""A training in a process of its own, for workers that have other threads.

Keras draws the seeds of its layers from Python's global generator, and so do threads of a Dask worker:
between the two a training would not repeat. And what TensorFlow keeps of one training ends with it.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from dslite import Error
from dslite.util.progress import NoProgress

if TYPE_CHECKING:
    from dslite.training.job import Job

#: prctl's option (Linux): the signal that a process gets when its parent dies.
PR_SET_PDEATHSIG = 1


def run_in_child(job: Job) -> str | None:
    """Do ``job`` in a new process; returns what was wrong, if anything.

    The child dies with the calling thread: whoever takes over the job has its folder to itself.
    """
    child = subprocess.run(
        [sys.executable, "-m", "dslite.training.cluster.child"],
        input=pickle.dumps(job),
        stdout=subprocess.PIPE,
        check=False,
    )
    if child.returncode < 0:
        return f"its process was ended by {signal.Signals(-child.returncode).name}"
    if child.returncode > 0:
        return f"its process failed with exit code {child.returncode}"
    error: str | None = pickle.loads(child.stdout)
    return error


def main() -> None:
    """Read a job from stdin, do it, write what was wrong to stdout."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    result = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing else shall get into the result
    job: Job = pickle.load(sys.stdin.buffer)
    error = None
    try:
        from dslite.training.jobs import run

        run(job, NoProgress())
    except (Error, ValueError, OSError) as raised:
        error = " ".join(str(raised).split())
    with result:
        pickle.dump(error, result)


if __name__ == "__main__":
    main()
