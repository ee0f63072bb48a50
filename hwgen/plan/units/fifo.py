"""Stream FIFO."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from hwgen.network import Stage
from hwgen.plan.units.base import Buffer, UnitBase
from hwgen.sizes.features import Features, fifo_features, fifo_memories
from hwgen.sizes.memory_map import Memory

__all__ = ["Fifo"]


@dataclass(frozen=True, kw_only=True)
class Fifo(UnitBase):
    """Stream FIFO of ``depth`` words."""

    depth: int

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

    def memories(self, stages: Mapping[str, Stage], family: str) -> list[Memory]:
        """One, or registers."""
        return fifo_memories(self.depth, self.in_bits)

    @property
    def kind(self) -> str:
        """A kind of its own."""
        return "fifo"

    def features(self, stages: Mapping[str, Stage], family: str) -> Features:
        """Words and counters."""
        return {"one": 1} | fifo_features(self.depth, self.in_bits, family)
