"""Frame guard: gives frames of the right number of words, whatever number of them comes."""

from amaranth.hdl import Module, Mux, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.loops import index_bits

__all__ = ["FrameGuard"]


class FrameGuard(wiring.Component):
    """Frames whose last word is marked, made ``words`` long: a word that is lost costs its frame.

    A frame that ends early is filled up with words of 0, while nothing is taken. Of one that does
    not end with its last word the others, up to the marked one, are taken and dropped. Either is
    ``bad``.

    Order: as they come. Latency: none, words pass within a cycle, and so does ``ready``.
    Interval: 1.

    Parameters
    ----------
    width : int
        Bits of a word.
    words : int
        Words of a frame.

    Members
    -------
    i : In(stream.Signature(width + 1))
        A word, and above it the mark of a frame's last one.
    o : Out(stream.Signature(width))
    ended : Out(1)
        A frame's last word is given.
    bad : Out(1)
        Counts while ``ended`` is high: the frame came with another number of words.
    """

    i: stream.Interface
    o: stream.Interface
    ended: Signal
    bad: Signal

    def __init__(self, *, width: int, words: int):
        if width < 1:
            raise ValueError(f"width must be positive, not {width!r}")
        if words < 1:
            raise ValueError(f"words must be positive, not {words!r}")
        self.width = width
        self.words = words
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(width + 1))),
                "o": Out(stream.Signature(unsigned(width))),
                "ended": Out(1),
                "bad": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the count of words, and the two ways to get back into step."""
        m = Module()
        left = Signal(index_bits(self.words), init=self.words - 1)
        filling, dropping = Signal(), Signal()
        last, marked, given = Signal(), Signal(), Signal()
        m.d.comb += [
            last.eq(left == 0),
            marked.eq(self.i.payload[-1]),
            self.o.payload.eq(Mux(filling, 0, self.i.payload[:-1])),
            self.o.valid.eq(filling | (self.i.valid & ~dropping)),
            self.i.ready.eq(dropping | (self.o.ready & ~filling)),
            given.eq(self.o.valid & self.o.ready),
            self.ended.eq(given & last),
            self.bad.eq(filling | ~marked),
        ]
        with m.If(given):
            m.d.sync += left.eq(Mux(last, self.words - 1, left - 1))
            with m.If(last):
                m.d.sync += [filling.eq(0), dropping.eq(~filling & ~marked)]
            with m.Elif(marked):
                m.d.sync += filling.eq(1)
        with m.If(dropping & self.i.valid & marked):
            m.d.sync += dropping.eq(0)
        return m
