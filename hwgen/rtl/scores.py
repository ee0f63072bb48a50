"""Score unit: the network's scores one by one, and the class."""

from amaranth.hdl import Module, Mux, Signal, signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.loops import loop_nest

__all__ = ["ScoreUnit"]


class ScoreUnit(wiring.Component):
    """Words of scores become one score a transfer, with the end of the frame and the class.

    ``index`` is the position in the frame of the best score so far, this one included, and so on
    the last transfer of the frame the class. Of equal scores the first is the best.

    Order: the least significant bits first.
    Latency: 0 cycles (combinational from ``i`` to ``o``). Interval: ``lanes`` cycles an input
    word, which is taken together with its last score; ``i.ready`` follows ``o.ready`` there.

    Parameters
    ----------
    bits : int
        Width of a score, two's complement.
    lanes : int
        Scores of an input word.
    words : int
        Input words of a pixel.
    transfers_per_frame : int
        Scores of a frame.
    argmax : "max", "min" or None
        Which score is the best. The class is that of a single pixel: there is no ``index``
        where a frame has more of them.
    out_bits : int
        Width of a score on the output, a multiple of 8. Default: the narrowest one.

    Members
    -------
    i : In(stream.Signature(lanes * bits))
    o : Out(stream.Signature(StructLayout))
        ``data``, signed(out_bits): the score; ``index``, if there is one; ``last``: high on the
        last score of the frame. The first named is in the least significant bits.
    """

    def __init__(
        self,
        *,
        bits: int,
        lanes: int,
        words: int,
        transfers_per_frame: int,
        argmax: str | None = None,
        out_bits: int | None = None,
    ):
        if bits < 1:
            raise ValueError(f"bits must be positive, not {bits!r}")
        if lanes < 1:
            raise ValueError(f"lanes must be positive, not {lanes!r}")
        if words < 1:
            raise ValueError(f"words must be positive, not {words!r}")
        if transfers_per_frame < 1 or transfers_per_frame % (lanes * words):
            raise ValueError(
                f"transfers_per_frame must be a positive multiple of {lanes * words}, "
                f"not {transfers_per_frame!r}"
            )
        if argmax not in ("max", "min", None):
            raise ValueError(f"argmax must be 'max', 'min' or None, not {argmax!r}")
        if out_bits is None:
            out_bits = -(-bits // 8) * 8
        if out_bits < bits or out_bits % 8:
            raise ValueError(
                f"out_bits must be a multiple of 8 and at least {bits}, not {out_bits!r}"
            )
        self.bits = bits
        self.lanes = lanes
        self.words = words
        self.transfers_per_frame = transfers_per_frame
        self.argmax = argmax
        self.out_bits = out_bits
        self.has_index = argmax is not None and transfers_per_frame == lanes * words
        fields: dict = {"data": signed(out_bits)}
        if self.has_index:
            fields["index"] = unsigned(max(1, (transfers_per_frame - 1).bit_length()))
        fields["last"] = unsigned(1)
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(lanes * bits))),
                "o": Out(stream.Signature(data.StructLayout(fields))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the multiplexer, the counters and the running best."""
        m = Module()
        transfer = Signal()
        score = Signal(signed(self.bits))
        (lane,), _ = loop_nest(m, transfer, [self.lanes], names=["lane"])
        (position,), _ = loop_nest(m, transfer, [self.transfers_per_frame], names=["position"])
        m.d.comb += [
            score.eq(self.i.payload.word_select(lane, self.bits)),
            self.o.payload.data.eq(score),
            self.o.payload.last.eq(position == self.transfers_per_frame - 1),
            self.o.valid.eq(self.i.valid),
            transfer.eq(self.o.valid & self.o.ready),
            self.i.ready.eq(self.o.ready & (lane == self.lanes - 1)),
        ]
        if self.has_index:
            best = Signal(signed(self.bits), reset_less=True)
            best_index = Signal(self.o.payload.index.shape(), reset_less=True)
            better = Signal()
            beats = score > best if self.argmax == "max" else score < best
            m.d.comb += [
                better.eq(beats | (position == 0)),
                self.o.payload.index.eq(Mux(better, position, best_index)),
            ]
            with m.If(transfer & better):
                m.d.sync += [best.eq(score), best_index.eq(position)]
        return m
