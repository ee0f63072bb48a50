"""One bank of an SDRAM as its controller knows it."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hwgen.sizes.sdram_part import SdramTiming

__all__ = ["SdramBank"]


class SdramBank(wiring.Component):
    """Whether a row is open, and which commands the bank may get in this cycle.

    Commands are told in the cycle in which they are decided; what may follow is known from the
    next cycle on.

    Parameters
    ----------
    timing : SdramTiming

    Members
    -------
    activate, precharge, close_read, close_write : In(1)
        The commands: open a row, close it, and read or write the last word of it with automatic
        precharge.
    open : Out(1)
    may_activate : Out(1)
        It is closed, and for long enough.
    may_access : Out(1)
        It is open, and a read or write may come.
    may_close : Out(1)
        It has been open for long enough for an automatic precharge.
    quiet : Out(1)
        A precharge of all banks may come.
    """

    activate: Signal
    precharge: Signal
    close_read: Signal
    close_write: Signal
    open: Signal
    may_activate: Signal
    may_access: Signal
    may_close: Signal
    quiet: Signal

    def __init__(self, *, timing: SdramTiming):
        self.timing = timing
        commands = ("activate", "precharge", "close_read", "close_write")
        answers = ("open", "may_activate", "may_access", "may_close", "quiet")
        super().__init__({c: In(1) for c in commands} | {a: Out(1) for a in answers})
        self.row_cycles = max(timing.rc, timing.ras, timing.rcd)
        close_cycles = max(timing.wr + timing.rp, 1 + timing.rp)
        self.row_left = Signal(range(max(2, self.row_cycles)))
        """Cycles until the row may be followed by another: from them follows its age."""
        self.close_left = Signal(range(max(2, close_cycles)))
        """Cycles until the bank is closed after a precharge."""

    def elaborate(self, platform: object) -> Module:
        """Build the two counters and what follows from them."""
        m = Module()
        t = self.timing

        def aged(cycles: int) -> Signal:
            """Whether the last activation is so long ago."""
            aged = Signal(name=f"aged_{cycles}")
            m.d.comb += aged.eq(self.row_left <= self.row_cycles - cycles)
            return aged

        with m.If(self.row_left != 0):
            m.d.sync += self.row_left.eq(self.row_left - 1)
        with m.If(self.close_left != 0):
            m.d.sync += self.close_left.eq(self.close_left - 1)
        with m.If(self.activate):
            m.d.sync += [self.open.eq(1), self.row_left.eq(self.row_cycles - 1)]
        with m.If(self.precharge):
            m.d.sync += [self.open.eq(0), self.close_left.eq(t.rp - 1)]
        with m.If(self.close_read | self.close_write):
            # The part begins to precharge a cycle after a read, and when a word is written.
            after = Mux(self.close_write, t.wr + t.rp - 1, 1 + t.rp - 1)
            m.d.sync += [self.open.eq(0), self.close_left.eq(after)]
        m.d.comb += [
            self.may_activate.eq(~self.open & (self.close_left == 0) & aged(t.rc)),
            self.may_access.eq(self.open & aged(t.rcd)),
            # An automatic precharge begins a cycle after its command, or later.
            self.may_close.eq(aged(t.ras - 1)),
            # A refresh that comes as soon as it may is a row's cycle from the opening of one.
            self.quiet.eq((self.open | (self.close_left == 0)) & aged(max(t.ras, t.rc - t.rp))),
        ]
        return m
