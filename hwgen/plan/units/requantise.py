"""Rounding to fixed point."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from hwgen.families.fabric import Fabric
from hwgen.network import Requantise, Stage, Threshold
from hwgen.plan.staircase import as_requantise
from hwgen.plan.units.base import Buffer, UnitBase
from hwgen.sizes.features import Features, fifo_features, fifo_memories
from hwgen.sizes.memory_map import Memory
from hwgen.sizes.product_digits import digits, pipelined_latency, serial_latency

__all__ = ["RequantisePlan"]


@dataclass(frozen=True, kw_only=True)
class RequantisePlan(UnitBase):
    """Requantisation of words of ``elements`` channels.

    Inputs are multiplied ``digit`` bits at once, 0 for all of them. Each digit has a product of its
    own, and results wait in an output FIFO of ``depth`` words; or, where ``serial``, they are added
    up one after another, a word having left before the next is taken, and ``depth`` is 1. Where
    ``late`` a further register is behind the operands.
    """

    elements: int
    depth: int
    digit: int = 0
    serial: bool = False
    late: bool = False

    @classmethod
    def at_full_rate(cls, **fields: Any) -> Self:
        """One whose credits never limit the rate."""
        unit = cls(depth=1, **fields)
        return unit if unit.serial else replace(unit, depth=unit.latency + 1)

    @property
    def bits(self) -> int:
        """Of an input."""
        return self.in_bits // self.elements

    @property
    def digits(self) -> int:
        """Of an input."""
        return digits(self.bits, self.digit)

    @property
    def latency(self) -> int:
        """Cycles from a word to the ``valid`` of its result."""
        latency = serial_latency if self.serial else pipelined_latency
        return latency(self.bits, self.digit, late=self.late)

    @property
    def interval(self) -> int:
        """Cycles from one word to the next, at least."""
        return self.latency + 1 if self.serial else 1

    @property
    def passes_ready(self) -> bool:
        """Its output FIFO lies between both sides, or it waits until its output has left."""
        return False

    def words_out(self, words: int) -> int:
        """As many."""
        return words

    @property
    def buffer(self) -> Buffer | None:
        """Words of its output FIFO, if it has one."""
        return None if self.serial else Buffer(self.name, "fifo", self.depth, 1, self.out_bits)

    def resized(self, size: int) -> Self:
        """With so many words of output FIFO."""
        if self.serial:
            return super().resized(size)
        return replace(self, depth=size)

    def memories(self, stages: Mapping[str, Stage], family: Fabric) -> list[Memory]:
        """That of its output FIFO, if it has one."""
        return [] if self.serial else fifo_memories(self.depth, self.out_bits)

    @property
    def kind(self) -> str:
        """A kind of its own."""
        return "requantise"

    def features(self, stages: Mapping[str, Stage], family: Fabric) -> Features:
        """Adders of the products, and the FIFO; never measured.

        They are a row for each bit of the multiplier, or, of digits, one for each bit of a digit
        and those that add up digits.
        """
        stage = self.multiplication(stages)
        largest = max(abs(k) for k in stage.multipliers)
        factor, bits = largest.bit_length(), self.bits
        if self.serial:
            # The multiple of a digit, the sum of all so far, the input on its way, the result.
            multiple = factor * (2 * self.digit - 1)
            cells = multiple + factor + bits + self.digit + bits + stage.element.bits
            return {"one": 1, "serial products": self.elements * cells}
        fifo = fifo_features(self.depth, self.out_bits, family)
        if self.digit:
            # Products of one bit are registers that are reset; then sums of digits and bias.
            multiple = 2 * (self.digit - 1) * factor + factor + self.digit
            cells = self.digits * multiple + factor + bits + 2 * stage.element.bits
            return {"digit products": self.elements * cells} | fifo
        product = bits + factor
        cells = self.elements * (product * (factor + 1) + 2 * stage.element.bits)
        if isinstance(stages[self.stage], Threshold) and len(set(stage.multipliers)) == 1:
            # Of one that is wired in there is an adder for each digit, of -1 and +1, but the first.
            signed_digits = (3 * largest ^ largest).bit_count()
            wired = bits + product * (signed_digits + 3) + 2 * stage.element.bits
            return {"wired products": self.elements * wired} | fifo
        return {"products": cells} | fifo

    def multiplication(self, stages: Mapping[str, Stage]) -> Requantise:
        """What it computes, be it a rounding or a count of thresholds that lie along lines."""
        stage = stages[self.stage]
        found = as_requantise(stage) if isinstance(stage, Threshold) else stage
        assert isinstance(found, Requantise), stage
        return found
