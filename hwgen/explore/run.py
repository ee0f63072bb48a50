"""Computes points: here, in several processes, or on a Dask cluster."""

import contextlib
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import Any

from hwgen.errors import ToolError
from hwgen.explore.measure import Networks, measure
from hwgen.explore.points import Point
from hwgen.explore.row import Row

__all__ = ["run_here", "run_on_cluster"]

_networks: Networks | None = None
"""Of a process that computes points."""

AHEAD = 2
"""Points that a process has waiting."""

CONNECT_SECONDS = 10

RETRIES = 3
"""Of a point whose worker is lost."""


def run_here(networks: Networks, points: Sequence[Point], jobs: int) -> Iterator[Row]:
    """Rows of points as they are known, computed by so many processes.

    Raises
    ------
    ToolError
        If a process is killed; the rows that were given stand.
    """
    if jobs == 1:
        for point in points:
            yield measure(networks, point)
        return
    # A forked process may inherit locks that threads hold.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, context, initializer=_take, initargs=(networks,))
    waiting = iter(points)
    try:
        running = {pool.submit(_measured, p) for p in islice(waiting, AHEAD * jobs)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                running |= {pool.submit(_measured, p) for p in islice(waiting, 1)}
                yield future.result()
    except BrokenProcessPool as error:
        raise ToolError(
            "a process that computes points was killed, maybe for lack of memory; run it again "
            "to go on, with fewer --jobs"
        ) from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def run_on_cluster(networks: Networks, points: Sequence[Point], scheduler: str) -> Iterator[Row]:
    """Rows of points as they are known, computed by the workers of a Dask scheduler.

    A point whose worker is lost is computed by another one.

    Raises
    ------
    ToolError
        If ``dask.distributed`` is missing, or nothing answers at the address, or the cluster dies;
        the rows that were given stand.
    """
    try:
        from distributed import CancelledError, Client, KilledWorker, as_completed
    except ImportError as error:
        raise ToolError(
            "--scheduler: dask.distributed is missing; install it with "
            "`pip install 'hwgen[explore]'`"
        ) from error
    try:
        client = Client(scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ToolError(f"--scheduler: no Dask scheduler answers at {scheduler}") from error
    try:
        # A mapping would be scattered value by value.
        scattered: Any = client.scatter([networks], broadcast=True)
        (shared,) = scattered
        futures = [
            client.submit(measure, shared, point, key=f"hwgen-{point.key}", retries=RETRIES)
            for point in points
        ]
        for future in as_completed(futures, loop=client.loop):
            yield future.result()
            future.release()
    except (CancelledError, KilledWorker, OSError, TimeoutError) as error:
        raise ToolError(
            f"--scheduler: the cluster at {scheduler} was lost; run it again to go on"
        ) from error
    finally:
        with contextlib.suppress(OSError, TimeoutError):
            client.close(timeout=1)


def _take(networks: Networks) -> None:
    global _networks
    _networks = networks


def _measured(point: Point) -> Row:
    assert _networks is not None
    return measure(_networks, point)
