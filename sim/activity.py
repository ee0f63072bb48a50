"""What each layer and each buffer of a design did in a run, from the cycle of every transfer."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_never

import numpy as np

from hwgen.plan.plan import LayerPlan, Plan, Stream
from hwgen.plan.units import (
    Buffer,
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
from sim.cycle import Chunk
from sim.flow import Cycles, Flow

__all__ = ["Activity", "BufferUse", "FifoTally", "LayerActivity", "Tally", "main_streams"]


@dataclass(frozen=True)
class LayerActivity:
    """Cycles of one layer, counted on the input stream of its main unit.

    ``busy_cycles + starved_cycles + blocked_cycles + waiting_cycles`` are the cycles of the run. A
    layer is busy in the cycles of its transfers; blocked in those without one in which what is
    behind it had no room; waiting in those in which nothing but a word of weights from outside was
    missing; starved in all others, those before its first word and after its last one included.
    """

    name: str
    kind: str
    busy_cycles: int
    starved_cycles: int
    blocked_cycles: int
    waiting_cycles: int
    frame_cycles: int
    """Busy cycles of each frame."""

    @property
    def cycles(self) -> int:
        """Cycles of the run."""
        idle = self.starved_cycles + self.blocked_cycles + self.waiting_cycles
        return self.busy_cycles + idle

    @property
    def utilisation(self) -> float:
        """Busy part of the run."""
        return self.busy_cycles / self.cycles

    def steady_utilisation(self, interval: int) -> float:
        """Busy part of whole intervals, once frames follow each other every ``interval`` cycles."""
        return self.frame_cycles / interval


@dataclass(frozen=True)
class BufferUse:
    """A buffer of the plan, and the most of it that was in use at once.

    Of a FIFO that is words held; of the output FIFO of a matrix unit words held and words on their
    way to it, since each has its place from the start; of a line buffer bank rows, from the oldest
    one still read to the one being written.
    """

    buffer: Buffer
    high_water: int


@dataclass(frozen=True)
class Activity:
    """What happened in a run of ``frames`` frames and ``cycles`` cycles.

    ``latency_cycles`` runs from the first cycle to the end of the first frame's last output
    transfer. Fused layers have no hardware of their own and no place in ``layers``.
    """

    frames: int
    cycles: int
    latency_cycles: int
    layers: tuple[LayerActivity, ...]
    buffers: tuple[BufferUse, ...]

    def bottlenecks(self) -> list[LayerActivity]:
        """The layers that are busy in the most cycles of a frame, in the order of the data."""
        most = max((x.frame_cycles for x in self.layers), default=0)
        return [x for x in self.layers if x.frame_cycles == most]


def main_streams(plan: Plan) -> dict[str, Stream]:
    """The stream that each layer's main unit takes, by layer; none for fused layers.

    Of several it is that of the first port.
    """
    return {unit.name: next(iter(plan.inputs_of(unit).values())) for unit in _mains(plan)}


def _mains(plan: Plan) -> list[Unit]:
    units = {u.name: u for u in plan.units}
    return [units[x.name] for x in plan.layers if x.name in units]


class Tally:
    """Counts activity chunk by chunk, in memory that does not grow with the run.

    Parameters
    ----------
    plan : Plan
    """

    def __init__(self, plan: Plan):
        self.plan = plan
        self._frames = self._cycles = self._latency = 0
        layers, streams = {x.name: x for x in plan.layers}, main_streams(plan)
        self._layers = [
            _FedLayer(layers[u.name], streams[u.name], unit=u, outs=plan.outputs_of(u)["o"].name)
            if isinstance(u, MatrixPlan) and u.external
            else _Layer(layers[u.name], streams[u.name])
            for u in _mains(plan)
        ]
        self._buffers = [_Level.of(plan, plan.unit(b.unit), b) for b in plan.buffers()]

    def add(self, chunk: Chunk) -> None:
        """Count the next frames; chunks come in order, from the first one on."""
        flows, last = chunk.flows, self.plan.exit
        if not self._frames:
            self._latency = 1 + int(flows[last.name].transfer[last.transfers_per_frame - 1])
        self._frames += chunk.frames
        self._cycles = max(self._cycles, 1 + max(int(f.transfer[-1]) for f in flows.values()))
        for layer in self._layers:
            layer.add(flows)
        for level in self._buffers:
            level.add(flows)

    def result(self) -> Activity:
        """What was counted so far, at the end of the last transfer."""
        layers = [
            LayerActivity(
                x.layer.name, x.layer.kind, x.busy,
                self._cycles - x.busy - x.blocked - x.waiting, x.blocked, x.waiting,
                x.stream.transfers_per_frame,
            )
            for x in self._layers
        ]  # fmt: skip
        buffers = [BufferUse(x.buffer, x.most) for x in self._buffers]
        return Activity(self._frames, self._cycles, self._latency, tuple(layers), tuple(buffers))


class FifoTally:
    """Counts the most words that some FIFOs of a plan hold, from the transfers around them alone.

    Parameters
    ----------
    plan : Plan
    fifos : sequence of Buffer
    """

    def __init__(self, plan: Plan, fifos: Sequence[Buffer]):
        self._levels = [_Level.of(plan, plan.unit(b.unit), b) for b in fifos]

    @property
    def streams(self) -> set[str]:
        """Those whose transfers are counted."""
        return {name for level in self._levels for name in (level.ins, level.outs)}

    def add(self, chunk: Chunk) -> None:
        """Count the next frames; chunks come in order, from the first one on."""
        for level in self._levels:
            level.add(chunk.flows)

    def result(self) -> list[BufferUse]:
        """What was counted so far."""
        return [BufferUse(x.buffer, x.most) for x in self._levels]


@dataclass
class _Layer:
    layer: LayerPlan
    stream: Stream
    busy: int = 0
    blocked: int = 0
    waiting: int = 0
    free: int = 0
    """First cycle after the last transfer."""

    def room(self, flows: Mapping[str, Flow]) -> Cycles:
        """When what is behind the layer has room, for each of its words."""
        return flows[self.stream.name].room

    def add(self, flows: Mapping[str, Flow]) -> None:
        """Count the next frames."""
        flow, room = flows[self.stream.name], self.room(flows)
        begins = np.empty_like(flow.transfer)
        begins[0], begins[1:] = self.free, flow.transfer[:-1] + 1
        self.blocked += int(np.clip(room - begins, 0, flow.transfer - begins).sum())
        # Whatever else it waits for, it waits for behind these two.
        self.waiting += int((flow.transfer - np.maximum(flow.offered, room)).sum())
        self.busy += flow.transfer.size
        self.free = int(flow.transfer[-1]) + 1


@dataclass
class _FedLayer(_Layer):
    """A layer whose weights come in: its stream has no room before they are there."""

    unit: MatrixPlan = field(kw_only=True)
    outs: str = field(kw_only=True)
    """Name of the stream that it gives."""
    left: Cycles = field(default_factory=lambda: np.zeros(0, np.int64))
    """Cycles of the last outputs, as many as its FIFO has words."""

    def room(self, flows: Mapping[str, Flow]) -> Cycles:
        unit, outs = self.unit, flows[self.outs].transfer
        left = np.concatenate([self.left, outs])
        # Of each fold of words that meet a weight word each the last ones give an output.
        room = np.zeros_like(flows[self.stream.name].transfer)
        ending = room.reshape(-1, unit.synapse_fold, unit.hold)[:, -1]
        frees = np.arange(outs.size) + self.left.size - unit.depth
        freed = np.where(frees >= 0, left[np.maximum(frees, 0)] + 1, 0)
        ending[:] = freed.reshape(ending.shape)
        self.left = left[max(0, left.size - unit.depth) :]
        return room


@dataclass
class _Level(ABC):
    """The most of a buffer in use: places are taken as words enter, and freed as others leave."""

    buffer: Buffer
    ins: str
    """Name of the stream that fills it."""
    outs: str
    most: int = 0
    entered: int = 0
    left: int = 0
    leaving: Cycles = field(default_factory=lambda: np.zeros(0, np.int64))
    """Cycles of what leaves later than all that has entered so far."""

    @classmethod
    def of(cls, plan: Plan, unit: Unit, buffer: Buffer) -> "_Level":
        """Level of a buffer of that unit."""
        ins, outs = plan.inputs_of(unit)["i"].name, plan.outputs_of(unit)["o"].name
        match unit:
            case WindowPlan():
                return _Lines(buffer, ins, outs, unit=unit)
            case MapPlan():
                return _Rows(buffer, ins, outs, unit=unit)
            case MatrixPlan() if unit.hold > 1:
                fold = unit.hold * unit.synapse_fold
                return _Words(buffer, ins, outs, group=fold, last=unit.hold)
            case MatrixPlan():
                return _Words(buffer, ins, outs, group=unit.synapse_fold)
            case Fifo() | RequantisePlan():
                return _Words(buffer, ins, outs)
            case Convert() | Deal() | Fork() | Join() | PoolPlan() | Register() | ReorderPlan():
                raise TypeError(f"{unit.name} has no buffer")
            case Scores() | SearchPlan() | Slice():
                raise TypeError(f"{unit.name} has no buffer")
        assert_never(unit)

    def count(self, enters: Cycles, leaves: Cycles) -> tuple[Cycles, Cycles]:
        """Count, for all that enters, what has entered and what has left when it is there.

        Something that leaves in cycle n is there until the end of that cycle; something that
        enters is there from the next cycle on.
        """
        leaving = np.concatenate([self.leaving, leaves])
        gone = np.searchsorted(leaving, enters, side="right")
        there = np.arange(self.entered, self.entered + enters.size), self.left + gone
        self.entered += enters.size
        self.left += int(gone[-1])
        self.leaving = leaving[gone[-1] :]
        return there

    @abstractmethod
    def add(self, flows: Mapping[str, Flow]) -> None:
        """Count the next frames."""


@dataclass
class _Words(_Level):
    group: int = 1
    last: int = 1
    """Words of a group, its last ones, that take a place each."""

    def add(self, flows: Mapping[str, Flow]) -> None:
        groups = flows[self.ins].transfer.reshape(-1, self.group)
        enters = groups[:, -self.last :].ravel()
        entered, left = self.count(enters, flows[self.outs].transfer)
        self.most = max(self.most, int((entered + 1 - left).max()))


@dataclass
class _Lines(_Level):
    unit: WindowPlan = field(kw_only=True)

    def add(self, flows: Mapping[str, Flow]) -> None:
        unit = self.unit
        height, width, _ = unit.in_shape
        begins = flows[self.ins].transfer[:: width * unit.words_per_pixel]
        # A read is issued a cycle before its patch shows; its block row is over a cycle later.
        issued = flows[self.outs].offered - 1
        row_reads = unit.blocks[1] * unit.words_per_block
        # A row may be begun in the cycle after the last read: that one has left already.
        rows, done = self.count(begins - 1, issued[row_reads - 1 :: row_reads])
        bank = np.array([unit.bank_row(y) for y in range(height)], np.int64)
        oldest = np.array([unit.oldest_bank_row(b) for b in range(unit.blocks[0])], np.int64)
        written = rows // height * unit.frame_bank_rows + bank[rows % height]
        frame, block_row = np.divmod(done, unit.blocks[0])
        reading = frame * unit.frame_bank_rows + oldest[block_row]
        self.most = max(self.most, int((written - reading).max()) + 1)


@dataclass
class _Rows(_Level):
    unit: MapPlan = field(kw_only=True)

    def add(self, flows: Mapping[str, Flow]) -> None:
        unit = self.unit
        height = unit.in_shape[0]
        row_words = unit.words_per_map // height * unit.whole
        begins = flows[self.ins].transfer[::row_words]
        # As of block rows: a pass is over a cycle after its last read is issued.
        issued = flows[self.outs].offered - 1
        rows, done = self.count(begins - 1, issued[unit.reads_per_pass - 1 :: unit.reads_per_pass])
        oldest = np.array([unit.oldest_row(n) for n in range(unit.passes)], np.int64)
        number, at = np.divmod(done, unit.passes)
        reading = number * height + oldest[at]
        used = (rows + 1) * unit.whole - reading
        self.most = max(self.most, int(used.max()) // unit.whole)
