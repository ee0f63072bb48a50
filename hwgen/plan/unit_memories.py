"""The memories of each unit, as synthesis sees them."""

import numpy as np

from hwgen.families.fabric import Fabric
from hwgen.model.integer import Levels, Matrix, Pool, Stage
from hwgen.plan.memory_map import Memory
from hwgen.plan.storage import spram_chips
from hwgen.plan.tables import Table, threshold_table, weight_table
from hwgen.plan.units import (
    Fifo,
    MatrixPlan,
    Pair,
    Register,
    ReorderPlan,
    RequantisePlan,
    Unit,
    WindowPlan,
)

__all__ = [
    "axis_banks",
    "axis_starts",
    "bank_words",
    "line_memories",
    "unit_memories",
    "unit_sprams",
]


def unit_memories(
    unit: Unit, stage: Stage | None, pool: Stage | None, family: Fabric
) -> list[Memory]:
    """Memories that are no SPRAM; those of a column less where a column is constant.

    Parameters
    ----------
    stage : Stage or None
        The unit's stage of the integer network; only matrix units and pixel tables need it.
    pool : Stage or None
        The pool joined to a matrix unit.
    family : Fabric
    """
    if isinstance(unit, Fifo):
        return _queue(unit.depth, unit.in_bits)
    if isinstance(unit, WindowPlan):
        return line_memories(unit)
    if isinstance(unit, ReorderPlan):
        words = 2 * unit.blocks[1] * unit.folds
        return [Memory(words, unit.out_bits, "old")] * (unit.block[0] * unit.block[1])
    if isinstance(unit, Register) and isinstance(stage, Levels):
        return _levels(unit, stage)
    if isinstance(unit, RequantisePlan):
        return _queue(unit.depth, unit.out_bits)
    if not isinstance(unit, MatrixPlan):
        return []
    assert isinstance(stage, Matrix)
    assert pool is None or isinstance(pool, Pool)
    found = _rom(threshold_table(unit, stage, pool, family))
    if unit.storage != "spram":
        found += _rom(weight_table(unit, stage, family))
    return found + _queue(unit.depth, unit.out_bits)


def unit_sprams(unit: Unit) -> int:
    """SPRAMs of a unit."""
    if isinstance(unit, MatrixPlan) and unit.storage == "spram":
        return spram_chips(unit.word_bits)
    return 0


def axis_starts(unit: WindowPlan, axis: int) -> tuple[int, ...]:
    """Banks along an axis (0 rows, 1 columns) in which a patch can begin."""
    banks = unit.patch[axis]
    step, taps = unit.stride[axis] * unit.block[axis], unit.taps[axis] * unit.dilation[axis]
    groups = unit.kernel[axis] // unit.taps[axis]
    reached = {
        (b * step + t * taps) % banks for b in range(unit.blocks[axis]) for t in range(groups)
    }
    return tuple(sorted(reached))


def axis_banks(unit: WindowPlan, axis: int) -> list[list[int]]:
    """Banks along an axis that always have the same address, and so are one memory."""
    starts = axis_starts(unit, axis)
    groups: dict[tuple[bool, ...], list[int]] = {}
    for bank in range(unit.patch[axis]):
        groups.setdefault(tuple(start > bank for start in starts), []).append(bank)
    return list(groups.values())


def bank_words(unit: WindowPlan) -> int:
    """Words of each bank of a line buffer."""
    columns = (unit.padding[2] + unit.in_shape[1] - 1) // unit.patch[1] + 1
    return max(2, unit.slots * columns * unit.words_per_pixel)


def line_memories(unit: WindowPlan) -> list[Memory]:
    """Memories of a line buffer: banks that share an address lie side by side."""
    words, found = bank_words(unit), []
    for rows in axis_banks(unit, 0):
        for columns in axis_banks(unit, 1):
            banks = _written(unit, 0, rows) * _written(unit, 1, columns)
            if banks:
                bits = banks * unit.group * unit.bits
                found.append(Memory(words, bits, "rows", banks))
    return found


def _written(unit: WindowPlan, axis: int, banks: list[int]) -> int:
    """Banks of a group that pixels are written to; all but where a map is one pixel wide."""
    if unit.in_shape[axis] > 1:
        return len(banks)
    first: Pair = (unit.padding[0], unit.padding[2])
    return int(first[axis] % unit.patch[axis] in banks)


def _levels(unit: Register, stage: Levels) -> list[Memory]:
    shared = bool((stage.table == stage.table[0]).all())
    rows = np.repeat(stage.table[:1], unit.elements, axis=0) if shared else stage.table
    found = []
    for element in range(unit.elements):
        mine = rows[element :: unit.elements]
        data = mine[0] if (mine == mine[0]).all() else mine.reshape(-1)
        columns = [data >> bit & 1 for bit in range(stage.element.bits)]
        bits = sum(int((column != column[0]).any()) for column in columns)
        found += _rom(Table(len(data), bits))
    return found


def _rom(table: Table) -> list[Memory]:
    """Memory of a table; none where it is constant."""
    return [Memory(table.words, table.bits, "rom")] if table.words > 1 and table.bits else []


def _queue(depth: int, bits: int) -> list[Memory]:
    """Memory of a FIFO; one of two words has registers."""
    return [Memory(depth, bits, "queue")] if depth > 2 else []
