"""UART transmitter: bytes to a serial line."""

from amaranth.hdl import Cat, Const, Module, Signal, unsigned
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["UartTx"]

BITS = 10
"""Start, data and stop bits of a byte."""


class UartTx(wiring.Component):
    """Bytes onto a serial line with 8 data bits, no parity and a stop bit.

    Order: bytes as they come, bits from the least significant one.
    Latency: the line falls in the cycle after the transfer. Interval: ``10 * divisor + 1`` cycles.

    Parameters
    ----------
    divisor : int
        Cycles of a bit.

    Members
    -------
    i : In(stream.Signature(8))
    tx : Out(1)
        The line, from a register; high at rest.
    """

    i: stream.Interface
    tx: Signal

    def __init__(self, *, divisor: int):
        if divisor < 1:
            raise ValueError(f"divisor must be positive, not {divisor!r}")
        self.divisor = divisor
        super().__init__(
            {
                "i": In(stream.Signature(unsigned(8))),
                # The stubs know `init` by its old name.
                "tx": Out(1, init=1),  # pyright: ignore[reportCallIssue]
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the timer and the shift register."""
        m = Module()
        timer = Signal(range(max(2, self.divisor)))
        left = Signal(range(BITS + 1))
        shift = Signal(BITS - 1, init=-1)
        m.d.comb += [self.tx.eq(shift[0]), self.i.ready.eq(left == 0)]
        with m.If(left == 0):
            m.d.sync += timer.eq(self.divisor - 1)
            with m.If(self.i.valid):
                m.d.sync += [shift.eq(Cat(Const(0, 1), self.i.payload)), left.eq(BITS)]
        with m.Elif(timer != 0):
            m.d.sync += timer.eq(timer - 1)
        with m.Else():
            m.d.sync += [
                timer.eq(self.divisor - 1),
                left.eq(left - 1),
                shift.eq(Cat(shift[1:], Const(1, 1))),
            ]
        return m
