"""`valid` and `ready` of every stream in every cycle, from the cycles of the transfers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from hwgen.plan.plan import Plan
from hwgen.plan.units import (
    Convert,
    Fifo,
    Fork,
    Join,
    MatrixPlan,
    PoolPlan,
    Register,
    ReorderPlan,
    RequantisePlan,
    Scores,
    Slice,
    Unit,
    WindowPlan,
)
from sim.cycle import chunks
from sim.flow import Cycles, Flow
from sim.patterns import Traffic

__all__ = ["Wave", "stream_waves"]

Bits = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Wave:
    """One stream in each cycle of a run, as a clock edge at the end of the cycle samples it.

    Word k is on the stream, and ``valid`` high, from cycle ``offered[k]`` to ``transfer[k]``.

    Parameters
    ----------
    valid, ready : bool (cycles)
    offered, transfer : int64 (words)
    """

    valid: Bits
    ready: Bits
    offered: Cycles
    transfer: Cycles

    @property
    def cycles(self) -> int:
        """Cycles of the run."""
        return self.valid.size

    def moved(self) -> Cycles:
        """Transfers before each cycle: the index of the word that is there or comes next."""
        fired = np.zeros(self.cycles, np.int64)
        fired[self.transfer[self.transfer < self.cycles - 1] + 1] = 1
        return np.cumsum(fired)


def stream_waves(
    plan: Plan,
    frames: int,
    traffic: Traffic | None = None,
    *,
    extra_cycles: int = 0,
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> dict[str, Wave]:
    """Waves of all streams by name, from cycle 0 to the end of the last transfer.

    Memory grows with the cycles times the streams, so this is for some frames at a time.

    Parameters
    ----------
    extra_cycles : int
        Cycles after the last transfer.
    progress : callable
        As that of `sim.cycle.chunks`.

    Raises
    ------
    ModelError
        As `sim.cycle.simulate`.
    """
    traffic = traffic or Traffic()
    # From the frame that would come next only its first words are of use: when there is room for
    # them depends on the frames before alone.
    parts = [c.flows for c in chunks(plan, frames + 1, traffic, progress=progress)]
    flows = [_joined([p[s.name] for p in parts]) for s in plan.streams]
    words = [s.transfers_per_frame * frames for s in plan.streams]
    moves = [f.transfer[:n] for f, n in zip(flows, words, strict=True)]
    cycles = 1 + max(int(m[-1]) for m in moves) + extra_cycles

    waves = [
        Wave(_spans(flow.offered[:n], move, cycles), np.zeros(cycles, np.bool_),
             flow.offered[:n], move)
        for flow, move, n in zip(flows, moves, words, strict=True)
    ]  # fmt: skip
    waves[-1].ready[:] = _sink(traffic, waves[-1])
    for unit in reversed(plan.units):
        outs = [waves[k] for k in plan.streams_from(unit.name)]
        for k in plan.streams_into(unit.name):
            others = [waves[i] for i in plan.streams_into(unit.name) if i != k]
            room = flows[k].room[: words[k] + 1]
            waves[k].ready[:] = _ready(unit, waves[k], room, others, outs)
    return {s.name: w for s, w in zip(plan.streams, waves, strict=True)}


def _joined(parts: list[Flow]) -> Flow:
    return Flow(
        np.concatenate([p.transfer for p in parts]),
        np.concatenate([p.offered for p in parts]),
        np.concatenate([p.room for p in parts]),
    )


def _spans(first: Cycles, last: Cycles, cycles: int) -> Bits:
    """High from each ``first`` to each ``last``, both included; spans do not meet."""
    steps = np.zeros(cycles + 1, np.int8)
    steps[first[first < cycles]] += 1
    # Not in one go: a span may start where another one is over.
    steps[last[last < cycles] + 1] -= 1
    return np.cumsum(steps[:cycles], dtype=np.int8).astype(np.bool_)


def _sink(traffic: Traffic, wave: Wave) -> Bits:
    """`ready` of the outside world."""
    if traffic.ready_after:
        return _spans(wave.transfer, wave.transfer, wave.cycles)
    return np.resize(traffic.ready.bits, wave.cycles)


def _ready(unit: Unit, wave: Wave, room: Cycles, others: list[Wave], outs: list[Wave]) -> Bits:
    """`ready` of an input of a unit, given `valid` of its other inputs and all of its outputs.

    ``room`` has one word more than the wave: what would come next.
    """
    match unit:
        case Scores():
            return _last_piece(outs[0], unit.lanes)
        case Convert(up=False):
            return _last_piece(outs[0], unit.count)
        case Fork():
            moved = wave.moved()
            return np.logical_and.reduce([o.ready | (o.moved() > moved) for o in outs])
        case Join():
            free = ~outs[0].valid | outs[0].ready
            return np.logical_and.reduce([free, *(o.valid for o in others)])
        case Register() | Slice() | Convert() | Fifo():
            return _while_room(wave, room)
        case MatrixPlan() | PoolPlan() | RequantisePlan() | ReorderPlan() | WindowPlan():
            return _while_room(wave, room)
    assert_never(unit)


def _last_piece(out: Wave, pieces: int) -> Bits:
    """`ready` of a word that is given up with its last piece."""
    return out.ready & (out.moved() % pieces == pieces - 1)


def _while_room(wave: Wave, room: Cycles) -> Bits:
    """`ready` from when there is room for the next word, whatever else happens in the cycle."""
    begins = np.zeros(room.size, np.int64)
    begins[1:] = wave.transfer + 1
    ends = np.append(wave.transfer, wave.cycles)
    return _spans(np.maximum(begins, room), ends, wave.cycles)
