"""Join: a word of each producer, side by side."""

from collections.abc import Sequence
from functools import reduce
from operator import and_

from amaranth.hdl import Cat, Module, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["Join"]


class Join(wiring.Component):
    """Takes a word from every input at once, and puts them side by side.

    Order: input 0 in the least significant bits. Latency: 1 cycle from the input transfers to
    ``o.valid``. Interval: 1. Each input's ``ready`` waits for the others' ``valid`` and follows
    ``o.ready``.

    Parameters
    ----------
    widths : sequence of int
        Bits of a word on each input.

    Members
    -------
    i_0, i_1, ... : In(stream.Signature(widths[k]))
        The streams of ``inputs``.
    o : Out(stream.Signature(sum(widths)))
    """

    inputs: tuple[stream.Interface, ...]
    o: stream.Interface

    def __init__(self, *, widths: Sequence[int]):
        if len(widths) < 2:
            raise ValueError(f"widths must be at least 2, not {len(widths)!r}")
        if min(widths) < 1:
            raise ValueError(f"widths must be positive, not {tuple(widths)!r}")
        self.widths = tuple(widths)
        members = {f"i_{k}": In(stream.Signature(unsigned(w))) for k, w in enumerate(widths)}
        super().__init__(members | {"o": Out(stream.Signature(unsigned(sum(widths))))})
        self.inputs = tuple(getattr(self, name) for name in members)

    def elaborate(self, platform: object) -> Module:
        """Build the output register, and what each input waits for."""
        m = Module()
        inputs = self.inputs
        free = Signal()
        m.d.comb += free.eq(~self.o.valid | self.o.ready)
        for k, i in enumerate(inputs):
            others = [other.valid for other in (*inputs[:k], *inputs[k + 1 :])]
            m.d.comb += i.ready.eq(reduce(and_, others, free))
        everything = reduce(and_, (i.valid for i in inputs))
        with m.If(free):
            m.d.sync += [
                self.o.valid.eq(everything),
                self.o.payload.eq(Cat(*(i.payload for i in inputs))),
            ]
        return m
