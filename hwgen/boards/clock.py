"""Clock and reset of a board."""

from fractions import Fraction
from typing import Any

from amaranth.hdl import (
    ClockDomain,
    ClockSignal,
    DomainRenamer,
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
from hwgen.families.clock_gate import ClockGate
from hwgen.families.pll import Pll, PllCell
from hwgen.rtl.gated_core import CORE
from hwgen.rtl.wake_up import WakeUp

__all__ = ["BoardClock"]

HOLD_SECONDS = Fraction(15, 10**6)
"""Reset after configuration. Block RAM may read zero for about 3 us first; five times that."""


class BoardClock(Elaboratable):
    """Drives domain ``sync``: the board's clock through the PLL, in reset until all is steady.

    Reset falls `HOLD_SECONDS` after configuration and after the PLL has locked, whichever is
    later, and rises again where the PLL loses its lock.

    With a `WakeUp` that clock runs while it says so, and domain `CORE` has one of its own, that
    follows ``run``. Only what wakes them up runs always.
    """

    def __init__(self, board: Board, pll: Pll | None, wake: WakeUp | None = None):
        self.board = board
        self.pll = pll
        self.wake = wake
        self.run = Signal()
        self.busy = Signal()

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
        m.d.comb += ClockSignal("por").eq(clk)

        mhz = self.pll.out_mhz if self.pll else exact(self.board.clock.mhz)
        hold_cycles = int(HOLD_SECONDS * mhz * 10**6)
        timer = Signal(range(hold_cycles + 1))
        locked = Signal()
        reset = Signal(init=1)
        m.submodules.synchroniser = FFSynchronizer(lock, locked, o_domain="por")
        if self.wake is None:
            m.d.comb += [ClockSignal("sync").eq(clk), ResetSignal("sync").eq(reset)]
        else:
            self._gate(m, platform, self.wake, clk, reset)
        m.d.por += reset.eq(timer != hold_cycles)
        with m.If(~locked):
            m.d.por += timer.eq(0)
        with m.Elif(timer != hold_cycles):
            m.d.por += timer.eq(timer + 1)
        return m

    def _gate(self, m: Module, platform: Any, wake: WakeUp, clk: Signal, reset: Signal) -> None:
        """Drive both domains, each through a cell that stops it."""
        m.submodules.wake = DomainRenamer("por")(wake)
        m.d.comb += wake.busy.eq(self.busy | reset)
        # Whatever opens a gate is a register of the clock that comes to it: half a period is left.
        run = Signal(init=1)
        m.submodules.run = FFSynchronizer(self.run, run, o_domain="por", init=1)
        for name, runs in (("sync", wake.awake), (CORE, run)):
            clock = Signal(name=f"{name}_clk")
            m.submodules[f"{name}_gate"] = _stop(self.board.family.clock_gate, clk, runs, clock)
            m.d.comb += ClockSignal(name).eq(clock)
        # The way of the stopped clock is longer than that of the one that reset comes from.
        m.submodules.reset = FFSynchronizer(reset, ResetSignal("sync"), o_domain="sync", init=1)


def _stop(gate: ClockGate, clk: Signal, runs: Signal, clock: Signal) -> Instance:
    """Instance of a cell that gives ``clock`` those cycles of ``clk`` that begin with ``runs``."""
    if gate.enable is None:
        # Registers that change with the clock's rise change nothing while it is high.
        ports = {f"i_{gate.source}": clk | ~runs}
    else:
        ports = {f"i_{gate.source}": clk, f"i_{gate.enable}": runs}
    return Instance(gate.primitive, **ports, **{f"o_{gate.clock}": clock})


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
