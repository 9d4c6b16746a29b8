"""``dslite cache``."""

from __future__ import annotations

from collections import Counter

import click

from dslite.cli.common.base import Command, say, write_line
from dslite.util.cache import Cache


@click.command(cls=Command)
@click.option("--clear", is_flag=True, help="Remove all of it.")
def cache(clear: bool) -> None:
    """Show what the cache of trainings holds, or remove it.

    Trainings keep decoded recordings, their fingerprints, the pairs of a split that share a sound, and
    features of frozen backbones there, so that folds, grid points and later trainings need not compute
    them again. The folder is $DSLITE_CACHE, or dslite in
    $XDG_CACHE_HOME (~/.cache); beyond $DSLITE_CACHE_GB gigabytes (10; 0: no cache) the oldest go.

    \b
    Example:
      dslite cache --clear
    """
    kept = Cache.find()
    if clear:
        say(f"removed {kept.clear() / 1e6:.1f} MB from {kept.folder}")
        return
    sizes: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for entry in kept.entries():
        kind = entry.path.relative_to(kept.folder).parts[0]
        sizes[kind] += entry.size
        counts[kind] += 1
    for kind in sorted(sizes):
        write_line(f"{kind}\t{counts[kind]} entries\t{sizes[kind] / 1e6:.1f} MB")
    write_line(f"{kept.folder}: {sum(sizes.values()) / 1e6:.1f} MB of at most {kept.limit / 1e9:g} GB")
