"""Several trainings: one after the other here, or side by side on a Dask cluster."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, TypeVar

from dslite import Error
from dslite.training.cluster.child import run_in_child
from dslite.training.job import Job
from dslite.training.jobs import run
from dslite.training.runs.reader import is_run
from dslite.util.parallel import processors
from dslite.util.progress import show_progress

Item = TypeVar("Item")
Result = TypeVar("Result")

#: How long a cluster may take to give its first sign of life.
CONNECT_SECONDS = 30


def run_all(jobs: Sequence[Job], cluster: str | None = None) -> Iterator[tuple[Job, str | None]]:
    """Do the jobs, whatever becomes of the others; yields each when it is done, and its error or None.

    Args:
        cluster: as ``client_of``; a job whose worker dies goes on from its checkpoint on another, until
            more died over it than the scheduler allows (Dask's ``distributed.scheduler.allowed-failures``).

    Raises:
        Error: a folder holds a run that is not to be resumed, or there is no such cluster.
    """
    for job in jobs:
        if job.folder is not None and is_run(job.folder) and not job.resume:
            raise Error(f"{job.folder}: has a run already; --resume goes on with it")
    if cluster is None:
        yield from _one_by_one(jobs)
        return
    # A worker that took over from one that died finds the other's folder, and goes on with it.
    taken_over = [replace(job, resume=True) for job in jobs]
    with client_of(cluster) as client, show_progress() as bars:
        bars.stage("training", len(jobs), "runs")
        for index, result in on_cluster(client, run_in_child, taken_over):
            error = result if isinstance(result, str) else None
            bars.advance(note=f"{jobs[index].name}: {error or 'done'}")
            yield jobs[index], error


def _one_by_one(jobs: Sequence[Job]) -> Iterator[tuple[Job, str | None]]:
    for number, job in enumerate(jobs, start=1):
        with show_progress() as bars:
            bars.stage(f"{number}/{len(jobs)} {job.name}", 1)
            bars.advance()
            try:
                run(job, bars)
            except (Error, ValueError, OSError) as error:
                yield job, " ".join(str(error).split())
                continue
        yield job, None


@contextmanager
def client_of(cluster: str) -> Iterator[Any]:
    """Connect to a Dask cluster: its scheduler's address, N processes of this machine, or ``slurm``.

    ``slurm`` starts workers as jobs of a SLURM cluster, as the jobqueue section of Dask's own
    configuration describes them (dask-jobqueue).

    Raises:
        Error: it cannot be reached, or packages are missing.
    """
    try:
        from dask.distributed import Client, LocalCluster
    except ImportError as error:
        raise Error("--cluster needs dask.distributed; get it by pip install '.[train,scale]'") from error
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with _closing() as closing:
        if cluster.isdecimal() and int(cluster) > 0:
            threads = max(1, processors() // int(cluster))
            environment = {"TF_NUM_INTRAOP_THREADS": str(threads)}
            local = LocalCluster(
                n_workers=int(cluster), threads_per_worker=1, dashboard_address=":0", env=environment
            )
            closing.append(local)
            client = Client(local)
        elif cluster == "slurm":
            jobqueue = _slurm_cluster()
            closing.append(jobqueue)
            client = Client(jobqueue)
        else:
            try:
                client = Client(cluster, timeout=CONNECT_SECONDS)
            except (OSError, TimeoutError, ValueError) as error:
                raise Error(f"--cluster {cluster}: no Dask scheduler answers there: {error}") from error
        closing.append(client)
        yield client


def _slurm_cluster() -> Any:
    try:
        from dask_jobqueue import SLURMCluster

        cluster = SLURMCluster()
        cluster.adapt(minimum=1, maximum=1000)
    except (ImportError, ValueError, OSError, RuntimeError) as error:
        raise Error(
            f"--cluster slurm: {error}; dask-jobqueue's configuration says how to start jobs"
        ) from error
    return cluster


@contextmanager
def _closing() -> Iterator[list[Any]]:
    """Close what is in the list, the last first, whatever state it is in."""
    opened: list[Any] = []
    try:
        yield opened
    finally:
        for one in reversed(opened):
            with suppress(Exception):  # a cluster that went away cannot be closed either
                one.close()


def on_cluster(
    client: Any, work: Callable[[Item], Result], items: Sequence[Item]
) -> Iterator[tuple[int, Result | str]]:
    """Yield (index, ``work(item)``) as they are done; where it cannot be done, the reason as text."""
    from dask.distributed import as_completed

    futures = {client.submit(work, item, pure=False): index for index, item in enumerate(items)}
    left = set(futures.values())
    for future in as_completed(futures):
        index = futures[future]
        left.discard(index)
        yield index, _result(future)
    for index in left:
        yield index, "the cluster went away; --resume goes on with what was begun"


def _result(future: Any) -> Any:
    from concurrent.futures import CancelledError

    from dask.distributed import KilledWorker

    try:
        return future.result()
    except KilledWorker as error:
        return f"{error.allowed_failures + 1} workers died over it"
    except (CancelledError, OSError, TimeoutError) as error:
        return f"the cluster went away ({type(error).__name__}); --resume goes on with what was begun"
