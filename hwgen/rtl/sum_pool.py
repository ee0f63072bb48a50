"""Sum pool unit: the sum of a window."""

from amaranth.hdl import Cat, Module, Mux, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.loops import loop_nest

__all__ = ["SumPool"]


class SumPool(wiring.Component):
    """Sum of ``taps`` words, element by element; a word whose flag is high is padding and ignored.

    Order: (pixel, channel group, tap), the last fastest; a word holds ``elements`` channels of one
    pixel and the flag above them. Latency: 1 cycle from the last tap to ``o.valid``. Interval:
    ``taps`` cycles an output word, and 2 where ``taps`` is 1. The last tap of an output waits
    until the output before it has left; ``i.ready`` comes from registers alone.

    Parameters
    ----------
    elements : int
        Elements of a word.
    bits : int
        Width of an element.
    signed, bipolar : bool
        Whether elements are two's complement, or bits that count -1 and +1.
    taps : int
        Words of a window.
    out_bits : int
        Width of a sum, two's complement; the caller sizes it.

    Members
    -------
    i : In(stream.Signature(elements * bits + 1))
    o : Out(stream.Signature(elements * out_bits))
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(
        self, *, elements: int, bits: int, signed: bool, bipolar: bool, taps: int, out_bits: int
    ):
        given = {"elements": elements, "bits": bits, "taps": taps, "out_bits": out_bits}
        for name, value in given.items():
            if value < 1:
                raise ValueError(f"{name} must be positive, not {value!r}")
        if bipolar and bits != 1:
            raise ValueError(f"bits must be 1 for bipolar elements, not {bits!r}")
        self.elements = elements
        self.bits = bits
        self.signed = signed
        self.bipolar = bipolar
        self.taps = taps
        self.out_bits = out_bits
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(elements * bits + 1))),
                "o": Out(stream.Signature(unsigned(elements * out_bits))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the running sums and the output register."""
        m = Module()
        transfer, last = Signal(), Signal()
        (tap,), _ = loop_nest(m, transfer, [self.taps], names=["tap"])
        m.d.comb += [
            last.eq(tap == self.taps - 1),
            self.i.ready.eq(~last | ~self.o.valid),
            transfer.eq(self.i.valid & self.i.ready),
        ]
        results = []
        for element in range(self.elements):
            x = self.i.payload.word_select(element, self.bits)
            if self.bipolar:
                x = Mux(x, 1, -1)
            elif self.signed:
                x = x.as_signed()
            running = Signal(self.out_bits, name=f"running{element}")
            total = Signal(self.out_bits, name=f"total{element}")
            m.d.comb += total.eq(running + Mux(self.i.payload[-1], 0, x))
            with m.If(transfer):
                m.d.sync += running.eq(Mux(last, 0, total))
            results.append(total)
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.If(transfer & last):
            m.d.sync += [self.o.payload.eq(Cat(*results)), self.o.valid.eq(1)]
        return m
