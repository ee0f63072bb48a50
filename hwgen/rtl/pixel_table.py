"""Pixel table: pixels of few bits to integer levels."""

import numpy as np
from amaranth.hdl import Cat, Module, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.constant_table import ConstantTable, rows_of
from hwgen.rtl.loops import loop_nest

__all__ = ["PixelTable"]


class PixelTable(wiring.Component):
    """Level ``table[channel, pixel]`` of each pixel, from read-only memory.

    Order: words hold ``elements`` channels of one pixel, and the channel groups of a pixel follow
    one another: word k holds the channels from ``k % groups * elements`` on.
    Latency: 1 cycle. Interval: 1; a held output that leaves makes room in the same cycle, so
    ``i.ready`` follows ``o.ready``.

    Parameters
    ----------
    elements : int
        Elements of a word.
    pixel_bits : int
        Width of a pixel.
    table : array of int, (channels, 2 ** pixel_bits) or (1, 2 ** pixel_bits)
        Levels, in the order of the pixels' bits. One row is shared by all channels, however many
        there are.
    bits : int
        Width of a level.
    signed : bool
        Whether levels are two's complement.

    Members
    -------
    i : In(stream.Signature(elements * pixel_bits))
    o : Out(stream.Signature(elements * bits))
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(
        self, *, elements: int, table: np.ndarray, bits: int, signed: bool, pixel_bits: int = 8
    ):
        if elements < 1:
            raise ValueError(f"elements must be positive, not {elements!r}")
        if bits < 1:
            raise ValueError(f"bits must be positive, not {bits!r}")
        if pixel_bits < 1:
            raise ValueError(f"pixel_bits must be positive, not {pixel_bits!r}")
        table = np.array(table)
        if (
            table.ndim != 2
            or table.shape[1] != 1 << pixel_bits
            or table.shape[0] < 1
            or (table.shape[0] > 1 and table.shape[0] % elements)
        ):
            raise ValueError(
                f"table must have 1 row or a multiple of {elements} rows, of "
                f"{1 << pixel_bits} levels each, not shape {table.shape}"
            )
        lowest = -(1 << bits - 1) if signed else 0
        highest = lowest + (1 << bits) - 1
        for level in (int(table.min()), int(table.max())):
            if not lowest <= level <= highest:
                raise ValueError(f"table must hold {lowest} to {highest} only, not {level}")
        self.elements = elements
        self.pixel_bits = pixel_bits
        self.table = table
        self.bits = bits
        self.signed = signed
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(elements * pixel_bits))),
                "o": Out(stream.Signature(unsigned(elements * bits))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build one memory an element; its read register is the output register."""
        m = Module()
        transfer = Signal()
        m.d.comb += [
            self.i.ready.eq(~self.o.valid | self.o.ready),
            transfer.eq(self.i.valid & self.i.ready),
        ]
        with m.If(self.i.ready):
            m.d.sync += self.o.valid.eq(self.i.valid)

        shared = bool((self.table == self.table[0]).all())
        rows = np.repeat(self.table[:1], self.elements, axis=0) if shared else self.table
        (group,), _ = loop_nest(m, transfer, [len(rows) // self.elements], names=["group"])
        levels = []
        for element in range(self.elements):
            mine = rows[element :: self.elements]
            # Each element reads in each cycle, so each has a memory of its own; where its channels
            # agree, the memory holds their row once.
            same = bool((mine == mine[0]).all())
            data = mine[0] if same else mine.reshape(-1)
            m.submodules[f"table{element}"] = table = ConstantTable(
                rows=rows_of(data.tolist(), self.bits), bits=self.bits
            )
            read = table.read_port()
            pixel = self.i.payload.word_select(element, self.pixel_bits)
            m.d.comb += [
                read.addr.eq(pixel if same else Cat(pixel, group)),
                read.en.eq(transfer),
            ]
            levels.append(read.data)
        m.d.comb += self.o.payload.eq(Cat(levels))
        return m
