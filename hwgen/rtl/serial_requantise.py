"""Requantisation with one adder an element, a digit of the input after another."""

from amaranth.hdl import Cat, Module, Mux, Shape, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.loops import loop_nest
from hwgen.rtl.requantise_parameters import RequantiseParameters, held, multiples
from hwgen.sizes.product_digits import digits

__all__ = ["SerialRequantiseUnit"]


class SerialRequantiseUnit(wiring.Component):
    """What `RequantiseUnit` computes, one word at a time.

    The product grows from its low end: of each digit of an input, the lowest first, the multiple of
    the constant is added, and as many bits of the sum are done with.

    Order: as that unit. Latency: `hwgen.sizes.product_digits.serial_latency`. A word is taken when
    the result before it has left, so the interval is one more.

    Parameters
    ----------
    parameters : RequantiseParameters
    digit : int
        Bits of an input that are multiplied in a cycle.
    late : bool
        A further register behind constants, which come from a slow memory.

    Members
    -------
    i : In(stream.Signature(elements * bits))
    o : Out(stream.Signature(elements * out_bits))
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(self, *, parameters: RequantiseParameters, digit: int, late: bool = False):
        if digit < 1:
            raise ValueError(f"digit must be positive, not {digit!r}")
        self.parameters = p = parameters
        self.digit = digit
        self.late = late
        self.digits = digits(p.bits, digit)
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(p.elements * p.bits))),
                "o": Out(stream.Signature(unsigned(p.elements * p.out_bits))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the marks of a word on its way, and each element."""
        m, p = Module(), self.parameters
        step = Signal()
        # One for each cycle of a word: late constants, bias, digits, last sum, result. The last is
        # there until the result leaves.
        marks = Signal(self.digits + 4 + self.late)
        done = marks[-1]
        busy = Signal()
        m.d.comb += [
            busy.eq(marks.any()),
            self.i.ready.eq(~busy),
            step.eq(self.i.valid & self.i.ready),
            self.o.valid.eq(done),
        ]
        with m.If(~done | self.o.ready):
            m.d.sync += marks.eq(Cat(step, marks))
        (group,), _ = loop_nest(m, step, [p.groups], names=["group"])
        m.d.comb += self.o.payload.eq(
            Cat(*(self._element(m, step, marks, group, k) for k in range(p.elements)))
        )
        return m

    def _element(self, m: Module, step: Value, marks: Value, group: Value, element: int) -> Value:
        p, digit = self.parameters, self.digit
        constants = []
        for k, value in enumerate(p.constants(m, group, element, natural=True)):
            constant = Signal(value.shape(), name=f"constant{element}_{k}", reset_less=True)
            with m.If(step):
                m.d.sync += constant.eq(value)
            late = f"late_constant{element}_{k}"
            constants.append(held(m, constant, late) if self.late else constant)
        multiplier, bias = constants
        # The bias comes ahead of the first digit, and as the sums are shifted, by a digit higher.
        begin = digit * (1 + self.late)
        rest = Signal(digit * self.digits + begin, name=f"rest{element}", reset_less=True)
        m.d.sync += rest.eq(Mux(step, p.natural(self.i.payload, element) << begin, rest >> digit))
        # With it there is no digit yet, so that it takes the place of one bit's multiple.
        first, *others = multiples(multiplier, rest[:digit])
        first = Mux(marks[self.late], bias << digit, first)
        part = held(m, sum(others, first), f"part{element}")
        total = Signal(_with_carry(part), name=f"total{element}", reset_less=True)
        m.d.sync += total.eq(Mux(marks[self.late], 0, (total >> digit) + part))
        # Low bits that are done with and yet matter, the lowest first.
        lost = digit * (self.digits - 1)
        kept = lost if p.even else max(0, lost - p.shift)
        whole = total
        if kept:
            low = Signal(kept, name=f"low{element}", reset_less=True)
            m.d.sync += low.eq(Cat(low, total[:digit])[digit:])
            whole = Cat(low, total).as_signed() if total.shape().signed else Cat(low, total)
        result = Signal(p.out_bits, name=f"result{element}", reset_less=True)
        with m.If(marks[-2]):
            m.d.sync += result.eq(p.result(whole, p.shift - lost + kept))
        return result


def _with_carry(part: Value) -> Shape:
    """Of a sum of a part and of less than another one."""
    return Shape(len(part) + 1, part.shape().signed)
