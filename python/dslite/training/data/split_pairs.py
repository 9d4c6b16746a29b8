"""Near-duplicates between the parts of a split; what was found once is kept in the cache."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator
from itertools import chain
from pathlib import Path

from dslite.training.data.near_duplicates import SEARCH_VERSION, Pair, near_duplicates
from dslite.training.data.split import Split
from dslite.util.cache import Cache
from dslite.util.content import digest, digests
from dslite.util.progress import Progress

#: What the pairs across a split are called in the cache.
KIND = "pairs"


def pairs_across_split(split: Split, progress: Progress) -> list[Pair]:
    """Find the recordings of the test part that share a sound with the training or the validation part."""
    count = len(split.train) + len(split.valid) + len(split.test)
    progress.stage("comparing", count)
    cache, key = Cache.find(), _split_key(split)
    content = cache.get(KIND, key)
    if content is not None:
        progress.advance(count)
        return _named({(a, b, float(c), float(d)): None for a, b, c, d in json.loads(content)}, split)
    pairs = near_duplicates(_learnt(split), split.test.paths, progress.advance, cache)
    found = [(digest(one.first), digest(one.second), one.similarity, one.shift_s) for one in pairs]
    cache.put(KIND, key, json.dumps(found).encode())
    if fault := cache.take_fault():
        progress.message(f"dslite: {fault}")
    return pairs


def _learnt(split: Split) -> Iterator[Path]:
    return chain(split.train.paths, split.valid.paths)


def _split_key(split: Split) -> str:
    """A hash of the contents on both sides, and of all that decides what is found among them."""
    found = hashlib.sha256(f"{SEARCH_VERSION};".encode())
    for paths in (_learnt(split), split.test.paths):
        for one in digests(paths):
            found.update(f"{one},".encode())
        found.update(b";")
    return found.hexdigest()


def _named(pairs: Collection[tuple[str, str, float, float]], split: Split) -> list[Pair]:
    """The pairs of contents as pairs of files, of which several may have one content."""
    sides = []
    for side, paths in enumerate((_learnt(split), split.test.paths)):
        wanted = {pair[side] for pair in pairs}
        files: dict[str, list[Path]] = {}
        for path in paths if wanted else ():
            if (content := digest(path)) in wanted:
                files.setdefault(content, []).append(path)
        sides.append(files)
    return [
        Pair(first, second, similarity, shift_s)
        for one, other, similarity, shift_s in pairs
        for first in sides[0][one]
        for second in sides[1][other]
    ]
