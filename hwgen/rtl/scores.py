"""Score unit: the network's values one by one, and the class."""

from amaranth.hdl import Cat, Const, Module, Mux, Shape, Signal, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.loops import loop_nest

__all__ = ["ScoreUnit"]


class ScoreUnit(wiring.Component):
    """Words of values become one value a transfer, with the end of the frame and the class.

    ``index`` is the position in the frame of the best value so far, this one included, and so on
    the last transfer of the frame the class. Of equal values the first is the best.

    Order: the least significant bits first.
    Latency: 0 cycles (combinational from ``i`` to ``o``). Interval: ``lanes`` cycles an input
    word, which is taken together with its last value; ``i.ready`` follows ``o.ready`` there.

    Parameters
    ----------
    bits : int
        Width of a value.
    lanes : int
        Values of an input word.
    words : int
        Input words of a pixel.
    transfers_per_frame : int
        Values of a frame.
    signed : bool
        Whether values are two's complement; otherwise they are plain binary.
    bipolar : bool
        Values are single bits that stand for -1 and +1, and leave as these.
    argmax : "max", "min" or None
        Which value is the best. The class is that of a single pixel: there is no ``index``
        where a frame has more of them.
    out_bits : int
        Width of a value on the output, a multiple of 8. Default: the narrowest one.

    Attributes
    ----------
    value : Shape
        What a value is as it leaves, before it is extended to ``out_bits``.

    Members
    -------
    i : In(stream.Signature(lanes * bits))
    o : Out(stream.Signature(StructLayout))
        ``data``, signed or unsigned as ``value``: the value, extended; ``index``, if there is one;
        ``last``: high on the last value of the frame. The first named is in the least significant
        bits.
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(
        self,
        *,
        bits: int,
        lanes: int,
        words: int,
        transfers_per_frame: int,
        signed: bool = True,
        bipolar: bool = False,
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
        if bipolar and bits != 1:
            raise ValueError(f"bits must be 1 where values are bipolar, not {bits!r}")
        self.value = Shape(2 if bipolar else bits, signed or bipolar)
        if out_bits is None:
            out_bits = -(-self.value.width // 8) * 8
        if out_bits < self.value.width or out_bits % 8:
            raise ValueError(
                f"out_bits must be a multiple of 8 and at least {self.value.width}, "
                f"not {out_bits!r}"
            )
        self.bits = bits
        self.bipolar = bipolar
        self.lanes = lanes
        self.words = words
        self.transfers_per_frame = transfers_per_frame
        self.argmax = argmax
        self.out_bits = out_bits
        self.has_index = argmax is not None and transfers_per_frame == lanes * words
        fields: dict = {"data": Shape(out_bits, self.value.signed)}
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
        value = Signal(self.value)
        stored = Signal(self.bits)
        (lane,), _ = loop_nest(m, transfer, [self.lanes], names=["lane"])
        (position,), _ = loop_nest(m, transfer, [self.transfers_per_frame], names=["position"])
        m.d.comb += [
            stored.eq(self.i.payload.word_select(lane, self.bits)),
            # Of -1 and +1 the sign is the bit turned over, and the lowest bit is always high.
            value.eq(Cat(Const(1, 1), ~stored) if self.bipolar else stored),
            self.o.payload.data.eq(value),
            self.o.payload.last.eq(position == self.transfers_per_frame - 1),
            self.o.valid.eq(self.i.valid),
            transfer.eq(self.o.valid & self.o.ready),
            self.i.ready.eq(self.o.ready & (lane == self.lanes - 1)),
        ]
        if self.has_index:
            best = Signal.like(value, reset_less=True)
            best_index = Signal(self.o.payload.index.shape(), reset_less=True)
            better = Signal()
            beats = value > best if self.argmax == "max" else value < best
            m.d.comb += [
                better.eq(beats | (position == 0)),
                self.o.payload.index.eq(Mux(better, position, best_index)),
            ]
            with m.If(transfer & better):
                m.d.sync += [best.eq(value), best_index.eq(position)]
        return m
