"""What an SDRAM needs besides reads and writes: its initialisation, and refreshes."""

from amaranth.hdl import Module, Signal
from amaranth.lib import enum, wiring
from amaranth.lib.wiring import In, Out

from hwgen.sizes.sdram_part import SdramTiming

__all__ = ["SdramRefresh", "Step"]


class Step(enum.Enum):
    """What comes next: each but the first and the last is a command."""

    POWER = 0
    PRECHARGE = 1
    REFRESH = 2
    MODE = 3
    RUN = 4


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
        self.step = Signal(Step, init=Step.POWER)
        self.wait = Signal(range(max(2, t.power_up, t.rp, t.rfc, t.mrd)), init=t.power_up - 1)
        """Cycles until what comes next may come, if it has to wait."""
        self.left = Signal(range(t.period))
        """Cycles until a refresh is due."""
        self.refreshes = Signal(range(t.init_refreshes + 1), init=t.init_refreshes)
        """Refreshes of the initialisation that are still to come."""

    def elaborate(self, platform: object) -> Module:
        """Build the sequence and the timer."""
        m = Module()
        t = self.timing
        waited, due = Signal(), Signal()
        m.d.comb += [waited.eq(self.wait == 0), due.eq(self.left == 0)]
        with m.If(~waited):
            m.d.sync += self.wait.eq(self.wait - 1)
        with m.If(~due):
            m.d.sync += self.left.eq(self.left - 1)
        with m.Switch(self.step):
            with m.Case(Step.POWER):
                with m.If(waited):
                    m.d.sync += self.step.eq(Step.PRECHARGE)
            with m.Case(Step.PRECHARGE):
                m.d.comb += self.precharge.eq(self.quiet)
                with m.If(self.quiet):
                    m.d.sync += [self.wait.eq(t.rp - 1), self.step.eq(Step.REFRESH)]
            with m.Case(Step.REFRESH):
                m.d.comb += self.refresh.eq(waited)
                with m.If(waited):
                    m.d.sync += [self.wait.eq(t.rfc - 1), self.left.eq(t.period - 1)]
                    with m.If(self.ready):
                        m.d.sync += self.step.eq(Step.RUN)
                    with m.Else():
                        m.d.sync += self.refreshes.eq(self.refreshes - 1)
                        with m.If(self.refreshes == 1):
                            m.d.sync += self.step.eq(Step.MODE)
            with m.Case(Step.MODE):
                m.d.comb += self.set_mode.eq(waited)
                with m.If(waited):
                    m.d.sync += [
                        self.wait.eq(t.mrd - 1),
                        self.ready.eq(1),
                        self.step.eq(Step.RUN),
                    ]
            with m.Case(Step.RUN):
                m.d.comb += [self.may_activate.eq(waited & ~due), self.may_access.eq(~due)]
                with m.If(due):
                    m.d.sync += self.step.eq(Step.PRECHARGE)
        return m
