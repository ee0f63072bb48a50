"""Multiplier cells of the fabrics, and how many of them products take."""

from dataclasses import dataclass

__all__ = ["CELL_STAGES", "MULTIPLIERS", "MultiplierCell"]

CELL_STAGES = 3
"""Registers between inputs and accumulator of an element whose products such cells make."""


@dataclass(frozen=True)
class MultiplierCell:
    """A cell that multiplies numbers of up to ``bits`` bits, signed or not, each port for itself.

    Where both are of at most ``half_bits`` it multiplies two pairs of them, of the same formats.
    """

    bits: int
    half_bits: int = 0

    def fits(self, a_bits: int, b_bits: int) -> bool:
        """Whether one cell multiplies numbers of these widths."""
        return max(a_bits, b_bits) <= self.bits

    def pairs(self, a_bits: int, b_bits: int) -> bool:
        """Whether one cell multiplies two pairs of such numbers."""
        return max(a_bits, b_bits) <= self.half_bits

    def count(self, a_bits: int, b_bits: int, products: int) -> int:
        """Cells of so many products of numbers that fit."""
        return -(-products // 2) if self.pairs(a_bits, b_bits) else products


MULTIPLIERS = {
    # FPGA-TN-02205. A slice's two halves of 9 bits are no cells that nextpnr places.
    "mult18": MultiplierCell(18),
    # FPGA-TN-02007: four multipliers of 8 bits, of which two can be used alone.
    "mac16": MultiplierCell(16, half_bits=8),
}
"""By the name that `hwgen.families.fabric.Fabric` gives them."""
