"""Requantisation: from accumulators to fixed-point numbers of fewer bits."""

from collections.abc import Sequence

from amaranth.hdl import Cat, Module, Mux, Shape, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.loops import loop_nest, select_by_index
from hwgen.rtl.stream_fifo import StreamFIFO

__all__ = ["RequantiseUnit"]

STAGES = 3
"""Registers: operands, product, result."""


class RequantiseUnit(wiring.Component):
    """``min(max((multiplier * x + bias) >> shift, low), high)``, with constants of the channel.

    Where ``even`` a result whose shifted out bits are all 0 is rounded down to an even one ahead of
    the limits.

    The pipeline never stalls: a word is accepted only while a credit, that is a free word of the
    output FIFO, is left.

    Order: words hold ``elements`` channels of one pixel, and the channel groups of a pixel follow
    one another. Latency: 4 cycles from a word to the ``valid`` of its result. Interval: 1 where
    ``depth`` is 5 or more.

    Parameters
    ----------
    elements : int
        Elements of a word.
    bits, signed : int, bool
        Format of an input.
    multipliers, biases : sequence of int
        One a channel; a multiple of ``elements``.
    shift : int
        Fractional bits of multipliers and biases, 0 or more.
    low, high : int
        Range of a result, which fits ``out_bits``.
    out_bits : int
        Width of a result; two's complement where ``low`` is negative.
    depth : int
        Words of the output FIFO.
    even : bool
        Default: False.

    Members
    -------
    i : In(stream.Signature(elements * bits))
    o : Out(stream.Signature(elements * out_bits))
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(
        self,
        *,
        elements: int,
        bits: int,
        signed: bool,
        multipliers: Sequence[int],
        biases: Sequence[int],
        shift: int,
        low: int,
        high: int,
        out_bits: int,
        depth: int,
        even: bool = False,
    ):
        for name, value in (("elements", elements), ("bits", bits), ("depth", depth)):
            if value < 1:
                raise ValueError(f"{name} must be positive, not {value!r}")
        if len(multipliers) != len(biases) or not multipliers or len(biases) % elements:
            raise ValueError(
                f"multipliers and biases must be rows of a multiple of {elements} channels, "
                f"not of {len(multipliers)} and {len(biases)}"
            )
        if shift < 0:
            raise ValueError(f"shift must not be negative, not {shift!r}")
        fits = Shape.cast(range(low, high + 1)).width <= out_bits if low <= high else False
        if not fits:
            raise ValueError(f"low and high must be a range of {out_bits} bits, not {low}..{high}")
        self.elements = elements
        self.bits = bits
        self.signed = signed
        self.multipliers = tuple(multipliers)
        self.biases = tuple(biases)
        self.shift = shift
        self.low = low
        self.high = high
        self.out_bits = out_bits
        self.depth = depth
        self.even = even
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(elements * bits))),
                "o": Out(stream.Signature(unsigned(elements * out_bits))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build control, constants, arithmetic and the output FIFO."""
        m = Module()
        m.submodules.fifo = fifo = StreamFIFO(width=self.elements * self.out_bits, depth=self.depth)
        wiring.connect(m, fifo.o, wiring.flipped(self.o))
        step = Signal()
        groups = len(self.biases) // self.elements
        (group,), _ = loop_nest(m, step, [groups], names=["group"])
        credits = Signal(range(self.depth + 1), init=self.depth)
        m.d.comb += [self.i.ready.eq(credits != 0), step.eq(self.i.valid & self.i.ready)]
        m.d.sync += credits.eq(credits - step + (fifo.o.valid & fifo.o.ready))
        valid: Value = step
        for stage in range(STAGES):
            held = Signal(name=f"valid{stage}")
            m.d.sync += held.eq(valid)
            valid = held
        results = [self._element(m, group, element) for element in range(self.elements)]
        m.d.comb += [fifo.i.valid.eq(valid), fifo.i.payload.eq(Cat(*results))]
        return m

    def _element(self, m: Module, group: Value, element: int) -> Value:
        """Result of one element of a word, `STAGES` cycles later."""
        mine = slice(element, None, self.elements)
        x = self.i.payload.word_select(element, self.bits)
        operands = (
            x.as_signed() if self.signed else x,
            select_by_index(m, group, self.multipliers[mine], name=f"multiplier{element}"),
            select_by_index(m, group, self.biases[mine], name=f"bias{element}"),
        )
        held = []
        for k, value in enumerate(operands):
            register = Signal(value.shape(), name=f"operand{element}_{k}", reset_less=True)
            m.d.sync += register.eq(value)
            held.append(register)
        product = Signal((held[0] * held[1]).shape(), name=f"product{element}", reset_less=True)
        bias = Signal(held[2].shape(), name=f"bias_held{element}", reset_less=True)
        m.d.sync += [product.eq(held[0] * held[1]), bias.eq(held[2])]
        whole = product + bias
        total = whole >> self.shift
        if self.even:
            even = Cat(total[0] & whole[: self.shift].any(), total[1:])
            total = even.as_signed() if total.shape().signed else even
        result = Signal(self.out_bits, name=f"result{element}", reset_less=True)
        capped = Mux(total > self.high, self.high, total)
        m.d.sync += result.eq(Mux(total < self.low, self.low, capped))
        return result
