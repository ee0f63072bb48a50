"""Deal: the weights of a frame, given out to the layers one after another."""

from collections.abc import Sequence

from amaranth.hdl import Array, Module, Mux, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.loops import index_bits
from hwgen.sizes.streamed import WEIGHT_PORT_BITS

__all__ = ["Deal"]


class Deal(wiring.Component):
    """The first words of a frame go to one layer, those that follow to the next; then again.

    A frame is a packet: its last word is marked, and no other. Where that is not so the stream is
    out of step: ``error`` rises and stays, and neither that word nor any other goes on, so that
    the frame is never done and no wrong score comes of it.

    Order: as they come. Latency: none, words pass within a cycle, and so does ``ready``.
    Interval: 1.

    Parameters
    ----------
    counts : sequence of int
        Words a frame of each layer.

    Members
    -------
    i : In(stream.Signature(17))
        A word of 16 bits, and above it the mark of a frame's last one.
    o_0, o_1, ... : Out(stream.Signature(16))
    error : Out(1)
    """

    i: stream.Interface
    error: Signal

    def __init__(self, *, counts: Sequence[int]):
        if not counts or min(counts) < 1:
            raise ValueError(f"counts must be positive, not {counts!r}")
        self.counts = tuple(counts)
        word = stream.Signature(unsigned(WEIGHT_PORT_BITS))
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(WEIGHT_PORT_BITS + 1))),
                **{f"o_{k}": Out(word) for k in range(len(self.counts))},
                "error": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the count of words, the check, and the way to each layer."""
        m = Module()
        layers = len(self.counts)
        outs = [getattr(self, f"o_{k}") for k in range(layers)]
        at = Signal(index_bits(layers), name="layer")
        left = Signal(index_bits(max(self.counts)), init=self.counts[0] - 1)
        last, wrong, go, step = Signal(), Signal(), Signal(), Signal()
        taken: Value = Array([o.ready for o in outs])[at]
        m.d.comb += [
            last.eq((left == 0) & (at == layers - 1)),
            wrong.eq(self.i.valid & (self.i.payload[-1] != last)),
            go.eq(~wrong & ~self.error),
            self.i.ready.eq(taken & go),
            step.eq(self.i.valid & self.i.ready),
        ]
        for k, o in enumerate(outs):
            m.d.comb += [
                o.valid.eq(self.i.valid & go & (at == k)),
                o.payload.eq(self.i.payload[:WEIGHT_PORT_BITS]),
            ]
        with m.If(wrong):
            m.d.sync += self.error.eq(1)
        with m.If(step):
            m.d.sync += left.eq(left - 1)
            with m.If(left == 0):
                following = Array([*self.counts[1:], self.counts[0]])[at]
                m.d.sync += [left.eq(following - 1), at.eq(Mux(last, 0, at + 1))]
        return m
