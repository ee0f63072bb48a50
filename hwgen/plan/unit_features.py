"""What the logic of each kind of unit consists of, as counts that cells are estimated from."""

from math import prod

from hwgen.model.integer import Levels, Matrix, Pool, Requantise, Stage, Threshold
from hwgen.plan.matrix_features import Features, fifo_features, matrix_features, select_cells
from hwgen.plan.memory_map import map_memory
from hwgen.plan.unit_memories import unit_memories
from hwgen.plan.units import (
    CombinePlan,
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
from hwgen.plan.window_features import window_features

__all__ = ["unit_features", "unit_kind"]


def unit_kind(unit: Unit) -> str:
    """Name of a kind of unit in the calibration."""
    if isinstance(unit, PoolPlan):
        return "sums" if unit.total else "pool"
    if isinstance(unit, Convert):
        return "pack" if unit.up else "unpack"
    if isinstance(unit, Register):
        return unit.role
    names: dict[type[Unit], str] = {
        MatrixPlan: "matrix", WindowPlan: "window", ReorderPlan: "reorder",
        Scores: "scores", Fifo: "fifo", Fork: "fork", Join: "join",
        Slice: "slice", RequantisePlan: "requantise", CombinePlan: "combine",
    }  # fmt: skip
    return names[type(unit)]


def unit_features(unit: Unit, stage: Stage | None, pool: Pool | None, family: str) -> Features:
    """Cells as they can be counted, and what the rest depends on.

    The keys are those of the calibration of the `unit_kind`. On iCE40 a register takes a cell
    where no LUT stands ahead of it, on ECP5 never.
    """
    alone = float(family == "ice40")
    if isinstance(unit, MatrixPlan):
        assert isinstance(stage, Matrix)
        return matrix_features(unit, stage, pool, family)
    if isinstance(unit, WindowPlan):
        return window_features(unit, family)
    if isinstance(unit, Fifo):
        return {"one": 1} | fifo_features(unit.depth, unit.in_bits, family)
    if isinstance(unit, RequantisePlan):
        assert isinstance(stage, Requantise)
        factor = max(abs(k) for k in stage.multipliers).bit_length()
        product = stage.in_element.bits + factor
        cells = unit.elements * (product * (factor + 1) + 2 * stage.element.bits)
        return {"products": cells} | fifo_features(unit.depth, unit.out_bits, family)
    if isinstance(unit, CombinePlan):
        return {"sums": 2 * unit.out_bits}
    if isinstance(unit, Slice):
        return {"handshake": 2, "registers": alone * unit.in_bits}
    if isinstance(unit, Convert):
        counter = {"one": 1, "counters": _bits(unit.count)}
        if unit.up:
            return counter | {"registers": alone * (2 * unit.count - 1) * unit.in_bits}
        return counter | {"choice": select_cells(unit.count) * unit.out_bits}
    if isinstance(unit, PoolPlan):
        assert stage is not None
        groups = stage.in_shape[2] // unit.elements
        return {
            "one": 1,
            "counters": _bits(unit.taps) + _bits(groups),
            "bits" if unit.bits == 1 else "numbers": unit.elements * unit.bits,
            "minimum": unit.elements * groups / 16 if groups > 1 else 0,
        }
    if isinstance(unit, Scores):
        return {
            "one": 1,
            "counters": _bits(unit.lanes) + _bits(unit.lanes * unit.words),
            "choice": select_cells(unit.lanes) * unit.bits,
            "best": (unit.bits + unit.index_bits) * (unit.argmax is not None),
        }
    if isinstance(unit, ReorderPlan):
        return _reorder(unit, family)
    if isinstance(unit, Register) and isinstance(stage, Levels):
        found: Features = {"one": 1, "tables": 0}
        for memory in unit_memories(unit, stage, pool, family):
            if not map_memory(memory, family).ebr:
                found["tables"] += memory.words / 16 * memory.bits
        return found
    if isinstance(unit, Register):
        assert isinstance(stage, Threshold)
        groups = len(stage.thresholds) // unit.elements
        cells = unit.in_bits * (1 + groups / 16) if groups > 1 else unit.in_bits / 4
        count = stage.thresholds[0].size
        # Bits are counted by about as many full adders as there are.
        cells = cells * count + unit.elements * (count - 1)
        return {"one": 1, "counters": _bits(groups), "comparison": cells}
    return {"one": 1, "registers": alone * unit.in_bits}


def _reorder(unit: ReorderPlan, family: str) -> Features:
    words = 2 * unit.blocks[1] * unit.folds
    found: Features = {
        "one": 1,
        "counters": 4 * _bits(words),
        "choice": select_cells(prod(unit.block)) * unit.out_bits,
        "lut ram": 0,
        "ram bits": 0,
        "old words": 0,
    }
    for memory in unit_memories(unit, None, None, family):
        mapping = map_memory(memory, family)
        if mapping.ebr:
            # Writes wait for a cycle, and are compared with what is read.
            found["old words"] += 3 * memory.bits + 2 * _bits(words)
        elif mapping.lutram:
            found["lut ram"] += mapping.lutram + select_cells(mapping.rows) * memory.bits
        else:
            found["ram bits"] += memory.words * (memory.bits + 1) * 2
    return found


def _bits(count: int) -> int:
    """Bits of a counter of so many steps."""
    return (count - 1).bit_length()
