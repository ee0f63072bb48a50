"""Groups of frames, in this process or over several."""

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ToolError

__all__ = ["compute_groups", "worthwhile_processes"]

PROCESS_MACS = 1 << 37
"""Work that a process must have to be worth its start: a start takes about half a second (Python
imports NumPy and the schema of descriptions), in which one process does a third of this."""

QUEUED = 2
"""Groups handed out ahead for each process, so that none waits and pictures are copied late."""

Group = Callable[[NDArray[np.integer[Any]]], Any]


def worthwhile_processes(macs: int) -> int:
    """Return how many processes to compute that many multiply-accumulates with."""
    return max(1, min(len(os.sched_getaffinity(0)), macs // PROCESS_MACS))


def compute_groups(
    compute: Group, images: NDArray[np.integer[Any]], group: int, processes: int
) -> Generator[Any, None, None]:
    """Give ``compute(some images)`` for each ``group`` images in turn, in their order.

    Closing the generator ends the processes; a Ctrl-C reaches only the one that reads from it.

    Parameters
    ----------
    compute : callable
        One that can be pickled, if there are several processes.
    processes : int
        At most as many as there are groups are started.

    Raises
    ------
    ToolError
        If a process is killed; what ``compute`` raises is raised as it is.
    """
    firsts = range(0, len(images), group)
    processes = min(processes, len(firsts))
    if processes <= 1:
        for first in firsts:
            yield compute(images[first : first + group])
        return
    # Spawned: a fork would copy the locks of the BLAS's threads in whatever state they are.
    pool = ProcessPoolExecutor(processes, get_context("spawn"), _begin, (compute,))
    waiting: deque[Future[Any]] = deque()
    try:
        for first in firsts:
            with _children_without_interrupts():
                waiting.append(pool.submit(_compute, images[first : first + group]))
            if len(waiting) > QUEUED * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        raise ToolError("a process that computed frames was killed; memory may be short") from error
    finally:
        pool.shutdown(cancel_futures=True)


_compute_group: Group | None = None


def _begin(compute: Group) -> None:
    """In a new process: take what is the same for all groups."""
    global _compute_group
    _compute_group = compute


def _compute(images: NDArray[np.integer[Any]]) -> Any:
    assert _compute_group is not None
    return _compute_group(images)


@contextmanager
def _children_without_interrupts() -> Iterator[None]:
    """Start processes that ignore Ctrl-C, from their first moment: this one ends them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
