"""Register slice: a word held between two units, so that neither's logic adds to the other's."""

from amaranth.hdl import Module, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["RegisterSlice"]


class RegisterSlice(wiring.Component):
    """Puts a register into payload and ``valid``; ``ready`` passes through combinationally.

    Order: first in, first out. Latency: 1 cycle from the input transfer to ``o.valid``.
    Interval: 1.

    Parameters
    ----------
    width : int
        Bits of a word.

    Members
    -------
    i : In(stream.Signature(width))
    o : Out(stream.Signature(width))
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(self, *, width: int):
        if width < 1:
            raise ValueError(f"width must be positive, not {width!r}")
        self.width = width
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(width))),
                "o": Out(stream.Signature(unsigned(width))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the register."""
        m = Module()
        m.d.comb += self.i.ready.eq(~self.o.valid | self.o.ready)
        with m.If(self.i.ready):
            m.d.sync += [self.o.valid.eq(self.i.valid), self.o.payload.eq(self.i.payload)]
        return m
