"""SPRAM table: words in SPRAM, loaded once after power-on."""

import numpy as np
from amaranth.hdl import (
    Cat,
    ClockSignal,
    Const,
    Instance,
    Module,
    Mux,
    Signal,
    Value,
    unsigned,
)
from amaranth.lib import memory, stream, wiring
from amaranth.lib.wiring import In, Out
from numpy.typing import NDArray

from hwgen.families.primitives import SPRAM
from hwgen.rtl.constant_table import Rows
from hwgen.sizes.spram import SPRAM_BITS, SPRAM_WORDS, spram_chips

__all__ = ["SpramTable", "load_words"]


def load_words(rows: Rows) -> NDArray[np.uint16]:
    """Words of 16 bits that fill a table with these words, in the table's order."""
    whole = np.pad(rows, ((0, 0), (0, rows.shape[1] % 2)))
    return whole.view("<u2").astype(np.uint16, copy=False).reshape(-1)


class SpramTable(wiring.Component):
    """Table of ``depth`` words of ``bits`` bits, in as many SPRAMs side by side as a word needs.

    After power-on it takes words of 16 bits until it is full. From then on it is a read-only
    memory, and `i.ready` stays low. Reset leaves both what it holds and how far it has got: the
    bitstream cannot set SPRAM, so it is filled once, and that works while reset is high too.

    Order: the 16-bit words of word 0 of the table, its least significant bits first, then those
    of word 1 and so on (`load_words`). Latency: 1 cycle from ``address`` to ``data``; ``data``
    follows ``address`` while ``loaded``, which rises 2 cycles after the last word is taken.
    Interval: 1 word a cycle, in and out.

    Parameters
    ----------
    depth : int
        Words of the table, 16384 at most.
    bits : int
        Width of a word.
    model : bool
        Describe the cells instead of placing them, for simulation in Python.

    Members
    -------
    i : In(stream.Signature(16))
    loaded : Out(1)
    address : In(range(depth))
    data : Out(bits)
    """

    i: stream.Interface
    loaded: Signal
    address: Signal
    data: Signal

    def __init__(self, *, depth: int, bits: int, model: bool = False):
        if not 2 <= depth <= SPRAM_WORDS:
            raise ValueError(f"depth must be between 2 and {SPRAM_WORDS}, not {depth!r}")
        if bits < 1:
            raise ValueError(f"bits must be positive, not {bits!r}")
        self.depth = depth
        self.bits = bits
        self.model = model
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(SPRAM_BITS))),
                "loaded": Out(1),
                "address": In(range(depth)),
                "data": Out(bits),
            }
        )

    @property
    def chips(self) -> int:
        """SPRAMs side by side."""
        return spram_chips(self.bits)

    def elaborate(self, platform: object) -> Module:
        """Build the load counters and the SPRAMs."""
        m = Module()
        # Not reset: they tell of what the SPRAMs hold, which reset does not clear.
        chip = Signal(range(max(2, self.chips)), reset_less=True)
        place = Signal(range(self.depth), reset_less=True)
        full = Signal(reset_less=True)
        read = Signal(reset_less=True)
        write = Signal()
        m.d.comb += [
            self.i.ready.eq(~full),
            write.eq(self.i.valid & ~full),
            self.loaded.eq(read),
        ]
        # The first read is made in the cycle after the last write.
        m.d.sync += read.eq(full)
        with m.If(write):
            m.d.sync += chip.eq(chip + 1)
            with m.If(chip == self.chips - 1):
                m.d.sync += [chip.eq(0), place.eq(place + 1)]
                with m.If(place == self.depth - 1):
                    m.d.sync += full.eq(1)

        address = Signal(14)
        m.d.comb += address.eq(Mux(full, self.address, place))
        parts = [self._chip(m, k, address, write & (chip == k)) for k in range(self.chips)]
        m.d.comb += self.data.eq(Cat(*parts))
        return m

    def _chip(self, m: Module, number: int, address: Value, write: Value) -> Value:
        """One SPRAM, which reads in every cycle in which it does not write; its word."""
        if self.model:
            ram = memory.Memory(shape=unsigned(SPRAM_BITS), depth=self.depth, init=[])
            m.submodules[f"chip{number}"] = ram
            writing, reading = ram.write_port(), ram.read_port()
            m.d.comb += [
                writing.addr.eq(address),
                writing.data.eq(self.i.payload),
                writing.en.eq(write),
                reading.addr.eq(address),
                reading.en.eq(~write),
            ]
            return reading.data
        word = Signal(SPRAM_BITS, name=f"word{number}")
        m.submodules[f"chip{number}"] = Instance(
            SPRAM.name,
            i_ADDRESS=address,
            i_DATAIN=self.i.payload,
            i_MASKWREN=Const(0b1111, 4),
            i_WREN=write,
            i_CHIPSELECT=Const(1),
            i_CLOCK=ClockSignal(),
            i_STANDBY=Const(0),
            i_SLEEP=Const(0),
            # Active low.
            i_POWEROFF=Const(1),
            o_DATAOUT=word,
        )
        return word
