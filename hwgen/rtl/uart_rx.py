"""UART receiver: bytes from a serial line."""

from amaranth.hdl import Cat, Module, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

__all__ = ["UartRx"]

STOP, START = 1, 10
"""Bits left to sample when the stop bit, and when the start bit, is next."""


class UartRx(wiring.Component):
    """Bytes of a serial line with 8 data bits, no parity and a stop bit.

    The line is sampled in the middle of each bit. A low pulse of less than half a bit is no byte.
    A byte whose stop bit is low is dropped, and the next begins once the line has been high.

    Order: bytes as they come, bits from the least significant one.
    Latency: ``o.valid`` rises ``3 + divisor // 2 + 9 * divisor`` cycles after the line falls.
    Interval: set by the line; a byte that is not taken before the next one ends is lost.

    Parameters
    ----------
    divisor : int
        Cycles of a bit, at least 4.

    Members
    -------
    rx : In(1)
        The line, not synchronised; high at rest.
    o : Out(stream.Signature(8))
    error : Out(1)
        High for a cycle where a byte was dropped or lost.
    """

    rx: Signal
    o: stream.Interface
    error: Signal

    def __init__(self, *, divisor: int):
        if divisor < 4:
            raise ValueError(f"divisor must be at least 4, not {divisor!r}")
        self.divisor = divisor
        super().__init__(
            {
                # The stubs know `init` by its old name.
                "rx": In(1, init=1),  # pyright: ignore[reportCallIssue]
                "o": Out(stream.Signature(unsigned(8))),
                "error": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the synchroniser, the timer and the shift register."""
        m = Module()
        line = Signal(init=1)
        m.submodules.synchroniser = FFSynchronizer(self.rx, line, init=1)

        timer = Signal(range(self.divisor))
        left = Signal(range(START + 1))  # bits still to sample; 0 between bytes
        shift = Signal(9)
        rested = Signal()  # the line has been high since the last byte

        m.d.sync += self.error.eq(0)
        with m.If(self.o.ready):
            m.d.sync += self.o.valid.eq(0)
        with m.If(left == 0):
            m.d.sync += timer.eq(self.divisor // 2 - 1)
            with m.If(line):
                m.d.sync += rested.eq(1)
            with m.Elif(rested):
                m.d.sync += left.eq(START)
        with m.Elif(timer != 0):
            m.d.sync += timer.eq(timer - 1)
        with m.Else():
            m.d.sync += [
                timer.eq(self.divisor - 1),
                left.eq(left - 1),
                shift.eq(Cat(shift[1:], line)),
            ]
            with m.If((left == START) & line):
                m.d.sync += left.eq(0)
            with m.If(left == STOP):
                m.d.sync += [rested.eq(line), self.error.eq(~line)]
                with m.If(line):
                    m.d.sync += [
                        self.o.payload.eq(shift[1:]),
                        self.o.valid.eq(1),
                        self.error.eq(self.o.valid & ~self.o.ready),
                    ]
        return m
