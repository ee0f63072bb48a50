"""`valid` and `ready` of every stream in every cycle, from the cycles of the transfers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from hwgen.plan.plan import Plan
from hwgen.plan.units import (
    Convert,
    Deal,
    Fifo,
    Fork,
    Join,
    MapPlan,
    MatrixPlan,
    PoolPlan,
    Register,
    ReorderPlan,
    RequantisePlan,
    Scores,
    SearchPlan,
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
    flows = {s.name: _joined([p[s.name] for p in parts]) for s in plan.streams}
    words = {s.name: s.transfers_per_frame * frames for s in plan.streams}
    moves = {name: flow.transfer[: words[name]] for name, flow in flows.items()}
    cycles = 1 + max(int(m[-1]) for m in moves.values()) + extra_cycles

    waves = {}
    for name, move in moves.items():
        offered = flows[name].offered[: words[name]]
        idle = np.zeros(cycles, np.bool_)
        waves[name] = Wave(_spans(offered, move, cycles), idle, offered, move)
    last = waves[plan.exit.name]
    last.ready[:] = _sink(traffic, last)
    for unit in reversed(plan.units):
        ins = {port: s.name for port, s in plan.inputs_of(unit).items()}
        outs = {port: waves[s.name] for port, s in plan.outputs_of(unit).items()}
        for port, name in ins.items():
            others = [waves[other] for other in ins.values() if other != name]
            room = flows[name].room[: words[name] + 1]
            waves[name].ready[:] = _ready(unit, port, waves[name], room, others, outs)
    return waves


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


def _ready(
    unit: Unit,
    port: str,
    wave: Wave,
    room: Cycles,
    others: list[Wave],
    outs: Mapping[str, Wave],
) -> Bits:
    """`ready` of an input of a unit, given `valid` of its other inputs and all of its outputs.

    ``room`` has one word more than the wave: what would come next. Outputs are by port.
    """
    match unit:
        case Scores():
            return _last_piece(outs["o"], unit.lanes)
        case Convert(up=False):
            return _last_piece(outs["o"], unit.count)
        case Fork():
            moved = wave.moved()
            return np.logical_and.reduce([o.ready | (o.moved() > moved) for o in outs.values()])
        case Join():
            free = ~outs["o"].valid | outs["o"].ready
            return np.logical_and.reduce([free, *(o.valid for o in others)])
        case Register() | Slice() | Convert() | Fifo() | SearchPlan():
            return _while_room(wave, room)
        case Deal():
            at = np.searchsorted(np.cumsum(unit.counts), wave.moved() % sum(unit.counts), "right")
            return np.choose(at, [outs[name].ready for name in unit.outputs])
        case MatrixPlan() if port == "i_weights":
            # It is taken with the last word that it stays for, and only then.
            return _spans(wave.transfer, wave.transfer, wave.cycles)
        case MatrixPlan(external=True):
            return _while_room(wave, room) & others[0].valid
        case MapPlan() | MatrixPlan() | PoolPlan() | RequantisePlan():
            return _while_room(wave, room)
        case ReorderPlan() | WindowPlan():
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
