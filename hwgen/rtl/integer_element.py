"""Processing element of two's complement weights."""

from amaranth.hdl import Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hwgen.families.fabric import MultiplierName
from hwgen.rtl.element_parameters import check_element
from hwgen.rtl.multiplier import place_terms
from hwgen.sizes.multipliers import CELL_STAGES

__all__ = ["IntegerElement"]


class IntegerElement(wiring.Component):
    """Sum of products with two's complement weights, and its accumulator, which starts at a bias.

    Bipolar inputs add or subtract their weights; all others are multiplied, in logic or in
    multiplier cells. ``acc`` is the dot product plus ``bias``.

    Order: ``simd`` products at a time. Latency: ``pipeline`` cycles from ``x`` to the cycle in
    which ``accumulate`` takes it, one more to ``acc``. Interval: 1.

    Parameters
    ----------
    simd : int
        Input lanes.
    bits : int
        Width of an input; 1 with ``bipolar``.
    bipolar, signed_input : bool
        Format of an input: -1 and +1, two's complement, or neither.
    weight_bits : int
        Width of a weight.
    acc_bits : int
        Width of the accumulator, two's complement; the caller sizes it for the whole sum. On its
        way there a sum may overflow.
    pipeline : int
        Registers between inputs and accumulator: 0, 1 (after the sum) or 2 (after the products
        too); with a multiplier 3 (those of the cells for operands and products, and one after the
        sum, which with one lane is a third of the cell).
    zero_flags : bool
        Whether bipolar inputs may be flagged as true zeros.
    multiplier : str or None
        Cell that multiplies, see `place_products`; by default logic does.
    model : bool
        Describe the cells instead of placing them, for simulation in Python.

    Members
    -------
    x : In(simd * bits), w : In(simd * weight_bits), zero : In(simd)
        Inputs, weights, flags (the last only with ``zero_flags``), the first in the lowest bits.
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
    zero: Signal

    def __init__(
        self,
        *,
        simd: int,
        bits: int,
        bipolar: bool,
        signed_input: bool,
        weight_bits: int,
        acc_bits: int,
        pipeline: int = 1,
        zero_flags: bool = False,
        multiplier: MultiplierName | None = None,
        model: bool = False,
    ):
        check_element(simd=simd, acc_bits=acc_bits, pipeline=pipeline - (multiplier is not None))
        if bits < 1 or (bipolar and bits != 1):
            raise ValueError(f"bits must be positive, and 1 for bipolar inputs, not {bits!r}")
        if weight_bits < 1:
            raise ValueError(f"weight_bits must be positive, not {weight_bits!r}")
        if zero_flags and not bipolar:
            raise ValueError("zero_flags must be False for inputs that are not bipolar")
        if multiplier is not None and bipolar:
            raise ValueError(f"multiplier must be None for bipolar inputs, not {multiplier!r}")
        if multiplier is not None and pipeline != CELL_STAGES:
            raise ValueError(f"pipeline must be {CELL_STAGES} with a multiplier, not {pipeline!r}")
        self.simd = simd
        self.bits = bits
        self.bipolar = bipolar
        self.signed_input = signed_input
        self.weight_bits = weight_bits
        self.acc_bits = acc_bits
        self.pipeline = pipeline
        self.zero_flags = zero_flags
        self.multiplier: MultiplierName | None = multiplier
        self.model = model
        members = {
            "x": In(simd * bits),
            "w": In(simd * weight_bits),
            "accumulate": In(1),
            "first": In(1),
            "bias": In(signed(acc_bits)),
            "acc": Out(signed(acc_bits)),
        }
        if zero_flags:
            members["zero"] = In(simd)
        super().__init__(members)

    def elaborate(self, platform: object) -> Module:
        """Build products, adder tree, optional registers and the accumulator."""
        m = Module()
        terms = self._products(m)
        while len(terms) > 1:
            pairs = zip(terms[::2], terms[1::2], strict=False)
            terms = [a + b for a, b in pairs] + terms[len(terms) & ~1 :]
        total = terms[0]
        if self.pipeline >= 1 and not (self.multiplier and self.simd == 1):
            held = Signal(total.shape(), reset_less=True)
            m.d.sync += held.eq(total)
            total = held
        with m.If(self.accumulate):
            m.d.sync += self.acc.eq(Mux(self.first, self.bias, self.acc) + total)
        return m

    def _products(self, m: Module) -> list[Value]:
        """Those of all lanes."""
        x = [self.x.word_select(lane, self.bits) for lane in range(self.simd)]
        w = [self.w.word_select(lane, self.weight_bits).as_signed() for lane in range(self.simd)]
        if self.signed_input:
            x = [value.as_signed() for value in x]
        if self.multiplier is not None:
            stages = CELL_STAGES - (self.simd > 1)
            form = {"stages": stages, "model": self.model}
            return place_terms(m, "product", self.multiplier, x, w, **form)
        terms: list[Value] = []
        for lane in range(self.simd):
            product: Value = x[lane] * w[lane]
            if self.bipolar:
                product = Mux(x[lane], w[lane], -w[lane])
                product = Mux(self.zero[lane], 0, product) if self.zero_flags else product
            term = Signal(product.shape(), name=f"product{lane}", reset_less=True)
            domain = m.d.sync if self.pipeline == 2 else m.d.comb
            domain += term.eq(product)
            terms.append(term)
        return terms
