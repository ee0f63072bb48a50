"""Pack: several words into a wider one."""

from amaranth.hdl import Cat, Module, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.loops import loop_nest

__all__ = ["Pack"]


class Pack(wiring.Component):
    """Every ``count`` words of ``width`` bits become one word.

    Order: the first word in the least significant bits.
    Latency: 1 cycle from the last input word to ``o.valid``. Interval: ``count`` cycles an output
    word, and 2 where ``count`` is 1. The last word of an output waits until the output before it
    has left; ``i.ready`` comes from registers alone.

    Parameters
    ----------
    width : int
        Bits of an input word.
    count : int
        Input words of an output word.

    Members
    -------
    i : In(stream.Signature(width))
    o : Out(stream.Signature(width * count))
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(self, *, width: int, count: int):
        if width < 1:
            raise ValueError(f"width must be positive, not {width!r}")
        if count < 1:
            raise ValueError(f"count must be positive, not {count!r}")
        self.width = width
        self.count = count
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(width))),
                "o": Out(stream.Signature(unsigned(width * count))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the shift register of the earlier words and the output register."""
        m = Module()
        transfer = Signal()
        last = Signal()
        (index,), _ = loop_nest(m, transfer, [self.count], names=["index"])
        m.d.comb += [
            last.eq(index == self.count - 1),
            self.i.ready.eq(~last | ~self.o.valid),
            transfer.eq(self.i.valid & self.i.ready),
        ]

        # New words enter at the top, so that the first has reached the bottom when the last comes.
        word = self.i.payload
        if self.count > 1:
            earlier = Signal(self.width * (self.count - 1), reset_less=True)
            word = Cat(earlier, self.i.payload)
            with m.If(transfer):
                m.d.sync += earlier.eq(word[self.width :])

        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.If(transfer & last):
            m.d.sync += [self.o.payload.eq(word), self.o.valid.eq(1)]
        return m
