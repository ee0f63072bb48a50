"""The cycle of every transfer of every stream, exactly, from the plan alone.

All schedules are independent of the data, so the cycles are the least solution of a system of
max-plus inequalities (Baccelli et al., *Synchronization and Linearity*, 1992): a transfer happens
as soon as its word is offered, its consumer has room, and the transfer before it is over. The
system is solved by sweeping over the units, whole streams at a time, forth for the data and back
for the room, until nothing moves. Starting from below, the fixed point reached is the least one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from hwgen.errors import ModelError
from hwgen.plan.plan import Plan
from sim.flow import Cycles, Flow
from sim.patterns import Traffic
from sim.schedule import memory_frames
from sim.solver import Solver

__all__ = ["Chunk", "Timing", "chunks", "simulate", "steady_state"]

CHUNK_WORDS = 1 << 19
"""Transfers solved for at a time, about: arrays of that size stay near the cache."""


@dataclass(frozen=True, eq=False)
class Chunk:
    """Flows of consecutive frames, by stream name; ``first`` is the first frame."""

    first: int
    frames: int
    flows: dict[str, Flow]


@dataclass(frozen=True, eq=False)
class Timing:
    """Cycles of all transfers: int64 (frames * transfers_per_frame) for each stream name.

    Cycle 0 is the first one after reset.
    """

    frames: int
    transfers: dict[str, Cycles]

    @property
    def cycles(self) -> int:
        """Cycles until the last transfer is over."""
        return 1 + max(int(t[-1]) for t in self.transfers.values())

    @property
    def frame_ends(self) -> Cycles:
        """Cycle of the last output transfer of each frame: int64 (frames)."""
        output = self.transfers["output"]
        return output.reshape(self.frames, -1)[:, -1]


def simulate(plan: Plan, frames: int, traffic: Traffic | None = None) -> Timing:
    """Find the cycle of every transfer; `chunks` does so for any number of frames.

    Raises
    ------
    ModelError
        If ``frames`` is not positive, or if the run can never finish: names the cycle in which it
        stops, and the streams that wait.
    """
    parts = [chunk.flows for chunk in chunks(plan, frames, traffic)]
    names = [s.name for s in plan.streams]
    return Timing(frames, {n: np.concatenate([p[n].transfer for p in parts]) for n in names})


def chunks(
    plan: Plan,
    frames: int,
    traffic: Traffic | None = None,
    *,
    chunk_words: int = CHUNK_WORDS,
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> Iterator[Chunk]:
    """Give the flows of all frames, some frames at a time, in memory that does not grow.

    What happens to a frame depends on the frames before it, as far back as the units remember,
    and never on one that follows. So the frames of a chunk are solved for behind the last frames
    of the chunk before, whose cycles are known.

    Under steady traffic the schedule of a frame becomes that of the frame before, some cycles
    later. From there on it is repeated instead of solved, which is exact: the rules are
    homogeneous, so once as many frames as they reach back are shifted alike, all that follow are.

    Parameters
    ----------
    chunk_words : int
        Transfers of a chunk, about; at least a frame is solved for at a time.
    progress : callable
        Called with (frames done, frames in all) after each chunk.

    Raises
    ------
    ModelError
        As `simulate`.
    """
    if frames < 1:
        raise ModelError(f"frames must be positive, not {frames!r}")
    traffic = traffic or Traffic()
    per_frame = sum(s.transfers_per_frame for s in plan.streams)
    words_out = {s.source: s.transfers_per_frame for s in plan.streams}
    memory = max(memory_frames(u, words_out[u.name]) for u in plan.units)
    size = max(1, chunk_words // per_frame)
    solver = Solver(plan, traffic)
    known: list[Flow] = []
    done = 0
    while done < frames:
        # At first as many frames as it takes to see that they repeat.
        count = min(max(size, 1 if known else memory + 2), frames - done)
        behind = min(memory, done)
        flows = solver.solve(known, behind, count)
        yield Chunk(done, count, _named(plan, flows, behind, behind + count))
        done += count
        progress(done, frames)
        interval = _interval(plan, flows, memory) if traffic.steady else None
        known = _last_frames(plan, flows, min(memory, done))
        if interval is not None and done < frames:
            yield from _repeat(plan, known, done, frames, interval, size, progress)
            return


def steady_state(plan: Plan) -> tuple[int, int]:
    """Latency and interval at full rate, in cycles.

    Latency runs from the first input transfer to the end of the first frame's last output
    transfer; the interval is that between the ends of consecutive frames once it no longer
    changes.
    """
    frames = 4
    while True:
        ends = simulate(plan, frames).frame_ends
        steps = np.diff(ends)
        if steps[-1] == steps[-2] or frames > 64:
            return int(ends[0]) + 1, int(steps[-1])
        frames *= 2


def _per_frame(plan: Plan, flows: list[Flow], first: int, last: int) -> Iterator[Flow]:
    """Parts of flows, frames ``first`` to ``last`` of those there are."""
    for stream, flow in zip(plan.streams, flows, strict=True):
        n = stream.transfers_per_frame
        yield flow.part(slice(first * n, last * n))


def _named(plan: Plan, flows: list[Flow], first: int, last: int) -> dict[str, Flow]:
    names = (s.name for s in plan.streams)
    return dict(zip(names, _per_frame(plan, flows, first, last), strict=True))


def _last_frames(plan: Plan, flows: list[Flow], count: int) -> list[Flow]:
    there = flows[0].transfer.size // plan.streams[0].transfers_per_frame
    # Copies, so that the arrays they come from can go.
    return [f.later(0) for f in _per_frame(plan, flows, there - count, there)]


def _interval(plan: Plan, flows: list[Flow], memory: int) -> int | None:
    """Cycles between the last ``memory + 1`` frames, if all of their transfers agree."""
    there = flows[0].transfer.size // plan.streams[0].transfers_per_frame
    if there < memory + 1:
        return None
    intervals = set()
    for flow in _per_frame(plan, flows, there - memory - 1, there):
        last = flow.transfer.reshape(memory + 1, -1)
        steps = last[1:] - last[:-1]
        if (steps != steps[0, 0]).any():
            return None
        intervals.add(int(steps[0, 0]))
    return intervals.pop() if len(intervals) == 1 else None


def _repeat(
    plan: Plan,
    known: list[Flow],
    done: int,
    frames: int,
    interval: int,
    size: int,
    progress: Callable[[int, int], object],
) -> Iterator[Chunk]:
    """Repeat the last frame, each time ``interval`` cycles later."""
    there = known[0].transfer.size // plan.streams[0].transfers_per_frame
    last = list(_per_frame(plan, known, there - 1, there))
    for first in range(done, frames, size):
        count = min(size, frames - first)
        shifts = interval * np.arange(first - done + 1, first - done + 1 + count, dtype=np.int64)

        def later(cycles: Cycles, shifts: Cycles = shifts) -> Cycles:
            return (cycles + shifts[:, None]).ravel()

        flows = [Flow(later(f.transfer), later(f.offered), later(f.room)) for f in last]
        yield Chunk(first, count, _named(plan, flows, 0, count))
        progress(first + count, frames)
