"""How the state of `SdramCommands` hangs together, for proofs by induction.

What rules alone say of the past does not tell which states the controller can be in. These are
assertions too, so that nothing is taken for granted.
"""

from amaranth.hdl import Assert, Cat, Module, Mux, Value

from hwgen.rtl.sdram_refresh import Step
from tests.sdram_rules import SdramRules

__all__ = ["SdramInvariants"]


class SdramInvariants(SdramRules):
    """The rules, and what makes them inductive."""

    def elaborate(self, platform):
        m = super().elaborate(platform)
        self._steps(m)
        self._banks(m)
        self._pages(m)
        self._in_time(m)
        return m

    def _steps(self, m: Module) -> None:
        """Waiting is for the commands before; the initialisation has touched no bank."""
        t, up, dut = self.dut.timing, self.dut.upkeep, self.dut
        power, mode = up.step == Step.POWER, up.step == Step.MODE
        fresh = ~self.mode & (power | (up.step == Step.PRECHARGE))
        m.d.comb += [
            Assert(up.step <= Step.RUN.value),
            Assert(up.ready == self.mode),
            Assert((up.step != Step.RUN) | up.ready),
            Assert(up.wait + self.since_refresh >= t.rfc),
            Assert(up.wait + self.since_mode >= t.mrd),
            Assert(Mux(power, up.wait + 1 + self.since_start == t.power_up,
                       self.since_start == t.power_up)),
            Assert(~power | ~(self.mode | self.precharged)),
            Assert(self.mode | (up.refreshes + self.refreshes == t.init_refreshes)),
            Assert(~mode | (self.refreshes == t.init_refreshes) & ~self.mode),
            Assert(~self.mode | (self.refreshes == t.init_refreshes)),
            Assert((up.step == Step.POWER) | (up.step == Step.PRECHARGE) | self.precharged),
            Assert((up.step != Step.REFRESH) | up.ready | (up.refreshes != 0)),
            Assert((self.refreshes != 0) | (self.since_refresh == self.long)),
            Assert(
                self.mode
                | (up.step != Step.REFRESH)
                | Mux(
                    self.refreshes == 0,
                    up.wait + self.since_precharge == t.rp,
                    up.wait + self.since_refresh == t.rfc,
                )
            ),
            Assert(~fresh | ~self.precharged & (up.refreshes == t.init_refreshes)),
            Assert(~fresh | (self.since_precharge == self.long)),
            Assert(~fresh | (self.since_refresh == self.long)),
            Assert(self.mode | (self.since_row == self.long) & (self.since_mode == self.long)),
            Assert(self.mode | (self.since_write == self.long)),
            Assert(dut.filling | self.mode),
            Assert(self.mode | (dut.pages.page == 0)),
        ]  # fmt: skip

    def _banks(self, m: Module) -> None:
        """Counters of the controller are the ages that rules ask for."""
        t, up, dut = self.dut.timing, self.dut.upkeep, self.dut
        at_rest = (up.step == Step.REFRESH) | (up.step == Step.MODE) | ~self.mode
        pausing = (up.step == Step.REFRESH) | (up.step == Step.MODE)
        m.d.comb += [
            Assert(dut.apart + self.since_row >= t.rrd),
            _counts(dut.recovering, self.since_write, t.wr),
            Assert((up.step != Step.REFRESH) | (up.wait + self.since_precharge >= t.rp)),
            Assert((up.step != Step.MODE) | (self.since_precharge >= t.rp)),
            Assert(~pausing | (self.since_write >= t.wr)),
        ]
        opened = [since_open == self.since_row for since_open, *_ in self.ages]
        m.d.comb += Assert(Cat(opened).any())
        for bank, is_open, ages in zip(dut.banks, self.opens, self.ages, strict=True):
            since_open, since_read_close, since_write_close = ages
            rows = max(t.rc, t.ras, t.rcd)
            m.d.comb += [
                Assert(self.since_row <= since_open),
                Assert(self.since_write <= since_write_close),
                Assert(self.mode | (since_read_close == self.long)),
                Assert(bank.open == is_open),
                Assert(~is_open | ~at_rest),
                Assert(~is_open | (bank.close_left == 0)),
                Assert(~is_open | (self.since_refresh >= t.rfc) & (self.since_mode >= t.mrd)),
                _counts(bank.row_left, since_open, rows),
                Assert(bank.close_left + self.since_precharge >= t.rp),
                Assert(bank.close_left + since_read_close >= 1 + t.rp),
                Assert(bank.close_left + since_write_close >= t.wr + t.rp),
                Assert(
                    (bank.close_left == 0)
                    | (bank.close_left + self.since_precharge == t.rp)
                    | (bank.close_left + since_read_close == 1 + t.rp)
                    | (bank.close_left + since_write_close == t.wr + t.rp)
                ),
                Assert(~pausing | (bank.close_left <= up.wait) | (up.step == Step.MODE)),
                Assert((up.step != Step.MODE) | (bank.close_left == 0)),
                Assert((up.step != Step.REFRESH) | (up.wait + since_open >= t.rc)),
                Assert((up.step != Step.MODE) | (since_open >= t.rc)),
            ]

    def _pages(self, m: Module) -> None:
        """Open are the page of the word, and the next one; both are what the order says."""
        pages = self.dut.pages
        columns = 1 << pages.column_bits
        last = (pages.words - 1) // columns
        after_last = Mux(pages.filling, 0, pages.restart // columns)
        following = Mux(pages.on_last, after_last, (pages.page + 1)[: len(pages.page)])
        bits = self.part.bank_bits
        m.d.comb += [
            Assert(~pages.on_last | (pages.page == last)),
            Assert(~pages.settled | (pages.next_page == following)),
            Assert(~(pages.settled & pages.next_on_last) | (pages.next_page == last)),
        ]
        for k, (is_open, row) in enumerate(zip(self.opens, self.rows, strict=True)):
            here, ahead = pages.page[:bits] == k, pages.next_page[:bits] == k
            m.d.comb += Assert(
                ~is_open
                | (here & (row == pages.page[bits:]))
                | (~here & ahead & pages.settled & (row == pages.next_page[bits:]))
            )

    def _in_time(self, m: Module) -> None:
        """A refresh that is due comes within the interval."""
        t, up = self.dut.timing, self.dut.upkeep
        over = self.since_refresh - t.period
        draining = self.mode & ((up.step == Step.RUN) | (up.step == Step.PRECHARGE)) & (over >= 0)
        pausing = self.mode & (up.step == Step.REFRESH)
        m.d.comb += [
            _counts(up.left, self.since_refresh, t.period),
            Assert(~(self.mode & (up.step == Step.RUN)) | (over <= 0)),
            Assert(~(self.mode & (up.step == Step.PRECHARGE)) | ((over > 0) & (over < t.settle))),
            Assert((up.step != Step.MODE) | (up.wait + self.since_refresh == t.rfc)),
            Assert(~pausing | (up.wait + self.since_precharge == t.rp)),
            Assert(~pausing | (over - self.since_precharge < t.settle)),
            Assert(~pausing | (over >= self.since_precharge)),
            Assert(~draining | (self.since_row > over)),
            Assert(~draining | (self.since_write > over)),
            Assert(~draining | (self.since_precharge >= t.rp)),
        ]
        for _, since_read_close, since_write_close in self.ages:
            m.d.comb += [
                Assert(~draining | (since_read_close > over)),
                Assert(~draining | (since_write_close > over)),
            ]


def _counts(left: Value, age: Value, cycles: int) -> Assert:
    """A counter goes down from so many cycles while an age goes up."""
    return Assert(Mux(age < cycles, left + age == cycles, left == 0))
