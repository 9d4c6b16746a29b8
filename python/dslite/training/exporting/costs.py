"""What a model file costs to run on this machine, each figure taken in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from dslite import Error

#: How often a chunk is answered for; the median counts.
REPEATS = 30
#: A process that takes longer has hung.
SECONDS = 600.0


@dataclass(frozen=True)
class Costs:
    """``file_bytes`` of the model file. The rest is measured here, by the native core.

    ``cold_start_ms``: from opening the file, which is in the disk's cache, to the first answer, with the
    inference library loaded on the way. ``memory_bytes``: what the process took at most, beyond what it had
    before it opened the file. ``ms`` and ``ms_2_threads``: sound → scores of one chunk, the median.
    """

    file_bytes: int
    cold_start_ms: float
    memory_bytes: int
    ms: float
    ms_2_threads: float

    def to_json(self) -> dict[str, float]:
        """As plain values."""
        return asdict(self)

    def texts(self) -> list[tuple[str, str]]:
        """Each figure by its name, with its unit."""
        return [
            ("file", f"{self.file_bytes / 1e3:.0f} kB"),
            ("peak memory beyond the process's own", f"{self.memory_bytes / 1e6:.1f} MB"),
            ("cold start", f"{self.cold_start_ms:.1f} ms"),
            ("a chunk, 1 thread", f"{self.ms:.2f} ms"),
            ("a chunk, 2 threads", f"{self.ms_2_threads:.2f} ms"),
        ]


def measure_costs(path: Path) -> Costs:
    """Run the model in two processes, with one thread and with two.

    Raises:
        Error: it does not run here.
    """
    one, two = (_child(path, threads) for threads in (1, 2))
    return Costs(
        path.stat().st_size, one["cold_start_ms"], int(one["memory_bytes"]), one["chunk_ms"], two["chunk_ms"]
    )


def _child(path: Path, threads: int) -> dict[str, float]:
    command = [sys.executable, "-m", "dslite.training.exporting.costs", str(path), str(threads)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Error(f"{path}: could not be timed: {error}") from error
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or [f"the process ended with {done.returncode}"])[-1]
        raise Error(f"{path}: could not be timed: {last}")
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main(arguments: Sequence[str]) -> None:
    """Time a model in this process, and print what was found as JSON."""
    import time

    import numpy as np

    from dslite import Model, _dslite

    path, threads = arguments
    before = _dslite.peak_memory_bytes()
    start = time.perf_counter()
    model = Model(path, threads=int(threads))
    chunk = model.recipe.chunk.seconds or 2.0
    noise = np.random.default_rng(0).normal(0, 0.1, int(chunk * model.recipe.audio.sample_rate_hz))
    model.scores(noise.astype(np.float32))
    cold_start_ms = 1e3 * (time.perf_counter() - start)
    stages = model.bench(REPEATS)["stages"]
    found = {
        "cold_start_ms": cold_start_ms,
        "memory_bytes": _dslite.peak_memory_bytes() - before,
        "chunk_ms": stages["answer"]["median_ms"],
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
