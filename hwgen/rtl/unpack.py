"""Unpack: one wide word into several."""

from amaranth.hdl import Module, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.loops import loop_nest

__all__ = ["Unpack"]


class Unpack(wiring.Component):
    """Each word of ``width * count`` bits becomes ``count`` words.

    Order: the least significant bits first.
    Latency: 0 cycles (combinational from ``i`` to ``o``). Interval: ``count`` cycles an input
    word, which is taken together with its last output word; ``i.ready`` follows ``o.ready`` there.

    Parameters
    ----------
    width : int
        Bits of an output word.
    count : int
        Output words of an input word.

    Members
    -------
    i : In(stream.Signature(width * count))
    o : Out(stream.Signature(width))
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
                "i": In(stream.Signature(unsigned(width * count))),
                "o": Out(stream.Signature(unsigned(width))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the counter and the multiplexer."""
        m = Module()
        transfer = Signal()
        (index,), _ = loop_nest(m, transfer, [self.count], names=["index"])
        m.d.comb += [
            self.o.payload.eq(self.i.payload.word_select(index, self.width)),
            self.o.valid.eq(self.i.valid),
            transfer.eq(self.o.valid & self.o.ready),
            self.i.ready.eq(self.o.ready & (index == self.count - 1)),
        ]
        return m
