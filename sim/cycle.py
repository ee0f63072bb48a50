"""The cycle of every transfer of every stream, exactly, from the plan alone.

All schedules are independent of the data, so the cycles are the least solution of a system of
max-plus inequalities (Baccelli et al., *Synchronization and Linearity*, 1992): a transfer happens
as soon as its word is offered, its consumer has room, and the transfer before it is over. The
system is solved by sweeping over the units, whole streams at a time, forth for the data and back
for the room, until nothing moves. Starting from below, the fixed point reached is the least one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.plan.units import MatrixPlan, Plan
from sim.patterns import Traffic
from sim.schedule import memory_frames, rule_of

__all__ = ["Timing", "simulate", "steady_state"]

Cycles = NDArray[np.int64]


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
    """Find the cycle of every transfer.

    Under steady traffic the schedule of a frame becomes that of the frame before, some cycles
    later. From there on it is repeated instead of solved, which is exact: the rules are
    homogeneous, so once as many frames as they reach back are shifted alike, all that follow are.

    Raises
    ------
    ModelError
        If ``frames`` is not positive, or if the design can never finish: names a stream that
        waits.
    """
    if frames < 1:
        raise ModelError(f"frames must be positive, not {frames!r}")
    traffic = traffic or Traffic()
    if traffic.steady:
        words = (s.transfers_per_frame for s in plan.streams[1:])
        memory = max(memory_frames(u, n) for u, n in zip(plan.units, words, strict=True))
        some = memory + 2
        while some < frames:
            timing = _solve(plan, some, traffic)
            interval = _repeats(timing, memory)
            if interval is not None:
                return _extend(timing, frames, interval)
            some *= 2
    return _solve(plan, frames, traffic)


def _repeats(timing: Timing, memory: int) -> int | None:
    """Cycles between the last ``memory + 1`` frames, if all of their transfers agree."""
    intervals = set()
    for cycles in timing.transfers.values():
        last = cycles.reshape(timing.frames, -1)[-memory - 1 :]
        steps = last[1:] - last[:-1]
        if (steps != steps[0, 0]).any():
            return None
        intervals.add(int(steps[0, 0]))
    return intervals.pop() if len(intervals) == 1 else None


def _extend(timing: Timing, frames: int, interval: int) -> Timing:
    """Repeat the last frame, each time ``interval`` cycles later."""
    more = interval * np.arange(1, frames - timing.frames + 1, dtype=np.int64)[:, None]
    transfers = {}
    for name, cycles in timing.transfers.items():
        last = cycles.reshape(timing.frames, -1)[-1]
        transfers[name] = np.concatenate([cycles, (last + more).ravel()])
    return Timing(frames, transfers)


def _solve(plan: Plan, frames: int, traffic: Traffic) -> Timing:
    """Solve for the cycle of every transfer, by sweeps."""
    rules = [rule_of(unit, frames) for unit in plan.units]
    sizes = [s.transfers_per_frame * frames for s in plan.streams]
    transfer = [np.arange(n, dtype=np.int64) for n in sizes]
    visible = [t.copy() for t in transfer]
    takes = [np.zeros(n, np.int64) for n in sizes]
    last = len(plan.units)

    def settle(k: int) -> bool:
        """Recompute the transfers of stream k; True if they moved."""
        if k == 0:
            visible[0] = _offers(traffic, takes[0])
        bound = np.maximum(visible[k], takes[k])
        moved = _accepts(traffic, visible[k]) if k == last else _spread(bound)
        np.maximum(moved, transfer[k], out=moved)
        changed = not np.array_equal(moved, transfer[k])
        transfer[k] = moved
        return changed

    def forth(k: int) -> None:
        earlier = transfer[k]
        seen = visible[k].copy()
        seen[1:] = np.maximum(seen[1:], earlier[:-1] + 1)
        visible[k + 1] = rules[k].visible(earlier, seen, transfer[k + 1])

    def back(k: int) -> None:
        takes[k] = rules[k].takes(transfer[k], visible[k], transfer[k + 1])

    limit = _limit(plan, frames, traffic)
    settle(0)
    changed = True
    while changed:
        changed = False
        for k in range(last):
            forth(k)
            changed |= settle(k + 1)
        for k in reversed(range(last)):
            back(k)
            changed |= settle(k)
        for k, cycles in enumerate(transfer):
            if cycles[-1] > limit:
                raise ModelError(f"stream {plan.streams[k].name!r} waits for ever: deadlock")
    return Timing(frames, {s.name: t for s, t in zip(plan.streams, transfer, strict=True)})


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


def _spread(bound: Cycles) -> Cycles:
    """Least increasing sequence above ``bound``: one transfer a cycle."""
    index = np.arange(bound.size, dtype=np.int64)
    return np.maximum.accumulate(bound - index) + index


def _offers(traffic: Traffic, takes: Cycles) -> Cycles:
    """When the source offers each word, given when the design can take it."""
    # Word k is offered at a set bit after the transfer of word k - 1.
    ranks = np.zeros(takes.size, np.int64)
    ranks[1:] = traffic.valid.rank(takes[:-1] + 1)
    return traffic.valid.position(_spread(ranks))


def _accepts(traffic: Traffic, visible: Cycles) -> Cycles:
    """When the sink takes each word, given when it is offered."""
    if traffic.ready_after:
        index = np.arange(visible.size, dtype=np.int64) * (traffic.ready_after + 1)
        return np.maximum.accumulate(visible + traffic.ready_after - index) + index
    return traffic.ready.position(_spread(traffic.ready.rank(visible)))


def _limit(plan: Plan, frames: int, traffic: Traffic) -> int:
    """No design that finishes takes longer: every transfer one after another."""
    transfers = sum(s.transfers_per_frame for s in plan.streams) * frames
    waits = traffic.valid.bits.size + traffic.ready.bits.size + traffic.ready_after
    latency = max((u.latency for u in plan.units if isinstance(u, MatrixPlan)), default=2)
    return (transfers + 1) * (1 + waits + latency)
