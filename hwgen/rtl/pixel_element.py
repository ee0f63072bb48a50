"""Processing element of integer inputs, which picks sums and differences of pixels."""

from amaranth.hdl import Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.element_parameters import check_element
from hwgen.sizes.pixel_coding import pair_bits

__all__ = ["PixelElement"]


class PixelElement(wiring.Component):
    """Sum of integer inputs with 1-bit weights as their signs, and its accumulator.

    Of each pair that `PixelPairs` made it picks sum or difference, or the complement of one: a
    LUT of four inputs a bit. ``acc`` is the dot product plus ``bias`` plus the `pair_bias` of all
    weights since ``first``. For the first layer, whose inputs are 8-bit pixels or the levels of a
    table.

    Order: ``simd`` products at a time. Latency: ``pipeline`` cycles from ``x`` to the cycle in
    which ``accumulate`` takes it, one more to ``acc``. Interval: 1.

    Parameters
    ----------
    simd : int
        Input lanes.
    bits : int
        Width of an input.
    acc_bits : int
        Width of the accumulator, two's complement; the caller sizes it for the dot product and
        what is left of the bias. On its way there a sum may overflow.
    pipeline : int
        Registers between the choice and the accumulator: 0, 1 (after the sum) or 2 (after the
        choice too).

    Members
    -------
    x : In(pair_bits(simd, bits))
        Inputs, as `PixelPairs` puts them out.
    w : In(simd)
        Weights, as `pair_weights` codes them.
    accumulate, first : In(1)
        Aligned with the sum: take it; start from the bias.
    bias : In(signed(acc_bits))
        Aligned with ``first``.
    acc : Out(signed(acc_bits))
    """

    x: Signal
    w: Signal
    accumulate: Signal
    first: Signal
    bias: Signal
    acc: Signal

    def __init__(self, *, simd: int, bits: int, acc_bits: int, pipeline: int = 1):
        check_element(simd=simd, acc_bits=acc_bits, pipeline=pipeline)
        if bits < 1:
            raise ValueError(f"bits must be positive, not {bits!r}")
        self.simd = simd
        self.bits = bits
        self.acc_bits = acc_bits
        self.pipeline = pipeline
        super().__init__(
            {
                "x": In(pair_bits(simd, bits)),
                "w": In(simd),
                "accumulate": In(1),
                "first": In(1),
                "bias": In(signed(acc_bits)),
                "acc": Out(signed(acc_bits)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build choice, adder tree, optional registers and the accumulator."""
        m = Module()
        terms: list[Value] = []
        for lane in range(0, self.simd, 2):
            width = self.bits + 1
            pair = self.x[lane * width : (lane + 2) * width]
            if lane + 1 < self.simd:
                pair = Mux(self.w[lane + 1], pair[width:], pair[:width])
            term = Signal(len(pair), name=f"term{lane}", reset_less=True)
            domain = m.d.sync if self.pipeline == 2 else m.d.comb
            domain += term.eq(pair ^ self.w[lane].replicate(len(term)))
            terms.append(term)

        while len(terms) > 1:
            sums: list[Value] = []
            for a, b in zip(terms[::2], terms[1::2], strict=False):
                # Kept, or else synthesis takes the adders apart for one of many operands, whose
                # bits cost two LUTs for each.
                total = Signal((a + b).shape(), name=f"sum{len(terms)}_{len(sums)}")
                total.attrs["keep"] = 1
                m.d.comb += total.eq(a + b)
                sums.append(total)
            terms = sums + terms[len(terms) & ~1 :]
        total = terms[0]

        if self.pipeline >= 1:
            total_r = Signal(total.shape(), reset_less=True)
            m.d.sync += total_r.eq(total)
            total = total_r

        with m.If(self.accumulate):
            m.d.sync += self.acc.eq(Mux(self.first, self.bias, self.acc) + total)
        return m
