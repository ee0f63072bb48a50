"""Packet restart: makes a memory that gives packets for ever begin with a whole one."""

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.byte_core import WEIGHT_WORD

__all__ = ["PacketRestart"]


class PacketRestart(wiring.Component):
    """Words of packets, which after a ``restart`` begin with the first one of a packet.

    What is left of a packet that was begun is taken and dropped, a word a cycle.

    Order: as they come. Latency: none, words pass within a cycle, and so does ``ready``.
    Interval: 1.

    Members
    -------
    i : In(stream.Signature({data: 16, last: 1}))
    o : Out(stream.Signature({data: 16, last: 1}))
    restart : In(1)
        The taker's reset: a word that waits is taken back.
    """

    i: stream.Interface
    o: stream.Interface
    restart: Signal

    def __init__(self):
        super().__init__(
            {
                "i": In(stream.Signature(WEIGHT_WORD)),
                "o": Out(stream.Signature(WEIGHT_WORD)),
                "restart": In(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the two flags: amid a packet, and dropping what is left of it."""
        m = Module()
        amid, dropping, taken = Signal(), Signal(), Signal()
        go = Signal()
        m.d.comb += [
            go.eq(~dropping & ~self.restart),
            self.o.payload.eq(self.i.payload),
            self.o.valid.eq(self.i.valid & go),
            self.i.ready.eq(dropping | (self.o.ready & go)),
            taken.eq(self.i.valid & self.i.ready),
        ]
        with m.If(taken):
            m.d.sync += amid.eq(~self.i.payload.last)
        with m.If(taken & self.i.payload.last):
            m.d.sync += dropping.eq(0)
        with m.Elif(self.restart & amid):
            m.d.sync += dropping.eq(1)
        return m
