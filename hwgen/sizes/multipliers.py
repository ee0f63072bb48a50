"""Multiplier cells of the fabrics, and how many of them products take."""

from dataclasses import dataclass

__all__ = ["CELL_STAGES", "MULTIPLIERS", "MultiplierCell"]

CELL_STAGES = 3
"""Registers between inputs and accumulator of an element whose products such cells make."""


@dataclass(frozen=True)
class MultiplierCell:
    """A cell that multiplies numbers of up to ``bits`` bits, signed or not, each port for itself.

    Where both are of at most ``half_bits`` it multiplies two pairs of them, of the same formats.
    A cell without halves adds up products of narrow numbers, side by side in wide ones
    (`hwgen.rtl.summed_products`).
    """

    bits: int
    half_bits: int = 0

    def fits(self, a_bits: int, b_bits: int) -> bool:
        """Whether one cell multiplies numbers of these widths."""
        return max(a_bits, b_bits) <= self.bits

    def pairs(self, a_bits: int, b_bits: int) -> bool:
        """Whether one cell multiplies two pairs of such numbers."""
        return max(a_bits, b_bits) <= self.half_bits

    def summed(self, a_bits: int, b_bits: int) -> int:
        """Products that a cell adds up, each of numbers of these widths."""
        count = 1
        while not self.half_bits and self._wide(a_bits, b_bits, count + 1) <= self.bits:
            count += 1
        return count

    @staticmethod
    def field_bits(a_bits: int, b_bits: int, count: int) -> int:
        """Width of a sum of so many products."""
        return a_bits + b_bits + (count - 1).bit_length()

    def _wide(self, a_bits: int, b_bits: int, count: int) -> int:
        """Width of an operand with so many numbers side by side, less one for one below zero."""
        return (count - 1) * self.field_bits(a_bits, b_bits, count) + max(a_bits, b_bits) + 1

    def count(self, a_bits: int, b_bits: int, products: int) -> int:
        """Cells of so many products of numbers that fit, of which only the sum is wanted."""
        each = 2 if self.pairs(a_bits, b_bits) else self.summed(a_bits, b_bits)
        return -(-products // each)


MULTIPLIERS = {
    # FPGA-TN-02205. A slice's two halves of 9 bits are no cells that nextpnr places.
    "mult18": MultiplierCell(18),
    # FPGA-TN-02007: four multipliers of 8 bits, of which two can be used alone.
    "mac16": MultiplierCell(16, half_bits=8),
}
"""By the name that `hwgen.families.fabric.Fabric` gives them."""
