"""Features computed by the workers of a Dask cluster; the rows come in the order of the recordings."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from dslite import Error, Recipe
from dslite.training.features.embed import Embedder, Row, embed
from dslite.util.failures import Failure

#: Recordings of one task: enough that sending it does not count, few enough to be done again when a
#: worker dies.
FILES = 32

_building = threading.Lock()


@dataclass(frozen=True)
class Settings:
    """What an ``Embedder`` is made of, on every worker alike: they must find the same files."""

    backbone: str
    weights: str
    layer: str | None
    recipe: Recipe
    seed: int
    batch_size: int


@dataclass(frozen=True)
class _Part:
    rows: list[Row]
    failures: list[Failure]
    error: str = ""


def feature_names(client: Any, settings: Settings) -> list[str]:
    """Ask a worker what the features are called.

    Raises:
        Error: what is wrong with the settings there, or the cluster went away.
    """
    names = _result(client.submit(_names, settings, pure=False))
    if isinstance(names, str):
        raise Error(names)
    return list(names)


def embed_on_cluster(
    client: Any,
    settings: Settings,
    paths: Sequence[Path],
    failures: list[Failure],
    advance: Callable[[int], None] = lambda files: None,
) -> Iterator[Row]:
    """As ``embedding.embed``, by all workers; what a worker that dies had to do, another does.

    Raises:
        Error: what is wrong with the settings on a worker, or the cluster went away.
    """
    parts = (paths[start : start + FILES] for start in range(0, len(paths), FILES))
    tasks = ((index * FILES, [path.absolute() for path in part]) for index, part in enumerate(parts))
    ahead = 2 * max(1, len(client.scheduler_info()["workers"]))
    pending: deque[tuple[Any, int]] = deque()

    def submit(count: int) -> None:
        for first, files in islice(tasks, count):
            pending.append((client.submit(_embed_part, settings, first, files, pure=False), len(files)))

    submit(ahead)
    while pending:
        future, count = pending.popleft()
        part: _Part = _result(future)
        submit(1)
        if part.error:
            raise Error(part.error)
        failures += part.failures
        advance(count)
        yield from part.rows


def _embed_part(settings: Settings, first: int, paths: list[Path]) -> _Part:
    failures: list[Failure] = []
    try:
        rows = [
            Row(first + row.file, row.start_s, row.end_s, row.features.copy())
            for row in embed(_embedder(settings), paths, failures, batch_size=settings.batch_size)
        ]
    except (Error, ValueError) as error:
        return _Part([], [], str(error))
    return _Part(rows, failures)


def _names(settings: Settings) -> list[str] | str:
    try:
        return _embedder(settings).names
    except (Error, ValueError) as error:
        return str(error)


def _embedder(settings: Settings) -> Embedder:
    with _building:
        return _built(settings)


@lru_cache(maxsize=1)
def _built(settings: Settings) -> Embedder:
    return Embedder(settings.backbone, settings.weights, settings.layer, settings.recipe, settings.seed)


def _result(future: Any) -> Any:
    from dask.distributed import KilledWorker

    try:
        return future.result()
    except KilledWorker as error:
        raise Error(f"the workers died over a piece of the work: {error}") from error
    except (CancelledError, OSError, TimeoutError) as error:
        raise Error(f"the cluster went away ({type(error).__name__})") from error
