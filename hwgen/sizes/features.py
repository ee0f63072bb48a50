"""What logic consists of, as counts that cells are estimated from."""

from hwgen.families.fabric import Fabric
from hwgen.sizes.memory_map import Memory, map_memory
from hwgen.sizes.tables import Table

__all__ = [
    "Features",
    "constant_digits",
    "counter_bits",
    "counters_of",
    "fifo_features",
    "fifo_memories",
    "lut_columns",
    "rom_features",
    "select_cells",
]

Features = dict[str, float]
"""Amounts by their names in the calibration: cells as they can be counted, and what the rest
depends on."""

LUT_WORDS = 16
"""Words of a table that a LUT holds a column of."""


def counter_bits(count: int) -> int:
    """Bits of a counter of so many steps."""
    return (count - 1).bit_length()


def counters_of(*counts: int) -> Features:
    """Bits of counters of so many steps, apart those that start again by overflowing."""
    overflowing = [count for count in counts if count & count - 1 == 0]
    every, some = sum(map(counter_bits, counts)), sum(map(counter_bits, overflowing))
    return {"counters": every - some, "overflowing": some}


def constant_digits(factor: int) -> int:
    """Terms, added or subtracted, that a product with a constant is the sum of."""
    return (factor ^ 3 * factor).bit_count()


def select_cells(count: int) -> float:
    """LUTs that choose one of ``count`` bits."""
    return {1: 0.0, 2: 1.0}.get(count, (count - 1) * 2 / 3)


def rom_features(table: Table, family: Fabric) -> Features:
    """A table that is logic, by its address bits, or the choice between its block RAMs."""
    if table.words == 1 or not table.bits:
        return {}
    mapping = map_memory(Memory(table.words, table.bits, "rom"), family)
    if mapping.ebr:
        return {"ram choice": select_cells(mapping.rows) * table.bits}
    cells = lut_columns(table)
    address = max(counter_bits(table.words), 4)
    return {f"tables of {1 << address}" if address < 7 else "deep tables": cells}


def lut_columns(table: Table) -> float:
    """LUTs of a table in logic.

    A LUT holds a column of 16 words. Of the words that are left over there are only so many
    different columns, and LUTs that choose between those of a column follow.
    """
    full, over = divmod(table.words, LUT_WORDS)
    cells = full * table.bits + (min(table.bits, 1 << over) if over else 0)
    return cells + select_cells(full + bool(over)) * table.bits


def fifo_memories(depth: int, bits: int) -> list[Memory]:
    """Memory of a stream FIFO; one of two words has registers."""
    return [Memory(depth, bits, "queue")] if depth > 2 else []


def fifo_features(depth: int, bits: int, family: Fabric) -> Features:
    """A stream FIFO: two registers, or a ring of them, or LUT RAM."""
    counters = 3 * counter_bits(depth)
    for memory in fifo_memories(depth, bits):
        mapping = map_memory(memory, family)
        if mapping.lutram:
            return {"fifo lut ram": mapping.lutram, "fifo counters": counters}
        return {"ring": bits * (depth + select_cells(depth)), "fifo counters": counters}
    return {"fifo bits": bits * depth}
