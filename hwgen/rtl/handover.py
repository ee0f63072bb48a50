"""Handover: words from one clock to another, whose edges may be any time apart."""

from typing import Any

from amaranth.hdl import Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

__all__ = ["Handover"]


class Handover(wiring.Component):
    """A word at a time from domain ``give`` to domain ``take``: either clock may stop meanwhile.

    The word stands still while a level that changes with each one goes to the other side, and comes
    back once the word was taken: two-phase, after Ginosar, "Metastability and Synchronizers: A
    Tutorial", 2011. Both sides have to be reset together, and for 3 cycles of either clock, while
    no word comes.

    Order: as they come. Latency: 1 cycle of ``give`` and 2 of ``take``. Interval: 3 cycles of each
    more than the taker waits.

    Parameters
    ----------
    shape : shape-like
        Of a word.

    Members
    -------
    i : In(stream.Signature(shape))
        In domain ``give``.
    o : Out(stream.Signature(shape))
        In domain ``take``.
    waits : Out(1)
        A word has not been taken yet, as far as domain ``give`` knows.
    """

    i: stream.Interface
    o: stream.Interface
    waits: Signal

    def __init__(self, shape: Any):
        self.shape = shape
        words = stream.Signature(shape)
        super().__init__({"i": In(words), "o": Out(words), "waits": Out(1)})

    def elaborate(self, platform: object) -> Module:
        """Build the word and both levels."""
        m = Module()
        word = Signal(self.shape, reset_less=True)
        given, taken = Signal(), Signal()
        seen, back = Signal(), Signal()
        m.submodules.there = FFSynchronizer(given, seen, o_domain="take")
        m.submodules.back = FFSynchronizer(taken, back, o_domain="give")
        m.d.comb += [
            self.waits.eq(given != back),
            self.i.ready.eq(~self.waits),
            self.o.payload.eq(word),
            self.o.valid.eq(seen != taken),
        ]
        with m.If(self.i.valid & self.i.ready):
            m.d.give += [word.eq(self.i.payload), given.eq(~given)]
        with m.If(self.o.valid & self.o.ready):
            m.d.take += taken.eq(~taken)
        return m
