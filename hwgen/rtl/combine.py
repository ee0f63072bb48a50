"""Combination: the sum of several streams' elements, or all of them side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add, and_

from amaranth.hdl import Cat, Module, Mux, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["Combine", "Part"]


@dataclass(frozen=True)
class Part:
    """Format of an input: ``elements`` of ``bits`` bits each, multiplied by ``factor``.

    Elements are -1 and +1 (``bipolar``), two's complement (``signed``), or neither.
    """

    elements: int
    bits: int
    signed: bool
    bipolar: bool
    factor: int


class Combine(wiring.Component):
    """Takes a word from every input at once: adds their elements, or puts them side by side.

    Order: element k of the output is the sum of all elements k; or, with ``concat``, those of
    input 0 come first. Latency: 1 cycle from the input transfers to ``o.valid``. Interval: 1.
    Each input's ``ready`` waits for the others' ``valid`` and follows ``o.ready``.

    Parameters
    ----------
    parts : sequence of Part
        Two or more; of as many elements each, but with ``concat``.
    out_bits : int
        Width of an output element, two's complement; the caller sizes it for all sums.
    concat : bool

    Members
    -------
    i_0, i_1, ... : In(stream.Signature(elements * bits))
        The streams of ``inputs``.
    o : Out(stream.Signature(elements * out_bits))
    """

    inputs: tuple[stream.Interface, ...]
    o: stream.Interface

    def __init__(self, *, parts: Sequence[Part], out_bits: int, concat: bool):
        if len(parts) < 2:
            raise ValueError(f"parts must be at least 2, not {len(parts)!r}")
        if out_bits < 1:
            raise ValueError(f"out_bits must be positive, not {out_bits!r}")
        if not concat and len({part.elements for part in parts}) > 1:
            raise ValueError("parts must have as many elements each where they are added")
        self.parts = tuple(parts)
        self.out_bits = out_bits
        self.concat = concat
        members = {
            f"i_{k}": In(stream.Signature(unsigned(part.elements * part.bits)))
            for k, part in enumerate(parts)
        }
        elements = sum(p.elements for p in parts) if concat else parts[0].elements
        super().__init__(members | {"o": Out(stream.Signature(unsigned(elements * out_bits)))})
        self.inputs = tuple(getattr(self, name) for name in members)

    def elaborate(self, platform: object) -> Module:
        """Build the sums, the output register, and what each input waits for."""
        m = Module()
        inputs = self.inputs
        free = Signal()
        m.d.comb += free.eq(~self.o.valid | self.o.ready)
        for k, i in enumerate(inputs):
            others = [other.valid for other in (*inputs[:k], *inputs[k + 1 :])]
            m.d.comb += i.ready.eq(reduce(and_, others, free))
        rows = [
            [_value(part, i.payload, n) for n in range(part.elements)]
            for part, i in zip(self.parts, inputs, strict=True)
        ]
        if self.concat:
            values = [value for row in rows for value in row]
        else:
            values = [reduce(add, column) for column in zip(*rows, strict=True)]
        results = []
        for n, value in enumerate(values):
            result = Signal(self.out_bits, name=f"result{n}")
            m.d.comb += result.eq(value)
            results.append(result)
        with m.If(free):
            m.d.sync += [
                self.o.valid.eq(reduce(and_, (i.valid for i in inputs))),
                self.o.payload.eq(Cat(*results)),
            ]
        return m


def _value(part: Part, word: Value, element: int) -> Value:
    x = word.word_select(element, part.bits)
    if part.bipolar:
        return Mux(x, part.factor, -part.factor)
    return (x.as_signed() if part.signed else x) * part.factor
