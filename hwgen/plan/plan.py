"""The plan: units and the streams between them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from hwgen.plan.products import Products
from hwgen.plan.units import Buffer, Unit
from hwgen.plan.weight_storage import WeightStorage

__all__ = ["LARGEST_BUFFER", "WEIGHTS", "LayerPlan", "Plan", "Stream"]


WEIGHTS = "weights"
"""Where the stream comes from that brings the weights of each frame."""


@dataclass(frozen=True)
class Stream:
    """A stream: from and to are unit names, or "input", "weights" and "output" at the edge.

    Its words take ``least_cycles`` cycles a frame or more, where that is not one each.
    """

    name: str
    source: str
    target: str
    payload_bits: int
    transfers_per_frame: int
    source_port: str = "o"
    target_port: str = "i"
    least_cycles: int = 0

    @property
    def cycles_per_frame(self) -> int:
        """Cycles a frame that its transfers take, at full rate."""
        return max(self.transfers_per_frame, self.least_cycles)


LARGEST_BUFFER = 1 << 20
"""Words or rows that a user may give a buffer; more take minutes to write as Verilog."""


@dataclass(frozen=True)
class LayerPlan:
    """What the plan chose for one stage, for manifest and reports."""

    name: str
    kind: str
    pe: int
    simd: int
    m: int
    weight_storage: WeightStorage | None
    weight_bits: int
    cycles: int
    macs: int
    binary: bool
    form: str | None = None
    """How thresholds of a channel are counted, where there are several."""
    weight_reads: int = 0
    """How often a frame each weight word comes in, where they lie outside."""
    products: Products | None = None
    """What multiplies, where there is a choice."""
    index_bits: int = 0
    """Of an index, where memory has indices of a code book instead of weights."""


@dataclass(frozen=True)
class Plan:
    """Units and streams in the order of the data.

    The first stream comes from "input", the last one goes to "output"; `verify_plan` holds that
    each port of each unit has one. Units find theirs by the names of their ports.
    """

    name: str
    device: str
    clock_mhz: float | None
    units: tuple[Unit, ...]
    streams: tuple[Stream, ...]
    layers: tuple[LayerPlan, ...]
    folding: dict[str, dict[str, object]]
    """The folding file that gives this plan again."""

    @property
    def bottleneck_cycles(self) -> int:
        """Cycles a frame of the busiest stream: no schedule is faster."""
        return max(s.cycles_per_frame for s in self.streams)

    @property
    def load_words(self) -> int:
        """Words of 16 bits that the design takes at boot before it works; 0 without SPRAM."""
        return sum(unit.load_words for unit in self.units)

    @property
    def entry(self) -> Stream:
        """The stream that brings the pictures."""
        return self.streams[0]

    @property
    def weights(self) -> Stream | None:
        """The stream that brings the weights of each frame, if there is one."""
        return next((s for s in self.streams if s.source == WEIGHTS), None)

    @property
    def exit(self) -> Stream:
        """The stream that takes the scores away."""
        return self.streams[-1]

    def inputs_of(self, unit: Unit) -> dict[str, Stream]:
        """Streams that a unit takes, by port, in the order of its ports."""
        found = {s.target_port: s for s in self.streams if s.target == unit.name}
        return {port: found[port] for port in unit.inputs}

    def outputs_of(self, unit: Unit) -> dict[str, Stream]:
        """Streams that a unit gives, by port, in the order of its ports."""
        found = {s.source_port: s for s in self.streams if s.source == unit.name}
        return {port: found[port] for port in unit.outputs}

    def unit(self, name: str) -> Unit:
        """Unit of that name.

        Raises
        ------
        KeyError
            If there is none.
        """
        for unit in self.units:
            if unit.name == name:
                return unit
        raise KeyError(name)

    def buffers(self) -> list[Buffer]:
        """Storage whose size may be chosen, in the order of the data."""
        return [buffer for unit in self.units if (buffer := unit.buffer) is not None]

    def with_buffers(self, sizes: Mapping[str, int]) -> "Plan":
        """Plan whose buffers have these sizes, by unit name; those not named keep theirs."""
        units = tuple(
            unit.resized(sizes[unit.name]) if unit.name in sizes and unit.buffer else unit
            for unit in self.units
        )
        return replace(self, units=units)
