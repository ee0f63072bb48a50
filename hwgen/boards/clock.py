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

from hwgen.boards.pll import exact
from hwgen.boards.table import Board
from hwgen.families.pll import Pll, PllCell

__all__ = ["BoardClock"]

HOLD_SECONDS = Fraction(15, 10**6)
"""Reset after configuration. Block RAM may read zero for about 3 us first; five times that."""


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
        pin = platform.request(self.board.clock.resource, dir="-")
        if self.pll is not None and self.board.clock.pll_pad:
            # There is no way from an input buffer to a PLL whose own pad the clock comes in on.
            m.submodules.pll = _place(self.pll.cell(pad=True), pin.io, clk, lock)
        else:
            m.submodules.buffer = buffer = io.Buffer(io.Direction.Input, pin)
            if self.pll is None:
                m.d.comb += [clk.eq(buffer.i), lock.eq(1)]
            else:
                m.submodules.pll = _place(self.pll.cell(pad=False), buffer.i, clk, lock)

        m.domains += ClockDomain("por", reset_less=True, local=True)
        m.d.comb += [ClockSignal("por").eq(clk), ClockSignal("sync").eq(clk)]

        mhz = self.pll.out_mhz if self.pll else exact(self.board.clock.mhz)
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


def _place(cell: PllCell, source: Any, clk: Signal, lock: Signal) -> Instance:
    """Instance of a PLL that makes ``clk`` of ``source``."""
    wires = {
        "source": source, "feedback": Signal(name="fed_back"), "clock": clk, "lock": lock
    }  # fmt: skip
    inputs = {
        f"i_{name}": wires[driver] if isinstance(driver, str) else driver
        for name, driver in cell.inputs.items()
    }
    return Instance(
        cell.primitive,
        **{f"a_{name}": value for name, value in cell.attributes.items()},
        **{f"p_{name}": value for name, value in cell.parameters.items()},
        **inputs,
        **{f"o_{name}": wires[driven] for name, driven in cell.outputs.items()},
    )
