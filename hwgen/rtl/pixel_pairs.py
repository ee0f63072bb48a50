"""Sums and differences of pixels, which all channels of a matrix unit choose from."""

from amaranth.hdl import Cat, Const, Module, Signal, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hwgen.sizes.pixel_coding import pair_bits

__all__ = ["PixelPairs"]


class PixelPairs(wiring.Component):
    """Sum and difference of each two pixels, for any number of `PixelElement`.

    With two's complement inputs raised to be unsigned, a pair ``(p, q)`` gives ``p + q`` and
    ``p - q + 2 ** bits - 1``, both of ``bits + 1`` bits and never negative. So do their
    complements, which stand for ``-p - q`` and ``q - p`` but for a constant: see
    `hwgen.sizes.pixel_coding.pair_bias`.

    Order: the pairs of ``x`` in turn, the sum of each first; then the pixel that an odd ``simd``
    leaves over. Latency: 1 cycle. Interval: 1.

    Parameters
    ----------
    simd : int
        Pixels.
    bits : int
        Width of a pixel.
    signed_input : bool
        Whether pixels are two's complement.

    Members
    -------
    x : In(simd * bits)
        Pixels, the first in the least significant bits.
    o : Out(pair_bits(simd, bits))
    """

    x: Signal
    o: Signal

    def __init__(self, *, simd: int, bits: int, signed_input: bool):
        if simd < 1:
            raise ValueError(f"simd must be positive, not {simd!r}")
        if bits < 1:
            raise ValueError(f"bits must be positive, not {bits!r}")
        self.simd = simd
        self.bits = bits
        self.signed_input = signed_input
        super().__init__({"x": In(simd * bits), "o": Out(unsigned(pair_bits(simd, bits)))})

    def elaborate(self, platform: object) -> Module:
        """Build adders with a register behind each."""
        m = Module()
        raised = Const(1 << self.bits - 1 if self.signed_input else 0, self.bits)
        pixels = [self.x.word_select(n, self.bits) ^ raised for n in range(self.simd)]
        found = []
        for p, q in zip(pixels[::2], pixels[1::2], strict=False):
            found += [p + q, p + ~q]
        if self.simd % 2:
            found.append(pixels[-1])
        # Registers need no reset, and cost nothing behind an adder.
        held = Signal(len(self.o), reset_less=True)
        m.d.sync += held.eq(Cat(*found))
        m.d.comb += self.o.eq(held)
        return m
