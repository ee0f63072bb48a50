"""The cycle of every transfer of every stream, exactly, from the plan alone.

All schedules are independent of the data, so the cycles are the least solution of a system of
max-plus inequalities (Baccelli et al., *Synchronization and Linearity*, 1992): a transfer happens
as soon as its word is offered, its consumer has room, and the transfer before it is over. The
system is solved by `sim.solver`, some frames at a time.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from hwgen.errors import ModelError
from hwgen.plan.plan import Plan
from sim.flow import Cycles, Flow
from sim.patterns import Traffic
from sim.schedule import memory_frames
from sim.solver import Solver

__all__ = ["Chunk", "Timing", "chunks", "pace", "simulate", "steady_state"]

CHUNK_WORDS = 1 << 18
"""Transfers solved for at a time, about: arrays of that size stay near the cache."""


MEAN_FRAMES = 8
"""Frames whose mean is an interval, where frames differ."""


@dataclass(frozen=True, eq=False)
class Chunk:
    """Flows of consecutive frames, by stream name; ``first`` is the first frame."""

    first: int
    frames: int
    flows: dict[str, Flow]


class Timing:
    """Cycles of all transfers of a run; cycle 0 is the first one after reset.

    Parameters
    ----------
    frames : int
    parts : sequence of Chunk
        Solved frames.
    repeats, interval : int
        How often the last of them comes again, so many cycles later each time.
    """

    def __init__(self, frames: int, parts: Sequence[Chunk], repeats: int = 0, interval: int = 0):
        self.frames = frames
        self.transfers: Mapping[str, Cycles] = _Transfers(parts, repeats, interval)
        """int64 (frames * transfers_per_frame) for each stream name; made when read."""
        last = parts[-1].flows
        self.cycles = 1 + repeats * interval + max(int(f.transfer[-1]) for f in last.values())
        """Cycles until the last transfer is over."""

    @property
    def frame_ends(self) -> Cycles:
        """Cycle of the last output transfer of each frame: int64 (frames)."""
        return self.transfers["output"].reshape(self.frames, -1)[:, -1]


class _Transfers(Mapping[str, Cycles]):
    """Transfers of each stream, from solved frames and the repetition of the last one."""

    def __init__(self, parts: Sequence[Chunk], repeats: int, interval: int):
        self._parts = parts
        self._shifts = interval * np.arange(1, repeats + 1, dtype=np.int64)[:, None]
        self._made: dict[str, Cycles] = {}

    def __getitem__(self, name: str) -> Cycles:
        if name not in self._made:
            solved = [p.flows[name].transfer for p in self._parts]
            words = solved[-1].size // self._parts[-1].frames
            repeated = (solved[-1][-words:] + self._shifts).ravel()
            self._made[name] = np.concatenate([*solved, repeated])
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts[0].flows)

    def __len__(self) -> int:
        return len(self._parts[0].flows)


def simulate(plan: Plan, frames: int, traffic: Traffic | None = None) -> Timing:
    """Find the cycle of every transfer; `chunks` does so for any number of frames.

    Raises
    ------
    ModelError
        If ``frames`` is not positive, or if the run can never finish: names the cycle in which it
        stops, and the streams that wait.
    """
    parts, interval = [], 0
    for chunk, period in _solved(plan, frames, traffic or Traffic(), CHUNK_WORDS):
        parts.append(chunk)
        interval = period
    return Timing(frames, parts, frames - parts[-1].first - parts[-1].frames, interval)


def chunks(
    plan: Plan,
    frames: int,
    traffic: Traffic | None = None,
    *,
    chunk_words: int = CHUNK_WORDS,
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> Iterator[Chunk]:
    """Give the flows of all frames, some frames at a time, in memory that does not grow.

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
    for chunk, interval in _solved(plan, frames, traffic or Traffic(), chunk_words):
        yield chunk
        done = chunk.first + chunk.frames
        progress(done, frames)
        if not interval:
            continue
        last = {n: f.part(slice(-f.transfer.size // chunk.frames, None))
                for n, f in chunk.flows.items()}  # fmt: skip
        for first in range(done, frames, chunk.frames):
            count = min(chunk.frames, frames - first)
            shifts = interval * np.arange(first - done + 1, first - done + 1 + count)
            yield Chunk(first, count, {n: f.repeated(shifts) for n, f in last.items()})
            progress(first + count, frames)


def _solved(
    plan: Plan, frames: int, traffic: Traffic, chunk_words: int
) -> Iterator[tuple[Chunk, int]]:
    """Solve for frames until all are done, or until the last one repeats; then say how much later.

    What happens to a frame depends on the frames before it, as far back as the units remember,
    and never on one that follows. So the frames of a chunk are solved for behind the last frames
    of the chunk before, whose cycles are known.

    The schedule of a frame often becomes that of the frame before, some whole periods of the
    traffic later. From there on it is repeated instead of solved, which is exact: the rules are
    homogeneous, so once as many frames as they reach back are shifted alike, all that follow are.
    """
    if frames < 1:
        raise ModelError(f"frames must be positive, not {frames!r}")
    per_frame = sum(s.transfers_per_frame for s in plan.streams)
    words_out = {s.source: s.transfers_per_frame for s in plan.streams}
    memory = max(memory_frames(u, words_out[u.name]) for u in plan.units)
    size = max(1, chunk_words // per_frame)
    solver = Solver(plan, traffic)
    known: dict[str, Flow] = {}
    done = 0
    while done < frames:
        # At first as many frames as it takes to see that they repeat.
        count = min(max(size, 1 if known else memory + 2), frames - done)
        behind = min(memory, done)
        flows = solver.solve(known, behind, count)
        chunk = Chunk(done, count, _per_frame(plan, flows, behind, behind + count))
        done += count
        interval = _interval(plan, flows, memory, traffic.period)
        yield chunk, interval or 0
        if interval is not None or done == frames:
            return
        known = _last_frames(plan, flows, min(memory, done))


def steady_state(plan: Plan) -> tuple[int, int]:
    """Latency and interval at full rate, in cycles.

    Latency runs from the first input transfer to the end of the first frame's last output
    transfer; the interval is that between the ends of consecutive frames once it no longer
    changes. Of a part of a plan that several streams leave it is the longest of theirs.
    """
    leaving = [s.name for s in plan.streams if s.target == "output"]
    frames = 4
    while True:
        transfers = simulate(plan, frames).transfers
        ends = np.array([transfers[name].reshape(frames, -1)[:, -1] for name in leaving])
        steps = np.diff(ends)
        if (steps[:, -1] == steps[:, -2]).all() or frames > 64:
            return int(ends[-1, 0]) + 1, int(steps[:, -1].max())
        frames *= 2


def pace(plan: Plan, traffic: Traffic) -> tuple[int, Fraction]:
    """Latency and interval under some traffic, in cycles; see `steady_state`.

    The interval is that of the last frames of a few, where two of them agree, and else the mean of
    `MEAN_FRAMES` behind as many others.

    Raises
    ------
    ModelError
        As `simulate`.
    """
    ends = simulate(plan, 4, traffic).frame_ends
    before, last = np.diff(ends)[-2:].tolist()
    if before == last:
        return int(ends[0]) + 1, Fraction(last)
    ends = simulate(plan, 2 * MEAN_FRAMES, traffic).frame_ends
    whole = int(ends[-1] - ends[MEAN_FRAMES - 1])
    return int(ends[0]) + 1, Fraction(whole, MEAN_FRAMES)


def _per_frame(plan: Plan, flows: Mapping[str, Flow], first: int, last: int) -> dict[str, Flow]:
    """Parts of flows, frames ``first`` to ``last`` of those there are."""
    words = {s.name: s.transfers_per_frame for s in plan.streams}
    return {n: f.part(slice(first * words[n], last * words[n])) for n, f in flows.items()}


def _last_frames(plan: Plan, flows: Mapping[str, Flow], count: int) -> dict[str, Flow]:
    there = _frames(plan, flows)
    last = _per_frame(plan, flows, there - count, there)
    # Copies, so that the arrays they come from can go.
    return {name: flow.repeated(np.zeros(1, np.int64)) for name, flow in last.items()}


def _frames(plan: Plan, flows: Mapping[str, Flow]) -> int:
    """How many frames there are."""
    return flows[plan.entry.name].transfer.size // plan.entry.transfers_per_frame


def _interval(plan: Plan, flows: Mapping[str, Flow], memory: int, period: int) -> int | None:
    """Cycles between the last ``memory + 1`` frames, if all of their transfers agree on periods."""
    there = _frames(plan, flows)
    if there < memory + 1:
        return None
    intervals = set()
    for flow in _per_frame(plan, flows, there - memory - 1, there).values():
        last = flow.transfer.reshape(memory + 1, -1)
        steps = last[1:] - last[:-1]
        if steps[0, 0] % period or (steps != steps[0, 0]).any():
            return None
        intervals.add(int(steps[0, 0]))
    return intervals.pop() if len(intervals) == 1 else None
