"""What the core measured of a model's stages and operators, as dictionaries."""

from __future__ import annotations

from typing import Any

from . import _dslite
from ._dslite import NativeModel


def stage_times(native: NativeModel, repeats: int, rate_hz: int) -> dict[str, Any]:
    """The stages, and what ``Model.bench`` says beside them."""
    bench = _dslite.bench(native, repeats, rate_hz)
    return {
        "stages": {time.stage: {"median_ms": time.median_ms, "p99_ms": time.p99_ms} for time in bench.stages},
        "repeats": bench.repeats,
        "chunk_seconds": bench.chunk_seconds,
        "hop_seconds": bench.hop_seconds,
        "real_time_factor": bench.real_time_factor,
        "peak_memory_bytes": bench.peak_memory_bytes,
        "isa": bench.isa,
        "runtime": bench.runtime,
    }


def operator_times(native: NativeModel, repeats: int) -> list[dict[str, Any]]:
    """The operators by kind, of a model that was opened to time them."""
    times = _dslite.bench_operators(native, repeats)
    return [{"kind": one.kind, "count": one.count, "ms": one.ms} for one in times]
