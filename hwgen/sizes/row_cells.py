"""Sums of rows of bits, as synthesis makes them of products and of all that no register parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from hwgen.sizes.features import Features

__all__ = ["RowSum", "product_rows", "sum_of"]


@dataclass(frozen=True)
class RowSum:
    """Two's complement rows of bits added up: full adders bring them down to two, then an adder.

    ``rows`` of them have ``bits`` bits in all; ``above`` are those that each has in the places
    above its own, up to the top of the sum, which are its sign again. ``total`` is the width of
    that sum.
    """

    rows: float
    bits: float
    above: float
    total: int

    def features(self, times: float = 1) -> Features:
        """Full adders, those of signs, and bits of the adder."""
        if self.rows < 2:
            return {"full adders": 0, "sign adders": 0, "adders": 0, "adder ends": 0}
        full = self.bits + self.above - 2 * self.total
        signs = min(self.above, max(full, 0))
        return {
            "full adders": times * max(full - signs, 0),
            "sign adders": times * signs,
            "adders": times * self.total,
            "adder ends": times,
        }

    @property
    def cells(self) -> float:
        """About as many as there are LUTs: two for a full adder."""
        found = self.features()
        return 2 * (found["full adders"] + found["sign adders"]) + found["adders"]

    def times(self, count: int) -> Self:
        """The rows of so many sums of this kind in one."""
        total = self.total + (count - 1).bit_length()
        above = count * (self.above + self.rows * (total - self.total))
        return type(self)(count * self.rows, count * self.bits, above, total)


def sum_of(widths: Sequence[int], total: int) -> RowSum:
    """Sum of numbers, as wide as ``total``."""
    bits = sum(widths)
    return RowSum(len(widths), bits, len(widths) * total - bits, total)


def product_rows(long: int, short: int, ones: float) -> RowSum:
    """Product of two numbers: the longer one for each of the ``ones`` bits of the shorter."""
    total = long + short
    # The rows lie a place apart.
    return RowSum(ones, long * ones, ones * (short - 1) / 2 + ones, total)
