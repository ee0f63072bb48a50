"""Clock and reset of a board."""

from fractions import Fraction
from typing import Any

from amaranth.hdl import (
    ClockDomain,
    ClockSignal,
    Elaboratable,
    Instance,
    Module,
    ResetSignal,
    Signal,
)
from amaranth.lib import io
from amaranth.lib.cdc import FFSynchronizer

from hwgen.boards.pll import Ecp5Pll, Ice40Pll, Pll, exact
from hwgen.boards.table import Board

__all__ = ["BoardClock"]

HOLD_SECONDS = Fraction(15, 10**6)
"""Reset after configuration. Block RAM of an iCE40 reads zero for about 3 us; five times that."""

# As ecppll sets them.
ECP5_LOOP = {
    "ICP_CURRENT": "12",
    "LPF_RESISTOR": "8",
    "MFG_ENABLE_FILTEROPAMP": "1",
    "MFG_GMCREF_SEL": "2",
}


class BoardClock(Elaboratable):
    """Drives domain ``sync``: the board's clock through the PLL, in reset until all is steady.

    Reset falls `HOLD_SECONDS` after configuration and after the PLL has locked, whichever is
    later, and rises again where the PLL loses its lock.
    """

    def __init__(self, board: Board, pll: Pll | None):
        self.board = board
        self.pll = pll

    def elaborate(self, platform: Any) -> Module:
        """Build PLL, power-on timer and domain."""
        m = Module()
        clk = Signal()
        lock = Signal()
        pin = platform.request(self.board.clock, dir="-")
        if isinstance(self.pll, Ice40Pll) and self.board.pll_pad:
            # On the PLL's own pad there is no way from the input buffer to its core input.
            m.submodules.pll = self._ice40("SB_PLL40_PAD", clk, lock, i_PACKAGEPIN=pin.io)
        else:
            m.submodules.buffer = buffer = io.Buffer(io.Direction.Input, pin)
            if self.pll is None:
                m.d.comb += [clk.eq(buffer.i), lock.eq(1)]
            elif isinstance(self.pll, Ice40Pll):
                m.submodules.pll = self._ice40("SB_PLL40_CORE", clk, lock, i_REFERENCECLK=buffer.i)
            else:
                m.submodules.pll = self._ecp5(self.pll, buffer.i, clk, lock)

        m.domains += ClockDomain("por", reset_less=True, local=True)
        m.d.comb += [ClockSignal("por").eq(clk), ClockSignal("sync").eq(clk)]

        mhz = self.pll.out_mhz if self.pll else exact(self.board.clock_mhz)
        hold_cycles = int(HOLD_SECONDS * mhz * 10**6)
        timer = Signal(range(hold_cycles + 1))
        locked = Signal()
        reset = Signal(init=1)
        m.submodules.synchroniser = FFSynchronizer(lock, locked, o_domain="por")
        m.d.comb += ResetSignal("sync").eq(reset)
        m.d.por += reset.eq(timer != hold_cycles)
        with m.If(~locked):
            m.d.por += timer.eq(0)
        with m.Elif(timer != hold_cycles):
            m.d.por += timer.eq(timer + 1)
        return m

    def _ice40(self, primitive: str, clk: Signal, lock: Signal, **source: Any) -> Instance:
        assert isinstance(self.pll, Ice40Pll)
        return Instance(
            primitive,
            **{f"p_{name}": value for name, value in self.pll.parameters().items()},
            **source,
            i_RESETB=1,
            i_BYPASS=0,
            o_PLLOUTGLOBAL=clk,
            o_LOCK=lock,
        )

    @staticmethod
    def _ecp5(pll: Ecp5Pll, source: Any, clk: Signal, lock: Signal) -> Instance:
        fed_back = Signal()
        low = ("RST", "STDBY", "PHASESEL0", "PHASESEL1", "PHASEDIR", "PHASESTEP",
               "PHASELOADREG", "PLLWAKESYNC", "ENCLKOP", "ENCLKOS")  # fmt: skip
        return Instance(
            "EHXPLLL",
            **{f"a_{name}": value for name, value in ECP5_LOOP.items()},
            **{f"p_{name}": value for name, value in pll.parameters().items()},
            **{f"i_{name}": 0 for name in low},
            i_CLKI=source,
            i_CLKFB=fed_back,
            o_CLKOP=fed_back,
            o_CLKOS=clk,
            o_LOCK=lock,
        )
