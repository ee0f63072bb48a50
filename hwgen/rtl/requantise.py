"""Requantisation: from accumulators to fixed-point numbers of fewer bits."""

from collections.abc import Sequence

from amaranth.hdl import Cat, Module, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.loops import loop_nest
from hwgen.rtl.requantise_parameters import RequantiseParameters, held, multiples
from hwgen.rtl.stream_fifo import StreamFIFO
from hwgen.sizes.product_digits import digits, pipelined_latency

__all__ = ["RequantiseUnit"]


class RequantiseUnit(wiring.Component):
    """``min(max((multiplier * x + bias) >> shift, low), high)``, with constants of the channel.

    The pipeline never stalls: a word is accepted only while a credit, that is a free word of the
    output FIFO, is left.

    Order: words hold ``elements`` channels of one pixel, and the channel groups of a pixel follow
    one another. Latency: `hwgen.sizes.product_digits.pipelined_latency` from a word to the
    ``valid`` of its result. Interval: 1 where ``depth`` is above that.

    Parameters
    ----------
    parameters : RequantiseParameters
    depth : int
        Words of the output FIFO.
    digit : int
        Bits of an input that are multiplied at once, each digit with registers of its own and
        behind them two sums to a register. 0, the default, multiplies all between two registers.
    late : bool
        A further register behind operands, for constants that come from a slow memory.

    Members
    -------
    i : In(stream.Signature(elements * bits))
    o : Out(stream.Signature(elements * out_bits))
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(
        self, *, parameters: RequantiseParameters, depth: int, digit: int = 0, late: bool = False
    ):
        if depth < 1:
            raise ValueError(f"depth must be positive, not {depth!r}")
        if digit < 0:
            raise ValueError(f"digit must not be negative, not {digit!r}")
        self.parameters = p = parameters
        self.depth = depth
        self.digit = digit
        self.late = late
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(p.elements * p.bits))),
                "o": Out(stream.Signature(unsigned(p.elements * p.out_bits))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build control, constants, arithmetic and the output FIFO."""
        m, p = Module(), self.parameters
        m.submodules.fifo = fifo = StreamFIFO(width=p.elements * p.out_bits, depth=self.depth)
        wiring.connect(m, fifo.o, wiring.flipped(self.o))
        step = Signal()
        (group,), _ = loop_nest(m, step, [p.groups], names=["group"])
        credits = Signal(range(self.depth + 1), init=self.depth)
        m.d.comb += [self.i.ready.eq(credits != 0), step.eq(self.i.valid & self.i.ready)]
        m.d.sync += credits.eq(credits - step + (fifo.o.valid & fifo.o.ready))
        valid: Value = step
        for stage in range(pipelined_latency(p.bits, self.digit, late=self.late) - 1):
            later = Signal(name=f"valid{stage}")
            m.d.sync += later.eq(valid)
            valid = later
        element = self._digits if self.digit else self._whole
        results = [element(m, group, k) for k in range(p.elements)]
        m.d.comb += [fifo.i.valid.eq(valid), fifo.i.payload.eq(Cat(*results))]
        return m

    def _operands(self, m: Module, group: Value, element: int, *, natural: bool) -> Sequence[Value]:
        """Registers of input, multiplier and bias."""
        p = self.parameters
        x = (p.natural if natural else p.input_of)(self.i.payload, element)
        values = [x, *p.constants(m, group, element, natural=natural)]
        for stage in ("operand", "late_operand")[: 1 + self.late]:
            values = [held(m, v, f"{stage}{element}_{k}") for k, v in enumerate(values)]
        return values

    def _whole(self, m: Module, group: Value, element: int) -> Value:
        """Result of one element of a word, registers of operands, product and result later."""
        x, multiplier, bias = self._operands(m, group, element, natural=False)
        product = held(m, x * multiplier, f"product{element}")
        return self._result(m, product + held(m, bias, f"bias_held{element}"), element)

    def _digits(self, m: Module, group: Value, element: int) -> Value:
        """Likewise, later by the levels of the tree."""
        x, multiplier, bias = self._operands(m, group, element, natural=True)
        level = [(0, held(m, bias, f"bias_held{element}"))]
        for k in range(digits(self.parameters.bits, self.digit)):
            at = k * self.digit
            first, *others = multiples(multiplier, x[at : at + self.digit])
            level.append((at, held(m, sum(others, first), f"product{element}_{k}")))
        number = 0
        while len(level) > 1:
            pairs = [level[k : k + 2] for k in range(0, len(level), 2)]
            level = []
            for pair in pairs:
                at, value = _sum(*pair) if len(pair) > 1 else pair[0]
                level.append((at, held(m, value, f"sum{element}_{number}")))
                number += 1
        return self._result(m, level[0][1], element)

    def _result(self, m: Module, total: Value, element: int) -> Value:
        result = Signal(self.parameters.out_bits, name=f"result{element}", reset_less=True)
        m.d.sync += result.eq(self.parameters.result(total, self.parameters.shift))
        return result


def _sum(low: tuple[int, Value], high: tuple[int, Value]) -> tuple[int, Value]:
    """Sum of two values that begin at different bits: below the higher one nothing is added."""
    (begin, a), (end, b) = low, high
    kept = end - begin
    total = (a >> kept) + b
    found = Cat(a[:kept], total) if kept else total
    return begin, found.as_signed() if total.shape().signed else found
