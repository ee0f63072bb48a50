"""Search among the thresholds of a channel: one comparison for each bit of their count."""

from collections.abc import Sequence

import numpy as np
from amaranth.hdl import Cat, Const, Module, Mux, Shape, Signal, Value, signed, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.constant_table import ConstantTable, rows_of
from hwgen.rtl.loops import loop_nest, select_by_index
from hwgen.sizes.search_tables import (
    distinct_words,
    level_table,
    search_rows,
    serial_table,
    word_bits,
)

__all__ = ["ThresholdSearch"]


class ThresholdSearch(wiring.Component):
    """How many of its channel's thresholds are ``<= x``, or, where ``invert``, how many are not.

    Counts begin with ``base``. The bits of a count are found from the highest down, each by one
    comparison with the threshold that the bits above it choose, out of a memory.

    Order: words hold ``elements`` channels of one pixel, and the channel groups of a pixel follow
    one another. With L bits of a count the latency is L + 1 cycles. A held output that leaves makes
    room in the same cycle, so ``i.ready`` follows ``o.ready``. Interval: 1, each bit having a
    comparator and a memory of its own, L + 1 words on their way; or, where ``serial``, L + 1, with
    one comparator and one memory for all bits, and one word.

    Parameters
    ----------
    elements : int
        Elements of a word.
    bits : int
        Width of an element.
    signed : bool
        Whether elements are two's complement.
    thresholds : (channels, count) of int
        Ascending along a row. One outside the range of an element is always or never reached.
    invert : sequence of bool, one a channel
    base : int
        Least count; two's complement where negative.
    out_bits : int
        Width of a count.
    serial : bool

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
        thresholds: np.ndarray,
        invert: Sequence[bool] | np.ndarray,
        base: int,
        out_bits: int,
        serial: bool,
    ):
        for name, value in (("elements", elements), ("bits", bits)):
            if value < 1:
                raise ValueError(f"{name} must be positive, not {value!r}")
        shape = np.shape(thresholds)
        if len(shape) != 2 or 0 in shape or shape[0] % elements:
            raise ValueError(
                f"thresholds must be rows of a multiple of {elements} channels, not shape {shape}"
            )
        if np.shape(invert) != shape[:1]:
            raise ValueError(
                f"invert must have the shape {shape[:1]} of thresholds, not {np.shape(invert)}"
            )
        if (np.diff(thresholds, axis=1) < 0).any():
            raise ValueError("thresholds must ascend along each row")
        least = Shape.cast(range(base, base + shape[1] + 1)).width
        if least > out_bits:
            raise ValueError(f"out_bits must be at least {least}, not {out_bits!r}")
        self.elements = elements
        self.bits = bits
        self.signed = signed
        self.thresholds = np.asarray(thresholds)
        self.invert = tuple(bool(x) for x in invert)
        self.base = base
        self.out_bits = out_bits
        self.serial = serial
        self.levels = shape[1].bit_length()
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(elements * bits))),
                "o": Out(stream.Signature(unsigned(elements * out_bits))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build one comparator for all bits, or one for each."""
        return self._serial() if self.serial else self._pipelined()

    def _rows(self) -> np.ndarray:
        return search_rows(self.thresholds, np.array(self.invert), self.bits, self.signed)

    def _group(self, m: Module, step: Value) -> Value:
        groups = len(self.invert) // self.elements
        (group,), _ = loop_nest(m, step, [groups], names=["group"])
        return group

    def _element(self, word: Value, element: int) -> Value:
        x = word.word_select(element, self.bits)
        return x.as_signed() if self.signed else x

    def _count(self, m: Module, found: Value, group: Value, element: int) -> Value:
        """Count that the bits of an element stand for."""
        flags = [int(x) for x in self.invert[element :: self.elements]]
        inverted = select_by_index(m, group, flags, name=f"invert{element}")
        if any(flags):
            found = Mux(inverted, ~found, found)
        count = Signal(self.out_bits, name=f"count{element}")
        m.d.comb += count.eq(found[: self.levels] + self.base)
        return count

    def _read(
        self, m: Module, name: str, table: np.ndarray, node: Value, group: Value, enable: Value
    ) -> Value:
        """Word ``node`` of a row (groups, nodes) of a table, a cycle after ``enable``; kept."""
        data = distinct_words(table)
        bits, negative = word_bits(data), bool(data.min() < 0)
        if len(set(data.tolist())) == 1:
            return Const(int(data[0]), signed(bits) if negative else unsigned(bits))
        m.submodules[name] = words = ConstantTable(rows=rows_of(data.tolist(), bits), bits=bits)
        port = words.read_port()
        parts = ([node] if table.shape[1] > 1 else []) + (
            [group] if len(data) == table.size else []
        )
        m.d.comb += [port.addr.eq(Cat(parts)), port.en.eq(enable)]
        return port.data.as_signed() if negative else port.data

    def _pipelined(self) -> Module:
        m = Module()
        step = Signal()
        # Whether each stage, the output being the last, takes what the one before it has.
        valid = [Signal(name=f"valid{k}") for k in range(self.levels)]
        free = [Signal(name=f"free{k}") for k in range(self.levels + 1)]
        m.d.comb += [
            *(free[k].eq(~held | free[k + 1]) for k, held in enumerate(valid)),
            free[-1].eq(~self.o.valid | self.o.ready),
            self.i.ready.eq(free[0]),
            step.eq(self.i.valid & self.i.ready),
        ]
        rows = self._rows()
        group, word = self._group(m, step), self.i.payload
        offered: Value = self.i.valid
        founds: list[Value] = [Const(0, 0)] * self.elements
        for level, held in enumerate(valid):
            table = level_table(rows, level)
            with m.If(free[level]):
                m.d.sync += held.eq(offered)
            move = free[level] & offered
            limits = [
                self._read(
                    m, f"level{level}_{element}", table[element :: self.elements],
                    founds[element], group, move,
                )
                for element in range(self.elements)
            ]  # fmt: skip
            registers = []
            for what, value in (("x", word), ("found", Cat(*founds)), ("group", group)):
                if not len(value):
                    # Ahead of the first bit none is found; Verilog has no signals of no bits.
                    registers.append(value)
                    continue
                register = Signal(len(value), name=f"{what}{level}", reset_less=True)
                with m.If(move):
                    m.d.sync += register.eq(value)
                registers.append(register)
            word, before, group = registers
            founds = []
            for element, limit in enumerate(limits):
                reached = self._element(word, element) >= limit
                founds.append(Cat(reached, before[element * level : (element + 1) * level]))
            offered = held
        with m.If(free[-1]):
            m.d.sync += self.o.valid.eq(offered)
        counts = [self._count(m, found, group, k) for k, found in enumerate(founds)]
        with m.If(free[-1] & offered):
            m.d.sync += self.o.payload.eq(Cat(counts))
        return m

    def _serial(self) -> Module:
        m = Module()
        step, busy, move = Signal(), Signal(), Signal()
        # The bits found so far, the highest first, behind a 1; that has come to the top at the end.
        marks = Signal(self.levels + 1)
        m.d.comb += [
            self.o.valid.eq(marks[-1]),
            busy.eq(marks[:-1].any()),
            self.i.ready.eq(~busy & (~self.o.valid | self.o.ready)),
            step.eq(self.i.valid & self.i.ready),
            move.eq(step | busy),
        ]
        with m.If(busy):
            m.d.sync += marks.eq(marks << 1)
        with m.Elif(self.i.ready):
            m.d.sync += marks.eq(step)
        counter = self._group(m, step)
        group = Signal(len(counter), reset_less=True)
        word = Signal(len(self.i.payload), reset_less=True)
        with m.If(step):
            m.d.sync += [word.eq(self.i.payload), group.eq(counter)]
        table = serial_table(self._rows())
        counts = []
        for element in range(self.elements):
            # Node 1 is the first; node n is followed by 2n or, where it is reached, 2n + 1.
            node = Signal(self.levels, name=f"node{element}", reset_less=True)
            reached = Signal(name=f"reached{element}")
            following = Mux(step, 1, Cat(reached, node[:-1]))[: self.levels]
            limit = self._read(
                m, f"thresholds{element}", table[element :: self.elements], following,
                Mux(step, counter, group)[: len(counter)], move,
            )  # fmt: skip
            m.d.comb += reached.eq(self._element(word, element) >= limit)
            with m.If(move):
                m.d.sync += node.eq(following)
            counts.append(self._count(m, node, group, element))
        m.d.comb += self.o.payload.eq(Cat(counts))
        return m
