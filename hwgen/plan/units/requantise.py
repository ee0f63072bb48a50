"""Rounding to fixed point."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, reduce
from operator import and_, or_
from typing import Any, Self

from hwgen.families.fabric import Fabric
from hwgen.network import Requantise, Stage, Threshold
from hwgen.plan.staircase import as_requantise
from hwgen.plan.units.base import Buffer, UnitBase
from hwgen.sizes.features import Features, fifo_features, fifo_memories, rom_features
from hwgen.sizes.memory_map import Memory
from hwgen.sizes.product_digits import digits, pipelined_latency, serial_latency
from hwgen.sizes.row_cells import product_rows, row_sum
from hwgen.sizes.tables import Table

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
        """Constants of each element, and that of its output FIFO, if it has one."""
        found = [m for table in self._constants(stages) for m in table.memories()]
        return found if self.serial else found + fifo_memories(self.depth, self.out_bits)

    def _constants(self, stages: Mapping[str, Stage]) -> tuple[Table, ...]:
        """Multipliers and biases of each element, a word for each channel group."""
        return _tables(self.multiplication(stages), self.elements, self.digit > 0)

    @property
    def kind(self) -> str:
        """A kind of its own."""
        return "requantise"

    def features(self, stages: Mapping[str, Stage], family: Fabric) -> Features:
        """Constants that are logic, the products, and the FIFO.

        Products whole are rows of bits added up. Of digits there is one for each bit of a digit,
        and those that add up digits.
        """
        stage = self.multiplication(stages)
        found: Features = {"one": 1}
        for table in self._constants(stages):
            for key, amount in rom_features(table, family).items():
                found[key] = found.get(key, 0) + amount
        if not self.serial:
            found |= fifo_features(self.depth, self.out_bits, family)
        largest = max(abs(k) for k in stage.multipliers)
        factor, bits, out = largest.bit_length(), self.bits, stage.element.bits
        if self.serial:
            # Multiples of a digit and full adders of these, the choice of the bias ahead of them,
            # their sum, the sum of all so far, the input on its way, the result; marks of a word.
            total = max(_width(_biases(stage, natural=True)), factor) + self.digit
            multiples = factor * (self.digit + 2 * max(self.digit - 2, 0))
            cells = multiples + 3 * total + bits + self.digit + 2 * out
            return found | {"serial products": self.elements * cells + self.latency}
        if self.digit:
            # Products of one bit are registers that are reset; then sums of digits and bias.
            multiple = 2 * (self.digit - 1) * factor + factor + self.digit
            cells = self.digits * multiple + factor + bits + 2 * out
            return found | {"digit products": self.elements * cells}
        if isinstance(stages[self.stage], Threshold) and len(set(stage.multipliers)) == 1:
            # Of one that is wired in there is an adder for each digit, of -1 and +1, but the first.
            signed_digits = (3 * largest ^ largest).bit_count()
            wired = bits + (bits + factor) * (signed_digits + 3) + 2 * out
            return found | {"wired products": self.elements * wired}
        whole = 0.0
        for element in range(self.elements):
            # Bits that none of its multipliers has are in no row.
            mine = stage.multipliers[element :: self.elements]
            used = reduce(or_, map(abs, mine)).bit_count()
            rows = product_rows(max(used, 1), bits, signed=min(mine) < 0, ones=bits)
            width = bits + factor + 1
            whole += row_sum(rows, width) + sum(row.bits for row in rows) + width + 2 * out
        return found | {"whole products": whole}

    def multiplication(self, stages: Mapping[str, Stage]) -> Requantise:
        """What it computes, be it a rounding or a count of thresholds that lie along lines."""
        stage = stages[self.stage]
        found = as_requantise(stage) if isinstance(stage, Threshold) else stage
        assert isinstance(found, Requantise), stage
        return found


def _biases(stage: Requantise, *, natural: bool) -> Sequence[int]:
    """Biases beside inputs as they are, or as what they are above the least number (`natural`)."""
    if not (natural and stage.in_element.signed):
        return stage.biases
    least = 1 << stage.in_element.bits - 1
    pairs = zip(stage.multipliers, stage.biases, strict=True)
    return [bias - least * factor for factor, bias in pairs]


@lru_cache(maxsize=1024)
def _tables(stage: Requantise, elements: int, natural: bool) -> tuple[Table, ...]:
    """Tables of the multipliers of each element, then of their biases."""
    return tuple(
        _constant_table(values[element::elements])
        for values in (stage.multipliers, _biases(stage, natural=natural))
        for element in range(elements)
    )


def _width(words: Sequence[int]) -> int:
    """Bits that whole numbers take, with a sign if one is below zero."""
    return max(word.bit_length() for word in words) + (min(words) < 0)


def _constant_table(words: Sequence[int]) -> Table:
    """Table of whole numbers, which may be wider than any of NumPy's."""
    changing = (reduce(or_, words) ^ reduce(and_, words)) & (1 << _width(words)) - 1
    return Table(len(words), changing.bit_count())
