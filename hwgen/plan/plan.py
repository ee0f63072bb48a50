"""The plan: units and the streams between them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from hwgen.plan.units import Buffer, Unit

__all__ = ["LARGEST_BUFFER", "LayerPlan", "Plan", "Stream"]


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
        return sum(unit.load_words for unit in self.units)

    def streams_into(self, unit: str) -> list[int]:
        """Indices of the streams that a unit takes, in the order of its ports."""
        return [k for k, s in enumerate(self.streams) if s.target == unit]

    def streams_from(self, unit: str) -> list[int]:
        """Indices of the streams that a unit gives, in the order of its ports."""
        return [k for k, s in enumerate(self.streams) if s.source == unit]

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
