"""Threshold unit: elements compared with thresholds of their channel, and counted."""

from collections.abc import Sequence

import numpy as np
from amaranth.hdl import Cat, Module, Shape, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.loops import loop_nest, select_by_index

__all__ = ["ThresholdUnit"]


class ThresholdUnit(wiring.Component):
    """Bit ``(x >= threshold) ^ invert`` of each element, with constants of its channel.

    With several thresholds a channel it is the number of those that are ``<= x``, or, where
    ``invert``, of those that are not; and ``base`` more.

    Order: words hold ``elements`` channels of one pixel, and the channel groups of a pixel follow
    one another: word k holds the channels from ``k % groups * elements`` on.
    Latency: 1 cycle. Interval: 1; a held output that leaves makes room in the same cycle, so
    ``i.ready`` follows ``o.ready``.

    Parameters
    ----------
    elements : int
        Elements of a word.
    bits : int
        Width of an element.
    signed : bool
        Whether elements are two's complement.
    thresholds : sequence of int, one a channel; or (channels, count)
        A threshold outside the range of an element always or never fires.
    invert : sequence of bool, one a channel
        Whether the bit, or the count, is complemented. Default: none.
    base : int
        Least count; two's complement where negative. Default: 0.
    out_bits : int
        Width of a count. Default: as many as it has.

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
        thresholds: Sequence[int] | np.ndarray,
        invert: Sequence[bool] | np.ndarray | None = None,
        base: int = 0,
        out_bits: int | None = None,
    ):
        if elements < 1:
            raise ValueError(f"elements must be positive, not {elements!r}")
        if bits < 1:
            raise ValueError(f"bits must be positive, not {bits!r}")
        shape = np.shape(thresholds)
        if len(shape) not in (1, 2) or 0 in shape or shape[0] % elements:
            raise ValueError(
                f"thresholds must be a row of a multiple of {elements} channels, not shape {shape}"
            )
        if invert is not None and np.shape(invert) != shape[:1]:
            raise ValueError(
                f"invert must have the shape {shape[:1]} of thresholds, not {np.shape(invert)}"
            )
        self.elements = elements
        self.bits = bits
        self.signed = signed
        rows = np.reshape(thresholds, (shape[0], -1)).tolist()
        self.thresholds = tuple(tuple(int(threshold) for threshold in row) for row in rows)
        counts = Shape.cast(range(base, base + len(self.thresholds[0]) + 1))
        self.base = base
        self.out_bits = counts.width if out_bits is None else out_bits
        if counts.width > self.out_bits:
            raise ValueError(f"out_bits must be at least {counts.width}, not {out_bits!r}")
        self.invert = (False,) * shape[0] if invert is None else tuple(bool(x) for x in invert)
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(elements * bits))),
                "o": Out(stream.Signature(unsigned(elements * self.out_bits))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build comparisons and the output register."""
        m = Module()
        transfer = Signal()
        groups = len(self.thresholds) // self.elements
        (group,), _ = loop_nest(m, transfer, [groups], names=["group"])
        m.d.comb += [
            self.i.ready.eq(~self.o.valid | self.o.ready),
            transfer.eq(self.i.valid & self.i.ready),
        ]

        lowest = -(1 << self.bits - 1) if self.signed else 0
        never = lowest + (1 << self.bits)
        fired = []
        for element in range(self.elements):
            channels = slice(element, None, self.elements)
            limits = []
            for k, row in enumerate(zip(*self.thresholds[channels], strict=True)):
                # One value beyond the range says "never"; anything further says no more.
                row = [min(max(limit, lowest), never) for limit in row]
                name = f"threshold{element}" + (f"_{k}" if k else "")
                limits.append(select_by_index(m, group, row, name=name))
            invert = select_by_index(
                m, group, [int(x) for x in self.invert[channels]], name=f"invert{element}"
            )
            x = self.i.payload.word_select(element, self.bits)
            x = x.as_signed() if self.signed else x
            reached = [x >= limit for limit in limits]
            if len(reached) == 1 and (self.base, self.out_bits) == (0, 1):
                fired.append(reached[0] ^ invert)
            else:
                # As many are not reached as complemented comparisons say.
                count = Signal(self.out_bits, name=f"count{element}")
                m.d.comb += count.eq(sum((bit ^ invert for bit in reached), self.base))
                fired.append(count)

        with m.If(self.i.ready):
            m.d.sync += self.o.valid.eq(self.i.valid)
        with m.If(transfer):
            m.d.sync += self.o.payload.eq(Cat(fired))
        return m
