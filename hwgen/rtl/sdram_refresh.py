"""What an SDRAM needs besides reads and writes: its initialisation, and refreshes."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hwgen.sizes.sdram_part import SdramTiming

__all__ = ["SdramRefresh"]


class SdramRefresh(wiring.Component):
    """The commands from power-on to the first access, and a refresh whenever one is due.

    After ``power_up`` cycles: precharge of all banks, ``init_refreshes`` refreshes, the mode
    register. From then on a precharge and a refresh whenever ``period`` cycles have passed since
    the last one, as soon as all banks are quiet.

    Parameters
    ----------
    timing : SdramTiming

    Members
    -------
    quiet : In(1)
        All banks may be precharged.
    precharge, refresh, set_mode : Out(1)
        Commands of this cycle.
    may_activate : Out(1)
        Rows may be opened.
    may_access : Out(1)
        Open rows may be read and written, and what of them is closed by that.
    ready : Out(1)
        The part has come out of its initialisation.
    """

    quiet: Signal
    precharge: Signal
    refresh: Signal
    set_mode: Signal
    may_activate: Signal
    may_access: Signal
    ready: Signal

    def __init__(self, *, timing: SdramTiming):
        self.timing = timing
        outputs = ("precharge", "refresh", "set_mode", "may_activate", "may_access", "ready")
        super().__init__({"quiet": In(1)} | {name: Out(1) for name in outputs})
        t = timing
        self.wait = Signal(
            range(max(t.power_up, t.rp, t.rfc, t.mrd) + 1), init=max(t.power_up, 1) - 1
        )
        """Cycles until the next command may come, less one where a state takes it."""
        self.left = Signal(range(t.period + 1))
        """Cycles until a refresh is due."""

    def elaborate(self, platform: object) -> Module:
        """Build the sequence and the timer."""
        m = Module()
        t = self.timing
        refreshes = Signal(range(t.init_refreshes + 1), init=t.init_refreshes)
        waited = Signal()
        due = Signal()
        m.d.comb += [waited.eq(self.wait == 0), due.eq(self.left == 0)]
        with m.If(~waited):
            m.d.sync += self.wait.eq(self.wait - 1)
        with m.If(~due):
            m.d.sync += self.left.eq(self.left - 1)
        with m.FSM():
            with m.State("POWER"):
                with m.If(waited):
                    m.next = "PRECHARGE"
            with m.State("PRECHARGE"):
                m.d.comb += self.precharge.eq(self.quiet)
                with m.If(self.quiet):
                    m.d.sync += self.wait.eq(t.rp - 1)
                    m.next = "REFRESH"
            with m.State("REFRESH"):
                m.d.comb += self.refresh.eq(waited)
                with m.If(waited):
                    m.d.sync += [self.wait.eq(t.rfc - 1), self.left.eq(t.period - 1)]
                    with m.If(self.ready):
                        m.next = "RUN"
                    with m.Else():
                        m.d.sync += refreshes.eq(refreshes - 1)
                        with m.If(refreshes == 1):
                            m.next = "MODE"
            with m.State("MODE"):
                m.d.comb += self.set_mode.eq(waited)
                with m.If(waited):
                    m.d.sync += [self.wait.eq(t.mrd - 1), self.ready.eq(1)]
                    m.next = "RUN"
            with m.State("RUN"):
                m.d.comb += [self.may_activate.eq(waited & ~due), self.may_access.eq(~due)]
                with m.If(due):
                    m.next = "PRECHARGE"
        return m
