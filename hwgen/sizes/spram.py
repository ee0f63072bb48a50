"""The SPRAM of iCE40 UltraPlus (SB_SPRAM256KA, FPGA-DS-02008)."""

from math import ceil

__all__ = ["SPRAM_BITS", "SPRAM_WORDS", "spram_chips"]

SPRAM_WORDS, SPRAM_BITS = 1 << 14, 16
"""Words of an SPRAM, and the bits of each."""


def spram_chips(bits: int) -> int:
    """SPRAMs side by side for words of so many bits."""
    return ceil(bits / SPRAM_BITS)
