"""The plan: units and the streams between them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from hwgen.plan.units import Fifo, MatrixPlan, RequantisePlan, Unit, WindowPlan
from hwgen.sizes.spram import spram_chips

__all__ = ["LARGEST_BUFFER", "WEIGHTS_SUFFIX", "Buffer", "LayerPlan", "Plan", "Stream"]


@dataclass(frozen=True)
class Stream:
    """A stream: from and to are unit names, or "input" and "output" at the edge."""

    name: str
    source: str
    target: str
    payload_bits: int
    transfers_per_frame: int
    source_port: str = "o"
    target_port: str = "i"


WEIGHTS_SUFFIX = "_weights.bin"
"""Behind a design's name: the file of the words that fill its SPRAMs, 16 bits little-endian."""

LARGEST_BUFFER = 1 << 20
"""Words or rows that a user may give a buffer; more take minutes to write as Verilog."""


@dataclass(frozen=True)
class Buffer:
    """Storage whose size the plan is free to choose, as far as it affects timing only.

    ``unit`` names its unit: a FIFO, a matrix unit (the words of its output FIFO) or a sliding
    window (its bank rows). With less than ``least`` the unit cannot work at all.
    """

    unit: str
    kind: str
    """"fifo" or "lines"."""
    size: int
    least: int
    bits: int
    """Memory for each unit of size."""


@dataclass(frozen=True)
class LayerPlan:
    """What the plan chose for one stage, for manifest and reports."""

    name: str
    kind: str
    pe: int
    simd: int
    m: int
    weight_storage: str
    weight_bits: int
    cycles: int
    macs: int
    binary: bool


@dataclass(frozen=True)
class Plan:
    """Units and streams in the order of the data.

    The first stream comes from "input", the last one goes to "output". A unit's streams are in
    the order of its ports.
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
        """Transfers a frame of the busiest stream: no schedule is faster."""
        return max(s.transfers_per_frame for s in self.streams)

    @property
    def load_words(self) -> int:
        """Words of 16 bits that the design takes at boot before it works; 0 without SPRAM."""
        return sum(
            unit.neuron_fold * unit.synapse_fold * spram_chips(unit.word_bits)
            for unit in self.units
            if isinstance(unit, MatrixPlan) and unit.storage == "spram"
        )

    def streams_into(self, unit: str) -> list[int]:
        """Indices of the streams that a unit takes, in the order of its ports."""
        return [k for k, s in enumerate(self.streams) if s.target == unit]

    def streams_from(self, unit: str) -> list[int]:
        """Indices of the streams that a unit gives, in the order of its ports."""
        return [k for k, s in enumerate(self.streams) if s.source == unit]

    def buffers(self) -> list[Buffer]:
        """Storage whose size may be chosen, in the order of the data."""
        found = []
        for unit in self.units:
            if isinstance(unit, Fifo | MatrixPlan | RequantisePlan):
                found.append(Buffer(unit.name, "fifo", unit.depth, 1, unit.out_bits))
            elif isinstance(unit, WindowPlan):
                _, width, channels = unit.in_shape
                bits = unit.patch[0] * width * channels * unit.bits
                found.append(Buffer(unit.name, "lines", unit.slots, unit.least_slots(), bits))
        return found

    def with_buffers(self, sizes: Mapping[str, int]) -> "Plan":
        """Plan whose buffers have these sizes, by unit name; those not named keep theirs."""
        units = []
        for unit in self.units:
            size = sizes.get(unit.name)
            if size is not None and isinstance(unit, WindowPlan):
                unit = replace(unit, slots=size)
            elif size is not None and isinstance(unit, Fifo | MatrixPlan | RequantisePlan):
                unit = replace(unit, depth=size)
            units.append(unit)
        return replace(self, units=tuple(units))
