"""Rounding to fixed point."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from hwgen.families.fabric import Fabric
from hwgen.network import Requantise, Stage, Threshold
from hwgen.plan.staircase import as_requantise
from hwgen.plan.units.base import Buffer, UnitBase
from hwgen.sizes.features import Features, fifo_features, fifo_memories
from hwgen.sizes.memory_map import Memory

__all__ = ["RequantisePlan"]


@dataclass(frozen=True, kw_only=True)
class RequantisePlan(UnitBase):
    """Requantisation of words of ``elements`` channels, with an output FIFO of ``depth`` words."""

    elements: int
    depth: int

    latency: ClassVar[int] = 4
    """Cycles from a word to the ``valid`` of its result."""

    full_rate_depth: ClassVar[int] = 5
    """Words of output FIFO with which credits never limit the rate."""

    @property
    def passes_ready(self) -> bool:
        """Its output FIFO lies between both sides."""
        return False

    def words_out(self, words: int) -> int:
        """As many."""
        return words

    @property
    def buffer(self) -> Buffer:
        """Words of its output FIFO."""
        return Buffer(self.name, "fifo", self.depth, 1, self.out_bits)

    def resized(self, size: int) -> Self:
        """With so many words of output FIFO."""
        return replace(self, depth=size)

    def memories(self, stages: Mapping[str, Stage], family: Fabric) -> list[Memory]:
        """That of its output FIFO."""
        return fifo_memories(self.depth, self.out_bits)

    @property
    def kind(self) -> str:
        """A kind of its own."""
        return "requantise"

    def features(self, stages: Mapping[str, Stage], family: Fabric) -> Features:
        """Products as adders a bit at a time, and the FIFO; never measured."""
        stage = self.multiplication(stages)
        largest = max(abs(k) for k in stage.multipliers)
        factor = largest.bit_length()
        product = stage.in_element.bits + factor
        cells = self.elements * (product * (factor + 1) + 2 * stage.element.bits)
        if isinstance(stages[self.stage], Threshold) and len(set(stage.multipliers)) == 1:
            # Of one that is wired in there is an adder for each digit, of -1 and +1, but the first.
            digits = (3 * largest ^ largest).bit_count()
            wired = stage.in_element.bits + product * (digits + 3) + 2 * stage.element.bits
            fifo = fifo_features(self.depth, self.out_bits, family)
            return {"wired products": self.elements * wired} | fifo
        return {"products": cells} | fifo_features(self.depth, self.out_bits, family)

    def multiplication(self, stages: Mapping[str, Stage]) -> Requantise:
        """What it computes, be it a rounding or a count of thresholds that lie along lines."""
        stage = stages[self.stage]
        found = as_requantise(stage) if isinstance(stage, Threshold) else stage
        assert isinstance(found, Requantise), stage
        return found
