"""Fork: each word to several consumers."""

from amaranth.hdl import Module, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["Fork"]


class Fork(wiring.Component):
    """Every word goes to each of ``count`` outputs, to each as soon as it is ready for it.

    A word is taken together with its last transfer, so no output runs ahead of another by more
    than that one word.

    Order: as it comes. Latency: 0 cycles (combinational from ``i`` to the outputs). Interval: 1.
    ``i.ready`` follows the outputs' ``ready``.

    Parameters
    ----------
    width : int
        Bits of a word.
    count : int
        Outputs.

    Members
    -------
    i : In(stream.Signature(width))
    o_0, o_1, ... : Out(stream.Signature(width))
        The streams of ``outputs``.
    """

    i: stream.Interface
    outputs: tuple[stream.Interface, ...]

    def __init__(self, *, width: int, count: int):
        if width < 1:
            raise ValueError(f"width must be positive, not {width!r}")
        if count < 2:
            raise ValueError(f"count must be at least 2, not {count!r}")
        self.width = width
        self.count = count
        word = stream.Signature(unsigned(width))
        super().__init__({"i": In(word)} | {f"o_{k}": Out(word) for k in range(count)})
        self.outputs = tuple(getattr(self, f"o_{k}") for k in range(count))

    def elaborate(self, platform: object) -> Module:
        """Build a flag for each output that has the present word already."""
        m = Module()
        had = Signal(self.count)
        done = Signal(self.count)
        for k, o in enumerate(self.outputs):
            m.d.comb += [
                o.payload.eq(self.i.payload),
                o.valid.eq(self.i.valid & ~had[k]),
                done[k].eq(had[k] | o.ready),
            ]
        m.d.comb += self.i.ready.eq(done.all())
        with m.If(self.i.valid):
            m.d.sync += had.eq(done)
            with m.If(self.i.ready):
                m.d.sync += had.eq(0)
        return m
