"""What synthesis makes of a memory: block RAMs, LUT RAMs or logic.

The rule of yosys' `memory_libmap` for memories as this program has them, with the block and LUT
RAMs of `share/ice40/brams.txt`, `share/lattice/brams_16kd.txt` and `lutrams_trellis.txt`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import ceil

__all__ = ["Mapping", "Memory", "fewest_rams", "map_memory"]

ROM_BIT_COST, RAM_BIT_COST = 1 / 16, 1.0
"""What a bit is taken to cost in logic."""
SELECT_COST = 0.5
"""For a LUT that chooses between RAMs, on either side."""
READ_COST = 2.0
"""For a read port of its own, which all RAMs here have."""
OLD_WORD_COST = 12.0
"""For writing a cycle late, where a read must give the word before."""


@dataclass(frozen=True)
class Memory:
    """A memory of ``words`` words of ``bits`` bits, read at one port.

    ``access`` is "rom" (read with a clock, never written), "rows" (written at another port, never
    at the address that is read), "old" (the same, but reading what is being written gives the old
    word) or "queue" (read without a clock). ``fields`` equal parts of a word are written alone.
    """

    words: int
    bits: int
    access: str
    fields: int = 1


@dataclass(frozen=True)
class Mapping:
    """``ebr`` block RAMs and ``lutram`` LUT RAMs side by side and in ``rows``.

    With no RAM the memory is logic.
    """

    ebr: int = 0
    lutram: int = 0
    rows: int = 1


@dataclass(frozen=True)
class _Ram:
    """A kind of RAM: ``depth`` words at the narrowest of its ``widths``.

    ``byte`` are the bits that are written alone, 0 where that is a word; ``least`` and ``most`` are
    the first and the last of the widths that a written memory can have.
    """

    depth: int
    widths: tuple[int, ...]
    cost: int
    byte: int
    least: int
    most: int
    block: bool = True


LUT_RAM = _Ram(16, (4,), 4, 0, 0, 0, block=False)
RAMS = {
    "ice40": (_Ram(2048, (2, 4, 8, 16), 64, 0, 0, 2), _Ram(2048, (2, 4, 8, 16), 64, 1, 0, 3)),
    "ecp5": (
        LUT_RAM,
        _Ram(16384, (1, 2, 4, 9, 18), 128, 9, 0, 4),
        _Ram(16384, (1, 2, 4, 9, 18, 36), 128, 9, 3, 5),
    ),
}


@cache
def map_memory(memory: Memory, family: str) -> Mapping:
    """What the memory becomes on a family, "ice40" or "ecp5"."""
    rom = memory.access == "rom"
    logic = memory.words * memory.bits * (ROM_BIT_COST if rom else RAM_BIT_COST)
    # Costs so far are kept as whole numbers there, so that some ties are none.
    best, found = int(logic), Mapping()
    for block in (False, True):
        candidates = [c for ram in RAMS[family] if ram.block is block for c in _tried(ram, memory)]
        if candidates:
            cost, mapping = min(candidates, key=lambda c: c[0])
            if cost < best:
                best, found = int(cost), mapping
    return found


def fewest_rams(words: int, bits: int, family: str) -> int:
    """Block RAMs of a table in the best of their modes, where it is no logic and chooses freely.

    Not what synthesis takes (`map_memory`): by this count tables go into SPRAM in the order that
    ``docs/contracts.md`` states, whatever a tool makes of those that stay.
    """
    return min(
        ceil(words / (ram.depth >> level)) * ceil(bits / width)
        for ram in RAMS[family]
        if ram.block
        for level, width in enumerate(ram.widths)
    )


def _tried(ram: _Ram, memory: Memory) -> Iterator[tuple[float, Mapping]]:
    """The cheapest way to make a memory of a kind of RAM, with its cost; none where impossible."""
    rom = memory.access == "rom"
    if (rom and not ram.block) or (memory.access == "queue" and ram.block):
        return
    found = None
    least = 0
    for level, width in enumerate(ram.widths):
        if not rom and not ram.least <= level <= ram.most:
            continue
        byte = 1 if rom else min(ram.byte or width, width)
        side = memory.fields * ceil(memory.bits // memory.fields / byte) * byte
        rows = ceil(memory.words / (ram.depth >> level))
        count = ceil(rows * side / width)
        cost = ram.cost * count + SELECT_COST * (rows - 1) * memory.bits + READ_COST
        if rows > 1 and not rom:
            cost += SELECT_COST * rows * memory.fields
        if memory.access == "old" and ram.block:
            cost += OLD_WORD_COST
        if found is None or cost < least:
            mapping = Mapping(count, 0, rows) if ram.block else Mapping(0, count, rows)
            found, least = (cost, mapping), int(cost)
    if found is not None:
        yield found
