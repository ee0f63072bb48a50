"""Pool unit: the maximum or minimum of a window."""

from collections.abc import Sequence

import numpy as np
from amaranth.hdl import Cat, Module, Mux, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.loops import loop_nest, select_by_index

__all__ = ["PoolUnit"]


class PoolUnit(wiring.Component):
    """Maximum of ``taps`` words, element by element; the minimum in the channels that say so.

    A word whose flag is high is padding and ignored; at least one of the ``taps`` words has its
    flag low. Bipolar bits are the case ``bits = 1``: their maximum is OR, their minimum AND.

    Order: (pixel, channel group, tap), the last fastest, or with a ``plane`` (channel group, pixel,
    tap); a word holds ``elements`` channels of one
    pixel and the flag above them.
    Latency: 1 cycle from the last tap to ``o.valid``. Interval: ``taps`` cycles an output word,
    and 2 where ``taps`` is 1. The last tap of an output waits until the output before it has left;
    ``i.ready`` comes from registers alone.

    Parameters
    ----------
    elements : int
        Elements of a word.
    bits : int
        Width of an element.
    signed : bool
        Whether elements are two's complement.
    taps : int
        Words of a window.
    minimum : sequence of bool, one a channel
        Whether the channel takes the minimum.
    plane : int
        Pixels that come one after another of a channel group, before those of the next one.

    Members
    -------
    i : In(stream.Signature(elements * bits + 1))
    o : Out(stream.Signature(elements * bits))
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(
        self,
        *,
        elements: int,
        bits: int,
        signed: bool,
        taps: int,
        minimum: Sequence[bool] | np.ndarray,
        plane: int = 1,
    ):
        if elements < 1:
            raise ValueError(f"elements must be positive, not {elements!r}")
        if bits < 1:
            raise ValueError(f"bits must be positive, not {bits!r}")
        if taps < 1:
            raise ValueError(f"taps must be positive, not {taps!r}")
        shape = np.shape(minimum)
        if len(shape) != 1 or shape[0] == 0 or shape[0] % elements:
            raise ValueError(
                f"minimum must be a row of a multiple of {elements} channels, not shape {shape}"
            )
        self.elements = elements
        self.bits = bits
        self.signed = signed
        self.taps = taps
        self.plane = plane
        self.minimum = tuple(bool(x) for x in minimum)
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(elements * bits + 1))),
                "o": Out(stream.Signature(unsigned(elements * bits))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build keys, the running maximum and the output register."""
        m = Module()
        transfer = Signal()
        last = Signal()
        groups = len(self.minimum) // self.elements
        loops = {"tap": self.taps, "pixel": self.plane, "group": groups}
        (tap, _, group), _ = loop_nest(m, transfer, tuple(loops.values()), names=tuple(loops))
        m.d.comb += [
            last.eq(tap == self.taps - 1),
            self.i.ready.eq(~last | ~self.o.valid),
            transfer.eq(self.i.valid & self.i.ready),
        ]

        # Flipping all bits turns a minimum into a maximum, flipping the sign bit orders two's
        # complement like plain binary. Of the keys so made 0 is the lowest, so that it can stand
        # for padding and start every window.
        padding = self.i.payload[-1]
        ones = (1 << self.bits) - 1
        sign = 1 << self.bits - 1 if self.signed else 0
        results = []
        for element in range(self.elements):
            flips = [ones ^ sign if x else sign for x in self.minimum[element :: self.elements]]
            flip = select_by_index(m, group, flips, name=f"flip{element}")
            x = self.i.payload.word_select(element, self.bits)
            key = Signal(self.bits, name=f"key{element}")
            best = Signal(self.bits, name=f"best{element}")
            highest = Signal(self.bits, name=f"highest{element}")
            m.d.comb += [
                key.eq(Mux(padding, 0, x ^ flip)),
                highest.eq(best | key if self.bits == 1 else Mux(best > key, best, key)),
            ]
            with m.If(transfer):
                m.d.sync += best.eq(Mux(last, 0, highest))
            results.append((highest ^ flip)[: self.bits])

        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.If(transfer & last):
            m.d.sync += [self.o.payload.eq(Cat(results)), self.o.valid.eq(1)]
        return m
