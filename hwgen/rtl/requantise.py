"""Requantisation: from accumulators to fixed-point numbers of fewer bits."""

from amaranth.hdl import Cat, Module, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.loops import loop_nest
from hwgen.rtl.requantise_parameters import RequantiseParameters, multiple
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

    Members
    -------
    i : In(stream.Signature(elements * bits))
    o : Out(stream.Signature(elements * out_bits))
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(self, *, parameters: RequantiseParameters, depth: int, digit: int = 0):
        if depth < 1:
            raise ValueError(f"depth must be positive, not {depth!r}")
        if digit < 0:
            raise ValueError(f"digit must not be negative, not {digit!r}")
        self.parameters = p = parameters
        self.depth = depth
        self.digit = digit
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
        for stage in range(pipelined_latency(p.bits, self.digit) - 1):
            held = Signal(name=f"valid{stage}")
            m.d.sync += held.eq(valid)
            valid = held
        element = self._digits if self.digit else self._whole
        results = [element(m, group, k) for k in range(p.elements)]
        m.d.comb += [fifo.i.valid.eq(valid), fifo.i.payload.eq(Cat(*results))]
        return m

    def _whole(self, m: Module, group: Value, element: int) -> Value:
        """Result of one element of a word, three cycles later."""
        p = self.parameters
        x, *constants = [
            _held(m, value, f"operand{element}_{k}")
            for k, value in enumerate(
                (
                    p.input_of(self.i.payload, element),
                    *p.constants(m, group, element, natural=False),
                )
            )
        ]
        product = _held(m, x * constants[0], f"product{element}")
        bias = _held(m, constants[1], f"bias_held{element}")
        return self._result(m, product + bias, element)

    def _digits(self, m: Module, group: Value, element: int) -> Value:
        """Likewise, later by the levels of the tree."""
        p = self.parameters
        values = (
            p.natural(self.i.payload, element),
            *p.constants(m, group, element, natural=True),
        )
        x, multiplier, bias = [
            _held(m, value, f"operand{element}_{k}") for k, value in enumerate(values)
        ]
        level = [(0, _held(m, bias, f"bias_held{element}"))]
        for k in range(digits(p.bits, self.digit)):
            at = k * self.digit
            product = multiple(multiplier, x[at : at + self.digit])
            level.append((at, _held(m, product, f"product{element}_{k}")))
        number = 0
        while len(level) > 1:
            pairs = [level[k : k + 2] for k in range(0, len(level), 2)]
            level = []
            for pair in pairs:
                at, value = _sum(*pair) if len(pair) > 1 else pair[0]
                level.append((at, _held(m, value, f"sum{element}_{number}")))
                number += 1
        return self._result(m, level[0][1], element)

    def _result(self, m: Module, total: Value, element: int) -> Value:
        result = Signal(self.parameters.out_bits, name=f"result{element}", reset_less=True)
        m.d.sync += result.eq(self.parameters.result(total, self.parameters.shift))
        return result


def _held(m: Module, value: Value, name: str) -> Signal:
    """A register of a value."""
    register = Signal(value.shape(), name=name, reset_less=True)
    m.d.sync += register.eq(value)
    return register


def _sum(low: tuple[int, Value], high: tuple[int, Value]) -> tuple[int, Value]:
    """Sum of two values that begin at different bits: below the higher one nothing is added."""
    (begin, a), (end, b) = low, high
    kept = end - begin
    total = (a >> kept) + b
    found = Cat(a[:kept], total) if kept else total
    return begin, found.as_signed() if total.shape().signed else found
