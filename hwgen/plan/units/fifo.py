"""Stream FIFO."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from hwgen.families.fabric import Fabric
from hwgen.network import Stage
from hwgen.plan.units.base import Buffer, UnitBase, lone_registers
from hwgen.sizes.features import (
    Features,
    counter_bits,
    fifo_features,
    fifo_memories,
    select_cells,
)
from hwgen.sizes.memory_map import Memory, map_memory

__all__ = ["Fifo"]

BLOCK_CELLS = 128
"""Cells that a block RAM is taken for: about as many as there are for each on the parts."""

LUT_RAM_CELLS = 8
"""Cells that a LUT RAM comes to, with what chooses between several (`calibration.json`)."""


@dataclass(frozen=True, kw_only=True)
class Fifo(UnitBase):
    """Stream FIFO of ``depth`` words.

    One that is ``deep`` may come to hold many, and has them in block RAM where these are worth it.
    """

    depth: int
    deep: bool = False

    @property
    def passes_ready(self) -> bool:
        """Its words lie between both sides."""
        return False

    def words_out(self, words: int) -> int:
        """As many."""
        return words

    @property
    def buffer(self) -> Buffer:
        """Its words."""
        return Buffer(self.name, "fifo", self.depth, 1, self.out_bits)

    def resized(self, size: int) -> Self:
        """With so many words."""
        return replace(self, depth=size)

    def clocked(self, family: Fabric) -> bool:
        """Whether its memory is read with a clock: whether it is block RAM."""
        block = map_memory(self._block, family).ebr if self.deep and self.depth > 2 else 0
        if not block:
            return False
        (queue,) = fifo_memories(self.depth, self.in_bits)
        luts = map_memory(queue, family).lutram * LUT_RAM_CELLS
        bits = self.in_bits * (self.depth + select_cells(self.depth))
        return (luts or bits) > block * BLOCK_CELLS + self._passing(family)

    @property
    def _block(self) -> Memory:
        """Its memory where that is block RAM: the oldest word is in registers."""
        return Memory(self.depth - 1, self.in_bits, "rows")

    def _passing(self, family: Fabric) -> float:
        """Cells of the word that passes by a block RAM."""
        return self.in_bits + lone_registers(self.in_bits, family)

    def memories(self, stages: Mapping[str, Stage], family: Fabric) -> list[Memory]:
        """One, or registers."""
        return [self._block] if self.clocked(family) else fifo_memories(self.depth, self.in_bits)

    @property
    def kind(self) -> str:
        """A kind of its own."""
        return "fifo"

    def features(self, stages: Mapping[str, Stage], family: Fabric) -> Features:
        """Words and counters; beside block RAM, the word that passes by."""
        if not self.clocked(family):
            return {"one": 1} | fifo_features(self.depth, self.in_bits, family)
        rows = map_memory(self._block, family).rows
        return {
            "one": 1,
            "block counters": 3 * counter_bits(self.depth),
            "passing": self._passing(family),
            "ram choice": select_cells(rows) * self.in_bits,
        }
