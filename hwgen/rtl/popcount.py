"""Popcount: the number of ones in a word."""

from amaranth.hdl import Module, Signal, Value, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["Popcount"]


class Popcount(wiring.Component):
    """Number of ones in ``i``, as a tree of adders.

    Order: that of the bits does not matter. Latency: 0 cycles (combinational). Interval: 1.

    Parameters
    ----------
    width : int
        Bits to count.

    Members
    -------
    i : In(width)
        Bits.
    o : Out(width.bit_length())
        How many of them are 1.
    """

    i: Signal
    o: Signal

    def __init__(self, *, width: int):
        if width < 1:
            raise ValueError(f"width must be positive, not {width!r}")
        self.width = width
        super().__init__({"i": In(unsigned(width)), "o": Out(unsigned(width.bit_length()))})

    @staticmethod
    def reference(bits: int) -> int:
        """Compute what the hardware puts on ``o`` for ``bits`` on ``i``."""
        return bits.bit_count()

    def elaborate(self, platform: object) -> Module:
        """Build the tree."""
        m = Module()
        m.d.comb += self.o.eq(_count(self.i))
        return m


def _count(bits: Value) -> Value:
    """Sum of ``bits``, no wider than the largest count needs."""
    if len(bits) == 1:
        return bits
    half = len(bits) // 2
    return (_count(bits[:half]) + _count(bits[half:]))[: len(bits).bit_length()]
