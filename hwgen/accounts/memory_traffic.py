"""What a design reads of each memory for a frame, and what a chip without any of its own would."""

from dataclasses import dataclass
from math import prod

from hwgen.accounts.footprint import count_layers
from hwgen.model import Model
from hwgen.plan.plan import Plan
from hwgen.plan.units import MapPlan, MatrixPlan, ReorderPlan, Unit, WindowPlan
from hwgen.plan.weight_storage import WeightStorage
from hwgen.sizes.streamed import WEIGHT_PORT_BITS

__all__ = ["MemoryTraffic", "count_traffic", "dram_bytes", "outside_words"]

DRAM_BITS = 16
"""Of each number, where all goes through DRAM."""


@dataclass(frozen=True)
class MemoryTraffic:
    """Bytes that a design reads for a frame, begun ones counted as whole.

    Weights from memories of the bitstream, from SPRAM and from outside; activations from line
    buffers and the other memories that hold parts of maps. Weights that are wired are no reads,
    and what waits in a FIFO has been read already.
    """

    memory: int
    spram: int
    outside: int
    line_buffers: int


def count_traffic(plan: Plan) -> MemoryTraffic:
    """Bytes that a plan's units read for a frame."""
    bits = dict.fromkeys(WeightStorage, 0)
    lines = 0
    for unit in plan.units:
        if isinstance(unit, MatrixPlan):
            bits[unit.storage] += unit.weight_reads * unit.word_bits
        elif isinstance(unit, WindowPlan | MapPlan | ReorderPlan):
            lines += _read_bits(unit) * plan.outputs_of(unit)["o"].transfers_per_frame
    port_words = plan.weights.transfers_per_frame if plan.weights else 0
    return MemoryTraffic(
        -(-bits[WeightStorage.MEMORY] // 8),
        -(-bits[WeightStorage.SPRAM] // 8),
        port_words * WEIGHT_PORT_BITS // 8,
        -(-lines // 8),
    )


def outside_words(plan: Plan) -> dict[str, int]:
    """Words of the port that each layer with weights outside gets for a frame, by layer."""
    layers = [unit.name for unit in plan.units if isinstance(unit, MatrixPlan) and unit.external]
    if plan.weights is None:
        return {}
    deal = plan.unit(plan.weights.target)
    words = [s.transfers_per_frame for s in plan.outputs_of(deal).values()]
    return dict(zip(layers, words, strict=True))


def dram_bytes(model: Model) -> int:
    """Bytes a frame of a chip that keeps nothing, as the talk's 16-bit networks are counted.

    Each convolution and dense layer reads its weights and what it takes from DRAM once, and writes
    what it gives there, in 16 bits each.
    """
    rows = [row for row in count_layers(model) if row.matrix]
    return sum(row.weights + row.inputs + row.activations for row in rows) * DRAM_BITS // 8


def _read_bits(unit: Unit) -> int:
    """Bits that each word takes out of a unit's memory; flags of padding are in none."""
    match unit:
        case WindowPlan():
            return prod(unit.patch) * unit.group * unit.bits
        case MapPlan():
            return unit.group * unit.bits
        case _:
            return unit.out_bits
