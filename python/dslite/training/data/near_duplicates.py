"""Near-duplicates across a split: the same sound on both sides, re-encoded, louder or cut differently.

After Haitsma & Kalker (2002), "A Highly Robust Audio Fingerprinting System": 32 bits a frame say whether
the step from a mel band to the next one grew. Loudness cancels out of them, and what codecs change flips
few. Frames that agree to the bit, found by an index, propose by how much two recordings are shifted; there
all their bits are compared. Two that have nothing in common agree in half of them.

Silence, and sound that does not change at all, has no bits: it is the same everywhere.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dslite import Error, FrontEnd
from dslite.audio import signal_blocks
from dslite.training.data.fingerprints import (
    FINGERPRINT,
    LAG,
    SILENCE_DB,
    STILL_DB,
    WEAK_BITS,
    Bits,
    Fingerprint,
    take_fingerprint,
)
from dslite.util.cache import Cache
from dslite.util.content import digest
from dslite.util.parallel import in_parallel
from dslite.util.text import shorten

#: What fingerprints are called in the cache.
KIND = "fingerprints"
#: Frames that are in the index more often than this, of a sound that nearly stands still, show no pair.
COMMON = 200
#: Frames that are looked for at a time: a recording may last for hours.
ASKED = 2048
#: Alignments whose votes are counted at a time; of more the less likely are forgotten.
CANDIDATES = 1 << 20
#: Alignments of a recording that are looked at closer, those with most equal frames first.
ALIGNMENTS = 40

#: Frames that are compared, one second of sound: two recordings may share no more than that.
STRETCH = 64
#: How equal they must be, the more the fewer they are: (similarity − ½) · √frames; 0.76 for a second. Of all
#: pairs of clips of ESC-10 and of EmoDB that share no sound none came above 0.68, at any alignment; copies as
#: OGG and MP3 of the lowest quality stayed above 0.80.
EVIDENCE = 2.1

#: Hashes of all that decides a fingerprint, and which pairs are found by them.
VERSION = hashlib.sha256(f"{FINGERPRINT.to_toml()} {LAG} {SILENCE_DB} {STILL_DB}".encode()).hexdigest()
SEARCH_VERSION = f"{VERSION} {EVIDENCE} {COMMON} {ALIGNMENTS} {STRETCH} {WEAK_BITS}"

_ONES = np.array([bin(byte).count("1") for byte in range(256)], dtype=np.uint8)


@dataclass(frozen=True)
class Pair:
    """Two recordings that share a sound; ``similarity`` is the share of equal bits, ½ … 1.

    ``shift_s`` is where the first begins in the second, in seconds.
    """

    first: Path
    second: Path
    similarity: float
    shift_s: float


def near_duplicates(
    first: Iterable[Path],
    second: Sequence[Path],
    advance: Callable[[], None] = lambda: None,
    cache: Cache | None = None,
) -> list[Pair]:
    """Find the pairs of a recording in ``first`` and one in ``second`` that share a sound.

    The fingerprints of ``second`` are kept in memory, 6 kB for 5 s: let it be the smaller part.
    Recordings that cannot be read are passed over. ``advance`` is called once a recording. Fingerprints
    are taken from ``cache``, and put there.

    Returns:
        The pairs, most similar first; of two recordings the alignment that fits best.
    """
    index = _Index(fingerprint for _, fingerprint in _fingerprints(second, advance, cache))
    pairs = [
        Pair(path, second[number], similarity, shift * FINGERPRINT.stft.hop_seconds)
        for path, fingerprint in _fingerprints(first, advance, cache)
        for number, (similarity, shift) in index.find(fingerprint).items()
    ]
    return sorted(pairs, key=lambda pair: -pair.similarity)


def duplicates_within(paths: Sequence[Path], advance: Callable[[], None] = lambda: None) -> list[Pair]:
    """Find the pairs of recordings among ``paths`` that share a sound, each pair once.

    All fingerprints are kept in memory, 15 kB for 5 s. Recordings that cannot be read are passed over.

    Returns:
        As ``near_duplicates``; the first of a pair comes before the second.
    """
    all_of_them = [fingerprint for _, fingerprint in _fingerprints(paths, advance)]
    index = _Index(all_of_them)
    pairs = [
        Pair(paths[one], paths[other], similarity, shift * FINGERPRINT.stft.hop_seconds)
        for one, fingerprint in enumerate(all_of_them)
        for other, (similarity, shift) in index.find(fingerprint).items()
        if one < other
    ]
    return sorted(pairs, key=lambda pair: -pair.similarity)


def describe(pairs: Sequence[Pair], most: int = 5) -> str:
    """One line that names the pairs, at most ``most``, below the folder that holds all."""
    files = [path.absolute() for pair in pairs for path in (pair.first, pair.second)]
    root = os.path.commonpath([path.parent for path in files])
    named = (
        f"{os.path.relpath(pair.first, root)} = {os.path.relpath(pair.second, root)} ({pair.similarity:.2f})"
        for pair in pairs
    )
    return (
        f"{len(pairs)} pairs across the split share a sound, which flatters the test: {shorten(named, most)}"
    )


def align(one: Fingerprint, other: Fingerprint, shift: int) -> float:
    """The share of equal bits in the best second, where ``one`` begins at frame ``shift`` of ``other``.

    Frames that are silent in one of them are skipped; 0 where too few are left.
    """
    begin, begin_other = max(0, -shift), max(0, shift)
    count = min(len(one.bits) - begin, len(other.bits) - begin_other)
    if count <= 0:
        return 0.0
    here, there = slice(begin, begin + count), slice(begin_other, begin_other + count)
    counting = one.counts[here] & other.counts[there]
    different = (one.bits[here] ^ other.bits[there])[counting]
    frames = min(len(different), STRETCH)
    ones = _ONES[different.view(np.uint8)].reshape(-1, 4).sum(axis=1, dtype=np.int64)
    passed = np.concatenate([[0], np.cumsum(ones)])
    fewest = int((passed[frames:] - passed[: len(passed) - frames]).min())
    similarity = 1 - fewest / max(1, 32 * frames)
    return similarity if (similarity - 0.5) * np.sqrt(frames) >= EVIDENCE else 0.0


def _fingerprints(
    paths: Iterable[Path], advance: Callable[[], None], cache: Cache | None = None
) -> Iterator[tuple[Path, Fingerprint | None]]:
    """The paths in order, each with its fingerprint, or None for what cannot be read."""
    front = FrontEnd(FINGERPRINT)

    def read(path: Path) -> tuple[Path, Fingerprint | None]:
        key = hashlib.sha256(f"{VERSION} {digest(path)}".encode()).hexdigest() if cache else ""
        if cache and (content := cache.get(KIND, key)) is not None:
            return path, Fingerprint.from_bytes(content)
        try:
            found = take_fingerprint(signal_blocks(path, FINGERPRINT.audio.sample_rate_hz), front)
        except Error:
            return path, None
        if cache:
            cache.put(KIND, key, found.to_bytes())
        return path, found

    for result in in_parallel(read, paths):
        advance()
        yield result


class _Index:
    """Where each frame occurs, in many recordings."""

    def __init__(self, fingerprints: Iterable[Fingerprint | None]) -> None:
        # Only who asks needs to know its weak bits.
        self._all = [one and replace(one, weak=np.zeros((0, WEAK_BITS), np.uint32)) for one in fingerprints]
        counting = [np.flatnonzero(one.counts) if one else np.zeros(0, np.intp) for one in self._all]
        bits = [one.bits[rows] for one, rows in zip(self._all, counting, strict=True) if one]
        keys = np.concatenate([np.zeros(0, np.uint32), *bits])
        order = np.argsort(keys, kind="stable")
        self._keys = keys[order]
        self._owner = np.repeat(np.arange(len(counting)), [len(rows) for rows in counting])[order].astype(
            np.int32
        )
        self._frame = np.concatenate([np.zeros(0, np.intp), *counting])[order].astype(np.int32)

    def find(self, fingerprint: Fingerprint | None) -> dict[int, tuple[float, int]]:
        """The similar recordings by number, each with its similarity and best shift in frames."""
        found: dict[int, tuple[float, int]] = {}
        if fingerprint is None:
            return found
        for number, shift in self._alignments(fingerprint):
            other = self._all[number]
            assert other is not None
            for near in (shift - 1, shift, shift + 1):
                similarity = align(fingerprint, other, near)
                if similarity > found.get(number, (0.0, 0))[0]:
                    found[number] = similarity, near
        return found

    def _alignments(self, fingerprint: Fingerprint) -> list[tuple[int, int]]:
        """(recording, shift) with the most frames in common, allowing for weak bits that flipped."""
        frames = np.flatnonzero(fingerprint.counts)
        places, votes = np.zeros(0, np.int64), np.zeros(0, np.int64)
        for first in range(0, len(frames), ASKED):
            found = self._places(fingerprint, frames[first : first + ASKED])
            new, counts = np.unique(found, return_counts=True)
            places, where = np.unique(np.concatenate([places, new]), return_inverse=True)
            votes = np.bincount(where, np.concatenate([votes, counts]), len(places)).astype(np.int64)
            if len(places) > CANDIDATES:
                most = np.sort(np.argsort(-votes, kind="stable")[: CANDIDATES // 2])
                places, votes = places[most], votes[most]
        best = places[np.argsort(-votes, kind="stable")[:ALIGNMENTS]]
        return [(int(place >> 32), int(place & 0xFFFFFFFF) - (1 << 31)) for place in best]

    def _places(self, fingerprint: Fingerprint, frames: npt.NDArray[np.intp]) -> npt.NDArray[np.int64]:
        """Where ``frames`` occur, a number for each (recording, shift), in their order."""
        asked = fingerprint.bits[frames, None] ^ _combinations(fingerprint.weak[frames])
        first, last = (np.searchsorted(self._keys, asked, side) for side in ("left", "right"))
        counts = np.where(last - first > COMMON, 0, last - first).ravel()
        # The rows first[i], first[i] + 1, … of every question i, one after the other.
        rows = np.arange(counts.sum()) + np.repeat(first.ravel() - np.cumsum(counts) + counts, counts)
        at = np.repeat(np.repeat(frames, asked.shape[1]), counts)
        shifts = self._frame[rows].astype(np.int64) - at + (1 << 31)
        places: npt.NDArray[np.int64] = (self._owner[rows].astype(np.int64) << 32) + shifts
        return places


def _combinations(weak: Bits) -> Bits:
    """All combinations of each frame's weak bits, (frames, 8), the empty one among them."""
    chosen = (np.arange(1 << WEAK_BITS)[:, None] >> np.arange(WEAK_BITS)) & 1
    combined: Bits = np.bitwise_or.reduce(np.where(chosen[None] == 1, weak[:, None, :], np.uint32(0)), axis=2)
    return combined
