"""Processing element of bipolar inputs: one output lane of a matrix unit, for one pixel."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.element_parameters import check_element
from hwgen.rtl.popcount import Popcount

__all__ = ["BinaryElement"]


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

    x: Signal
    w: Signal
    accumulate: Signal
    first: Signal
    acc: Signal
    zero: Signal

    def __init__(self, *, simd: int, acc_bits: int, pipeline: int = 1, zero_flags: bool = False):
        check_element(simd=simd, acc_bits=acc_bits, pipeline=pipeline)
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
