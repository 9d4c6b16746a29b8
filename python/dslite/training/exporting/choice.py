"""Which of several exports to take: those that no other beats, and the best within a budget."""

from __future__ import annotations

from collections.abc import Sequence

from dslite.training.exporting.candidate import Candidate


def quality(one: Candidate) -> float:
    """UAR, or CCC of values, per chunk; −∞ where no held-out file could be read."""
    return one.loss.per_chunk.second if one.loss else float("-inf")


def dominated(one: Candidate, among: Sequence[Candidate]) -> bool:
    """Whether another is no worse in size, time of a chunk and quality, and better in one of them."""
    return any(_beats(other, one) for other in among)


def _beats(one: Candidate, other: Candidate) -> bool:
    pairs = [
        (one.costs.file_bytes, other.costs.file_bytes),
        (one.costs.ms, other.costs.ms),
        (-quality(one), -quality(other)),
    ]
    return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)


def best(among: Sequence[Candidate], budget_ms: float | None, budget_kb: float | None) -> Candidate | None:
    """The best that fits and was not refused; of equally good ones the smallest. None where none fits.

    Args:
        budget_ms: for a chunk with one thread, on this machine.
        budget_kb: for the file, in 1000 bytes.
    """
    fitting = [
        one
        for one in among
        if not one.refusal
        and (budget_ms is None or one.costs.ms <= budget_ms)
        and (budget_kb is None or one.costs.file_bytes <= 1000 * budget_kb)
    ]
    return max(fitting, key=lambda one: (quality(one), -one.costs.file_bytes), default=None)
