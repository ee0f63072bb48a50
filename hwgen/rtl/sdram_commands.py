"""Commands to an SDRAM that is filled once, and read over and over."""

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hwgen.rtl.sdram_bank import SdramBank
from hwgen.rtl.sdram_pages import SdramPages
from hwgen.rtl.sdram_refresh import SdramRefresh
from hwgen.sizes.sdram_part import SdramPart, SdramTiming

__all__ = ["SdramCommands"]

PRECHARGE_BIT = 10
"""Address pin that asks for an automatic precharge, or that of all banks."""


class SdramCommands(wiring.Component):
    """The command of each cycle, none where nothing may or need be done.

    A write or read is of one word. The row of the page that comes next is opened as soon as it may
    be, ahead of the words of the page before; the last word of a page closes it.

    Order: that of `SdramPages`. Interval: as there, less a cycle a page and the refreshes.

    Parameters
    ----------
    part : SdramPart
    timing : SdramTiming
    words, restart : int
        As of `SdramPages`.

    Members
    -------
    may_write, may_read : In(1)
        A word to write is at hand; there is room for a word that is read.
    takes : Out(1)
        A word to write is taken in this cycle, if one is at hand.
    activate, precharge, refresh, set_mode, read, write : Out(1)
        The command: at most one of them.
    ba, a : Out
        Address pins that belong to it.
    last : Out(1)
        The word written or read is the last of all.
    filling : Out(1)
        There are words still to be written.
    ready : Out(1)
        The part has come out of its initialisation.
    """

    may_write: Signal
    may_read: Signal
    takes: Signal
    activate: Signal
    precharge: Signal
    refresh: Signal
    set_mode: Signal
    read: Signal
    write: Signal
    ba: Signal
    a: Signal
    last: Signal
    filling: Signal
    ready: Signal

    def __init__(self, *, part: SdramPart, timing: SdramTiming, words: int, restart: int):
        self.part = part
        self.timing = timing
        commands = ("activate", "precharge", "refresh", "set_mode", "read", "write")
        answers = ("takes", "last", "filling", "ready")
        super().__init__(
            {
                "may_write": In(1),
                "may_read": In(1),
                **{name: Out(1) for name in (*commands, *answers)},
                "ba": Out(part.bank_bits),
                "a": Out(part.address_pins),
            }
        )
        self.upkeep = SdramRefresh(timing=timing)
        self.banks = [SdramBank(timing=timing) for _ in range(1 << part.bank_bits)]
        self.pages = SdramPages(
            words=words,
            restart=restart,
            column_bits=part.column_bits,
            page_bits=part.bank_bits + part.row_bits,
        )
        self.apart = Signal(range(max(2, timing.rrd)))
        """Cycles until the row of another bank may be opened."""
        self.recovering = Signal(range(max(2, timing.wr)))
        """Cycles until the last word written may be followed by a precharge."""

    def elaborate(self, platform: object) -> Module:
        """Build the choice among what may be done, the most urgent first."""
        m = Module()
        m.submodules.upkeep = upkeep = self.upkeep
        m.submodules.pages = pages = self.pages
        for k, bank in enumerate(self.banks):
            m.submodules[f"bank{k}"] = bank
        bank_bits = self.part.bank_bits
        here, row = pages.page[:bank_bits], pages.page[bank_bits:]
        ahead, next_row = pages.next_page[:bank_bits], pages.next_page[bank_bits:]
        may_activate, open_here, open_ahead = Signal(), Signal(), Signal()
        slot, access, close = Signal(), Signal(), Signal()
        here_may_activate = Array(b.may_activate for b in self.banks)[here]
        ahead_may_activate = Array(b.may_activate for b in self.banks)[ahead]
        here_may_access = Array(b.may_access for b in self.banks)[here]
        here_may_close = Array(b.may_close for b in self.banks)[here]
        m.d.comb += [
            upkeep.quiet.eq(Cat(b.quiet for b in self.banks).all() & (self.recovering == 0)),
            may_activate.eq(upkeep.may_activate & (self.apart == 0)),
            open_here.eq(may_activate & here_may_activate),
            open_ahead.eq(may_activate & ahead_may_activate & pages.settled & ~open_here),
            slot.eq(
                upkeep.may_access
                & here_may_access
                & pages.available
                & (here_may_close | ~pages.closing)
                & ~(open_here | open_ahead)
            ),
            access.eq(slot & Mux(pages.filling, self.may_write, self.may_read)),
            close.eq(access & pages.closing),
            pages.advance.eq(access),
        ]
        with m.If(self.apart != 0):
            m.d.sync += self.apart.eq(self.apart - 1)
        with m.If(self.activate):
            m.d.sync += self.apart.eq(self.timing.rrd - 1)
        with m.If(self.recovering != 0):
            m.d.sync += self.recovering.eq(self.recovering - 1)
        with m.If(self.write):
            m.d.sync += self.recovering.eq(self.timing.wr - 1)
        for k, bank in enumerate(self.banks):
            m.d.comb += [
                bank.activate.eq((open_here & (here == k)) | (open_ahead & (ahead == k))),
                bank.close_read.eq(close & ~pages.filling & (here == k)),
                bank.close_write.eq(close & pages.filling & (here == k)),
                bank.precharge.eq(upkeep.precharge),
            ]
        m.d.comb += [
            self.takes.eq(slot & pages.filling),
            self.activate.eq(open_here | open_ahead),
            self.precharge.eq(upkeep.precharge),
            self.refresh.eq(upkeep.refresh),
            self.set_mode.eq(upkeep.set_mode),
            self.read.eq(access & ~pages.filling),
            self.write.eq(access & pages.filling),
            self.last.eq(pages.final),
            self.filling.eq(pages.filling),
            self.ready.eq(upkeep.ready),
            # While the mode is set the page is the first, so that its bits of the bank are 0.
            self.ba.eq(Mux(open_ahead, ahead, here)),
        ]
        # Mode: bursts of one word, and the CAS latency.
        with m.If(self.set_mode):
            m.d.comb += self.a.eq(Const(self.timing.cas << 4, len(self.a)))
        with m.Elif(self.precharge):
            m.d.comb += self.a.eq(1 << PRECHARGE_BIT)
        with m.Elif(self.activate):
            m.d.comb += self.a.eq(Mux(open_ahead, next_row, row))
        with m.Else():
            m.d.comb += [
                self.a.eq(pages.column),
                self.a[PRECHARGE_BIT].eq(pages.closing),
            ]
        return m
