"""Processing elements: one output lane of a matrix unit, for one output pixel."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.popcount import Popcount

__all__ = ["BinaryElement", "PixelElement"]


class BinaryElement(wiring.Component):
    """XNOR-popcount of bipolar inputs and weights, and its accumulator.

    Counts the positions where ``x`` equals ``w``. With ``zero_flags`` each match counts two and
    each flagged position one, whatever its bit, so that ``acc - K`` is the dot product in which
    flagged inputs are zero; without, ``2 * acc - K`` is.

    Order: ``simd`` products at a time. Latency: ``pipeline`` cycles from ``x`` to the cycle in
    which ``accumulate`` takes it, one more to ``acc``. Interval: 1.

    Parameters
    ----------
    simd : int
        Input lanes.
    acc_bits : int
        Width of the accumulator, unsigned; the caller sizes it for the whole sum.
    pipeline : int
        Registers between XNOR and accumulator: 0, 1 (after the popcount) or 2 (after the XNOR too).
    zero_flags : bool
        Whether positions may be flagged as true zeros.

    Members
    -------
    x, w, zero : In(simd)
        Inputs, weights, flags (the last only with ``zero_flags``).
    accumulate, first : In(1)
        Aligned with the count: take it; start from zero.
    acc : Out(acc_bits)
    """

    def __init__(self, *, simd: int, acc_bits: int, pipeline: int = 1, zero_flags: bool = False):
        if simd < 1:
            raise ValueError(f"simd must be positive, not {simd!r}")
        if acc_bits < 1:
            raise ValueError(f"acc_bits must be positive, not {acc_bits!r}")
        if pipeline not in (0, 1, 2):
            raise ValueError(f"pipeline must be 0, 1 or 2, not {pipeline!r}")
        self.simd = simd
        self.acc_bits = acc_bits
        self.pipeline = pipeline
        self.zero_flags = zero_flags
        members = {
            "x": In(simd),
            "w": In(simd),
            "accumulate": In(1),
            "first": In(1),
            "acc": Out(unsigned(acc_bits)),
        }
        if zero_flags:
            members["zero"] = In(simd)
        super().__init__(members)

    def elaborate(self, platform: object) -> Module:
        """Build XNOR, popcount, optional registers and the accumulator."""
        m = Module()
        flags = self.zero if self.zero_flags else Const(0, self.simd)
        matches = ~(self.x ^ self.w) & ~flags

        if self.pipeline == 2:
            matches_r = Signal(self.simd, reset_less=True)
            flags_r = Signal(self.simd, reset_less=True)
            m.d.sync += [matches_r.eq(matches), flags_r.eq(flags)]
            matches, flags = matches_r, flags_r

        m.submodules.popcount = popcount = Popcount(width=self.simd)
        m.d.comb += popcount.i.eq(matches)
        count = popcount.o
        if self.zero_flags:
            m.submodules.zeros = zeros = Popcount(width=self.simd)
            m.d.comb += zeros.i.eq(flags)
            count = Cat(Const(0, 1), popcount.o) + zeros.o

        if self.pipeline >= 1:
            count_r = Signal(count.shape(), reset_less=True)
            m.d.sync += count_r.eq(count)
            count = count_r

        with m.If(self.accumulate):
            # Chosen behind the adder: there the LUT of each bit has an input left.
            m.d.sync += self.acc.eq(Mux(self.first, count, self.acc + count))
        return m


class PixelElement(wiring.Component):
    """Sum of integer inputs with 1-bit weights as their signs, and its accumulator.

    ``acc`` is the dot product itself: each ``x`` is added where ``w`` is 1, subtracted where it
    is 0. For the first layer, whose inputs are 8-bit pixels or the levels of a table.

    Order, latency and interval are those of `BinaryElement`.

    Parameters
    ----------
    simd : int
        Input lanes.
    bits : int
        Width of an input.
    signed_input : bool
        Whether inputs are two's complement.
    acc_bits : int
        Width of the accumulator, two's complement; the caller sizes it for the whole sum.
    pipeline : int
        Registers between the signs and the accumulator, 0, 1 (after the sum) or 2 (after the
        signs too).

    Members
    -------
    x : In(simd * bits)
        Inputs, the first in the least significant bits.
    w : In(simd)
    accumulate, first : In(1)
        Aligned with the sum: take it; start from zero.
    acc : Out(signed(acc_bits))
    """

    def __init__(
        self, *, simd: int, bits: int, signed_input: bool, acc_bits: int, pipeline: int = 1
    ):
        if simd < 1:
            raise ValueError(f"simd must be positive, not {simd!r}")
        if bits < 1:
            raise ValueError(f"bits must be positive, not {bits!r}")
        if acc_bits < 1:
            raise ValueError(f"acc_bits must be positive, not {acc_bits!r}")
        if pipeline not in (0, 1, 2):
            raise ValueError(f"pipeline must be 0, 1 or 2, not {pipeline!r}")
        self.simd = simd
        self.bits = bits
        self.signed_input = signed_input
        self.acc_bits = acc_bits
        self.pipeline = pipeline
        super().__init__(
            {
                "x": In(simd * bits),
                "w": In(simd),
                "accumulate": In(1),
                "first": In(1),
                "acc": Out(signed(acc_bits)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build signs, adder tree, optional registers and the accumulator."""
        m = Module()
        terms = []
        for lane in range(self.simd):
            x = self.x.word_select(lane, self.bits)
            x = x.as_signed() if self.signed_input else x
            term = Signal(signed(self.bits + 1), name=f"term{lane}", reset_less=True)
            domain = m.d.sync if self.pipeline == 2 else m.d.comb
            domain += term.eq(Mux(self.w[lane], x, -x))
            terms.append(term)

        while len(terms) > 1:
            pairs = [a + b for a, b in zip(terms[::2], terms[1::2], strict=False)]
            terms = pairs + terms[len(terms) & ~1 :]
        total = terms[0]

        if self.pipeline >= 1:
            total_r = Signal(total.shape(), reset_less=True)
            m.d.sync += total_r.eq(total)
            total = total_r

        with m.If(self.accumulate):
            m.d.sync += self.acc.eq(Mux(self.first, total, self.acc + total))
        return m
