"""SPI clock: pulses that begin when they may, each a whole one."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["SpiClock"]


class SpiClock(wiring.Component):
    """Pulses of an SPI clock that is low while it rests.

    A pulse takes ``divisor`` cycles, low and then high. Of one cycle it is low in the first half
    and high in the second, which needs a register for each half in the pin (DDR).

    Parameters
    ----------
    divisor : int
        Cycles of a pulse.

    Members
    -------
    run : In(1)
        A pulse may begin; looked at between two.
    sck : Out(2)
        Level in the first half of a cycle, and in the second.
    between : Out(1)
        A pulse can begin in this cycle.
    begins, falls : Out(1)
        One does, and one ends with this cycle.
    """

    run: Signal
    sck: Signal
    between: Signal
    begins: Signal
    falls: Signal

    def __init__(self, *, divisor: int):
        if divisor < 1:
            raise ValueError(f"divisor must be positive, not {divisor!r}")
        self.divisor = divisor
        super().__init__(
            {"run": In(1), "sck": Out(2), "between": Out(1), "begins": Out(1), "falls": Out(1)}
        )

    def elaborate(self, platform: object) -> Module:
        """Build the count of cycles."""
        m = Module()
        m.d.comb += self.begins.eq(self.run & self.between)
        if self.divisor == 1:
            m.d.comb += [self.sck.eq(Cat(0, self.run)), self.between.eq(1), self.falls.eq(self.run)]
            return m
        phase = Signal(range(self.divisor))
        m.d.comb += [
            self.sck.eq((phase >= (self.divisor + 1) // 2).replicate(2)),
            self.between.eq(phase == 0),
            self.falls.eq(phase == self.divisor - 1),
        ]
        with m.If(self.falls):
            m.d.sync += phase.eq(0)
        with m.Elif(self.run | ~self.between):
            m.d.sync += phase.eq(phase + 1)
        return m
