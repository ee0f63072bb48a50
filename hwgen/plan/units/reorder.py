"""Block order to raster order."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from hwgen.network import Stage
from hwgen.plan.units.base import Pair, UnitBase
from hwgen.sizes.features import Features, counter_bits, select_cells
from hwgen.sizes.memory_map import Memory, map_memory

__all__ = ["ReorderPlan"]


@dataclass(frozen=True, kw_only=True)
class ReorderPlan(UnitBase):
    """Block order to raster order."""

    block: Pair
    blocks: Pair
    folds: int

    @property
    def passes_ready(self) -> bool:
        """Its memory lies between both sides."""
        return False

    def words_out(self, words: int) -> int | None:
        """A word for each pixel of a block."""
        blocks = prod(self.blocks) * self.folds
        return blocks * prod(self.block) if words == blocks else None

    @property
    def buffer(self) -> None:
        """Its size is fixed."""
        return None

    @property
    def bank_words(self) -> int:
        """Words of the memory of each pixel of a block: two rows of blocks."""
        return 2 * self.blocks[1] * self.folds

    def memories(self, stages: Mapping[str, Stage], family: str) -> list[Memory]:
        """One for each pixel of a block."""
        return [Memory(self.bank_words, self.out_bits, "old")] * prod(self.block)

    @property
    def kind(self) -> str:
        """A kind of its own."""
        return "reorder"

    def features(self, stages: Mapping[str, Stage], family: str) -> Features:
        """Counters, the choice of a pixel, and the memories as they are mapped."""
        words = self.bank_words
        found: Features = {
            "one": 1,
            "counters": 4 * counter_bits(words),
            "choice": select_cells(prod(self.block)) * self.out_bits,
            "lut ram": 0,
            "ram bits": 0,
            "old words": 0,
        }
        for memory in self.memories(stages, family):
            mapping = map_memory(memory, family)
            if mapping.ebr:
                # Writes wait for a cycle, and are compared with what is read.
                found["old words"] += 3 * memory.bits + 2 * counter_bits(words)
            elif mapping.lutram:
                found["lut ram"] += mapping.lutram + select_cells(mapping.rows) * memory.bits
            else:
                found["ram bits"] += memory.words * (memory.bits + 1) * 2
        return found
