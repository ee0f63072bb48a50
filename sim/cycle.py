"""The cycle of every transfer of every stream, exactly, from the plan alone.

All schedules are independent of the data, so the cycles are the least solution of a system of
max-plus inequalities (Baccelli et al., *Synchronization and Linearity*, 1992): a transfer happens
as soon as its word is offered, its consumer has room, and the transfer before it is over. The
system is solved by `sim.solver`, some frames at a time.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from hwgen.errors import ModelError
from hwgen.plan.plan import Plan
from sim.flow import Cycles, Flow, Wanted
from sim.patterns import Traffic
from sim.solver import Solver

__all__ = ["Chunk", "Timing", "chunks", "keeps_pace", "pace", "simulate", "steady_state"]

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
    last : int
        Cycle of the last transfer of these.
    interval : int
        How much later than the one before each frame comes that follows them.
    """

    def __init__(self, frames: int, parts: Sequence[Chunk], last: int, interval: int = 0):
        self.frames = frames
        repeats = frames - parts[-1].first - parts[-1].frames
        self.transfers: Mapping[str, Cycles] = _Transfers(parts, repeats, interval)
        """int64 (frames * transfers_per_frame) for each stream name; made when read."""
        self.cycles = 1 + last + repeats * interval
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
            done = sum(part.size for part in solved)
            made = np.empty(done + self._shifts.size * words, np.int64)
            np.concatenate(solved, out=made[:done])
            rest = made[done:].reshape(-1, words)
            np.add(solved[-1][-words:], self._shifts, out=rest)
            self._made[name] = made
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts[0].flows)

    def __len__(self) -> int:
        return len(self._parts[0].flows)


def simulate(
    plan: Plan,
    frames: int,
    traffic: Traffic | None = None,
    *,
    streams: Collection[str] | None = None,
) -> Timing:
    """Find the cycle of every transfer; `chunks` does so for any number of frames.

    Parameters
    ----------
    streams : collection of str, optional
        Those whose cycles are wanted; None for all.

    Raises
    ------
    ModelError
        If ``frames`` is not positive, or if the run can never finish: names the cycle in which it
        stops, and the streams that wait.
    """
    wanted = Wanted(streams, transfers_only=True)
    solved = list(_solved(plan, frames, traffic, CHUNK_WORDS, wanted))
    _, last, interval = solved[-1]
    return Timing(frames, [chunk for chunk, _, _ in solved], last, interval or 0)


def chunks(
    plan: Plan,
    frames: int,
    traffic: Traffic | None = None,
    *,
    chunk_words: int = CHUNK_WORDS,
    wanted: Wanted | None = None,
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> Iterator[Chunk]:
    """Give the flows of all frames, some frames at a time, in memory that does not grow.

    Parameters
    ----------
    chunk_words : int
        Transfers of a chunk, about; at least a frame is solved for at a time.
    wanted : Wanted, optional
        What is given of them; by default all.
    progress : callable
        Called with (frames done, frames in all) after each chunk.

    Raises
    ------
    ModelError
        As `simulate`.
    """
    wanted = wanted or Wanted()
    done, interval, last = 0, 0, {}
    for chunk, _, found in _solved(plan, frames, traffic, chunk_words, wanted):
        done = chunk.first + chunk.frames
        if found is not None:
            interval = found
            last = {n: f.last(chunk.frames).copy() for n, f in chunk.flows.items()}
        yield chunk
        progress(done, frames)
    solved = done
    size = _chunk_frames(plan, chunk_words)
    made: dict[str, Flow] = {}
    while done < frames:
        count = min(size, frames - done)
        if not made or not wanted.reused or count != size:
            made = {n: f.repeated_empty(count) for n, f in last.items()}
        later = interval * np.arange(done - solved + 1, done - solved + 1 + count)
        for name, flow in last.items():
            flow.repeat(later, made[name])
        yield Chunk(done, count, made)
        done += count
        progress(done, frames)


def _chunk_frames(plan: Plan, chunk_words: int) -> int:
    return max(1, chunk_words // sum(s.transfers_per_frame for s in plan.streams))


def _solved(
    plan: Plan, frames: int, traffic: Traffic | None, chunk_words: int, wanted: Wanted
) -> Iterator[tuple[Chunk, int, int | None]]:
    """Solve for frames until all are done, or until those that follow repeat the last one.

    Gives with each chunk the cycle of the last transfer, and how much later the next frame
    repeats the last one, if it does.
    """
    if frames < 1:
        raise ModelError(f"frames must be positive, not {frames!r}")
    solver = Solver(plan, traffic or Traffic(), wanted)
    done, interval = 0, None
    while done < frames and interval is None:
        found = solver.solve(min(_chunk_frames(plan, chunk_words), frames - done))
        interval = found.interval
        yield Chunk(done, found.frames, found.flows), found.last, interval
        done += found.frames


def steady_state(plan: Plan) -> tuple[int, int]:
    """Latency and interval at full rate, in cycles.

    Latency runs from the first input transfer to the end of the first frame's last output
    transfer; the interval is that between the ends of consecutive frames once it no longer
    changes. Of a part of a plan that several streams leave it is the longest of theirs.

    Raises
    ------
    ModelError
        As `simulate`.
    """
    ends = _Ends(plan)
    while ends.interval is None:
        ends.go_on()
    return ends.frames[0][-1] + 1, ends.interval


def keeps_pace(plan: Plan, interval: int) -> bool:
    """Whether a plan, or a part of one, takes ``interval`` cycles a frame or fewer at full rate.

    As `steady_state` says it, and mostly after fewer frames. What can never finish does not.
    """
    ends = _Ends(plan)
    try:
        while ends.interval is None:
            fewest, most = ends.go_on() or (0, interval + 1)
            if most <= interval or fewest > interval:
                return most <= interval
    except ModelError:
        return False
    return ends.interval <= interval


class _Ends:
    """When frames of a plan end at full rate, one after another: on each stream that leaves it."""

    def __init__(self, plan: Plan):
        self.frames: list[list[int]] = []
        """Cycles of last transfers: one for each such stream."""
        self._leaving = [s.name for s in plan.streams if s.target == "output"]
        self._solver = Solver(plan, Traffic(), Wanted(streams=(), reused=True))
        self._exact: int | None = None

    def go_on(self) -> tuple[int, int] | None:
        """Solve for one more frame; gives bounds of the cycles a frame that follow, if known."""
        found = self._solver.solve(1)
        self.frames.append([found.ends[name] for name in self._leaving])
        self._exact = found.interval
        return found.bounds

    @property
    def interval(self) -> int | None:
        """Cycles a frame, if they no longer change: found out after 4, 8, 16, ... frames."""
        if self._exact is not None:
            return self._exact
        count = len(self.frames)
        if count < 4 or count & (count - 1):
            return None
        before, last = np.diff(self.frames[-3:], axis=0)
        return int(last.max()) if (before == last).all() or count > 64 else None


def pace(plan: Plan, traffic: Traffic) -> tuple[int, Fraction]:
    """Latency and interval under some traffic, in cycles; see `steady_state`.

    The interval is that of the last frames of a few, where two of them agree, and else the mean of
    `MEAN_FRAMES` behind as many others.

    Raises
    ------
    ModelError
        As `simulate`.
    """
    leaving = [plan.exit.name]
    ends = simulate(plan, 4, traffic, streams=leaving).frame_ends
    before, last = np.diff(ends)[-2:].tolist()
    if before == last:
        return int(ends[0]) + 1, Fraction(last)
    ends = simulate(plan, 2 * MEAN_FRAMES, traffic, streams=leaving).frame_ends
    whole = int(ends[-1] - ends[MEAN_FRAMES - 1])
    return int(ends[0]) + 1, Fraction(whole, MEAN_FRAMES)
