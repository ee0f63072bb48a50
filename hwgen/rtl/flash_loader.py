"""Flash loader: words from an SPI flash, checked by a CRC."""

from typing import Any

from amaranth.hdl import Cat, Module, Signal, Value, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.crc import catalog
from amaranth.lib.wiring import In, Out

__all__ = ["FlashLoader"]

WAKE, READ = 0xAB, 0x03
"""Commands: leave deep power-down, where the part's configuration may have put the flash; read."""


class FlashLoader(wiring.Component):
    """Words of 16 bits from an SPI flash, once after reset, and whether their CRC is right.

    The flash holds the words from ``offset``, the low byte of each first, and behind them their
    CRC-16/IBM-3740, the high byte first. The words are given as they are read, before the CRC is
    known: use nothing that was made of them before ``done``. SPI mode 0, plain reads of one bit.

    Order: as in the flash. Latency: ``2 * divisor * (40 + 16)`` cycles and ``wake_cycles``, within
    a few cycles, to the first word. Interval: ``32 * divisor`` cycles a word, more where the last
    one was not taken: the SPI clock then stands still.

    Parameters
    ----------
    offset : int
        Byte address, below 2**24.
    words : int
        Words to read.
    divisor : int
        Cycles of half a period of the SPI clock.
    wake_cycles : int
        Time that the flash takes to wake up; 35 us do for the usual ones.

    Members
    -------
    o : Out(stream.Signature(16))
    cs, clk, copi : Out(1)
        ``cs`` is high where the flash is selected.
    cipo : In(1)
    done : Out(1)
        All words were taken and the CRC is right; stays until reset.
    error : Out(1)
        All words were taken and the CRC is wrong; stays until reset.
    """

    o: stream.Interface
    cs: Signal
    clk: Signal
    copi: Signal
    cipo: Signal
    done: Signal
    error: Signal

    def __init__(self, *, offset: int, words: int, divisor: int = 1, wake_cycles: int):
        if not 0 <= offset < 1 << 24:
            raise ValueError(f"offset must be from 0 and below 2**24, not {offset!r}")
        if words < 1 or offset + 2 * words + 2 > 1 << 24:
            raise ValueError(f"words must be positive and end below 2**24 bytes, not {words!r}")
        if divisor < 1:
            raise ValueError(f"divisor must be positive, not {divisor!r}")
        if wake_cycles < 1:
            raise ValueError(f"wake_cycles must be positive, not {wake_cycles!r}")
        self.offset = offset
        self.words = words
        self.divisor = divisor
        self.wake_cycles = wake_cycles
        super().__init__(
            {
                "o": Out(stream.Signature(unsigned(16))),
                "cs": Out(1),
                "clk": Out(1),
                "copi": Out(1),
                "cipo": In(1),
                "done": Out(1),
                "error": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the bit engine and the sequence around it."""
        m = Module()
        # Of one bit a cycle: bits come most significant first, as the CRC takes them.
        crc: Any = catalog.CRC16_IBM_3740(1).create()  # unknown to the stubs
        m.submodules.crc = crc
        out = Signal(32)
        word = Signal(16)
        timer = Signal(range(max(2, self.divisor, self.wake_cycles)))
        bits = Signal(range(32))  # bits still to shift after this one
        words = Signal(range(self.words + 1))  # words still to read; 0: the CRC is next
        rises, falls = Signal(), Signal()
        m.d.comb += [self.copi.eq(out[-1]), crc.data.eq(self.cipo)]
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.If(rises | falls):
            m.d.sync += [self.clk.eq(rises), timer.eq(self.divisor - 1)]
        with m.If(falls):
            # The bit is read when the clock falls, half a period after the flash has changed it.
            m.d.sync += [
                out.eq(out << 1),
                word.eq(Cat(self.cipo, word[:-1])),
                bits.eq(bits - 1),
            ]

        def shift(go: Value | int = 1) -> None:
            with m.If(timer != 0):
                m.d.sync += timer.eq(timer - 1)
            with m.Elif(self.clk):
                m.d.comb += falls.eq(1)
            with m.Else():
                m.d.comb += rises.eq(go)

        with m.FSM():
            with m.State("START"):
                m.d.sync += [self.cs.eq(1), out.eq(WAKE << 24), bits.eq(7)]
                m.d.comb += crc.start.eq(1)
                m.next = "WAKE"
            with m.State("WAKE"):
                shift()
                with m.If(falls & (bits == 0)):
                    m.d.sync += [self.cs.eq(0), timer.eq(self.wake_cycles - 1)]
                    m.next = "REST"
            with m.State("REST"):
                m.d.sync += timer.eq(timer - 1)
                with m.If(timer == 0):
                    m.d.sync += [
                        self.cs.eq(1),
                        out.eq(READ << 24 | self.offset),
                        bits.eq(31),
                        timer.eq(self.divisor - 1),
                    ]
                    m.next = "COMMAND"
            with m.State("COMMAND"):
                shift()
                with m.If(falls & (bits == 0)):
                    m.d.sync += [bits.eq(15), words.eq(self.words)]
                    m.next = "DATA"
            with m.State("DATA"):
                # The last bit of a word is not read before the word ahead of it has been taken.
                shift(~((bits == 0) & self.o.valid))
                m.d.comb += crc.valid.eq(falls)
                with m.If(falls & (bits == 0)):
                    m.d.sync += [bits.eq(15), words.eq(words - 1)]
                    with m.If(words == 0):
                        m.d.sync += self.cs.eq(0)
                        m.next = "CHECK"
                    with m.Else():
                        # The byte that came first is the low one.
                        m.d.sync += [
                            self.o.payload.eq(Cat(word[7:15], self.cipo, word[:7])),
                            self.o.valid.eq(1),
                        ]
            with m.State("CHECK"):
                m.d.sync += [
                    self.done.eq(crc.match_detected),
                    self.error.eq(~crc.match_detected),
                ]
        return m
