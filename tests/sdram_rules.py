"""The command rules of an SDRAM as assertions about `SdramCommands`, for proofs.

Written from the rules alone: of the design it sees the commands and the address of the word.
"""

from amaranth.hdl import Array, Assert, Cat, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from hwgen.rtl.sdram_commands import SdramCommands
from hwgen.sizes.sdram_part import SdramPart, SdramTiming

__all__ = ["SdramRules"]


class SdramRules(wiring.Component):
    """All rules, for any times at which words come and are taken, and resets at any time.

    Parameters
    ----------
    part : SdramPart
    timing : SdramTiming
        What the part asks for.
    given : SdramTiming, optional
        What the controller is made for; by default the same.
    words, restart : int
        As of `SdramPages`.
    """

    def __init__(self, *, part: SdramPart, timing: SdramTiming, words: int, restart: int,
                 given: SdramTiming | None = None):  # fmt: skip
        self.part = part
        self.timing = timing
        self.dut = SdramCommands(part=part, timing=given or timing, words=words, restart=restart)
        super().__init__({"may_write": In(1), "may_read": In(1)})

    def elaborate(self, platform):
        m = Module()
        t = self.timing
        m.submodules.dut = dut = self.dut
        m.d.comb += [dut.may_write.eq(self.may_write), dut.may_read.eq(self.may_read)]
        banks = 1 << self.part.bank_bits
        long = t.interval + 1  # no rule looks further back

        def age(name: str, event: Value) -> Signal:
            """Cycles since an event, in the cycle of the next command: 1 in the cycle after it."""
            cycles = Signal(range(long + 1), init=long, name=name)
            with m.If(event):
                m.d.sync += cycles.eq(1)
            with m.Elif(cycles != long):
                m.d.sync += cycles.eq(cycles + 1)
            m.d.comb += Assert((cycles != 0) & (cycles <= long))
            return cycles

        def rule(condition: Value, claim: Value) -> None:
            m.d.comb += Assert(~condition | claim)

        auto = dut.a[10]
        access = dut.read | dut.write
        commands = Cat(dut.activate, dut.precharge, dut.refresh, dut.set_mode, dut.read, dut.write)
        rule(commands.any(), (commands & (commands - 1))[: len(commands)] == 0)
        rule(dut.write, self.may_write)
        rule(dut.read, self.may_read)
        rule(dut.precharge, auto)  # of all banks

        since_row = age("since_row", dut.activate)
        since_write = age("since_write", dut.write)
        since_precharge = age("since_precharge", dut.precharge)
        since_refresh = age("since_refresh", dut.refresh)
        since_mode = age("since_mode", dut.set_mode)
        since_start = Signal(range(t.power_up + 1))
        refreshes = Signal(range(t.init_refreshes + 1))
        mode, precharged = Signal(), Signal()
        with m.If(since_start != t.power_up):
            m.d.sync += since_start.eq(since_start + 1)
        with m.If(dut.refresh & (refreshes != t.init_refreshes)):
            m.d.sync += refreshes.eq(refreshes + 1)
        m.d.sync += [mode.eq(mode | dut.set_mode), precharged.eq(precharged | dut.precharge)]

        rule(commands.any(), since_start == t.power_up)
        rule(commands.any(), since_refresh >= t.rfc)
        rule(commands.any(), since_mode >= t.mrd)
        rule(dut.refresh | dut.set_mode, precharged)
        rule(dut.set_mode, refreshes == t.init_refreshes)
        rule(dut.set_mode, (dut.a == t.cas << 4) & (dut.ba == 0))
        rule(dut.activate | access, mode)
        rule(dut.activate, since_row >= t.rrd)
        rule(dut.precharge, since_write >= t.wr)
        # Data stays: from a refresh to the next, and whenever a word is read or written.
        rule(mode, since_refresh <= t.interval)

        opens, rows, ages = [], [], []
        to_idle = dut.refresh | dut.set_mode
        for k in range(banks):
            here = dut.ba == k
            is_open = Signal(name=f"open{k}")
            row = Signal(self.part.row_bits, name=f"row{k}")
            since_open = age(f"since_open{k}", dut.activate & here)
            since_read_close = age(f"since_read_close{k}", dut.read & auto & here)
            since_write_close = age(f"since_write_close{k}", dut.write & auto & here)
            closed = (
                (since_precharge >= t.rp)
                & (since_read_close >= 1 + t.rp)
                & (since_write_close >= t.wr + t.rp)
            )
            with m.If(dut.activate & here):
                m.d.sync += [is_open.eq(1), row.eq(dut.a)]
            with m.If(dut.precharge | (access & auto & here)):
                m.d.sync += is_open.eq(0)
            rule(dut.activate & here, ~is_open & closed & (since_open >= t.rc))
            rule(to_idle, ~is_open & closed & (since_open >= t.rc))
            rule(access & here, is_open & (since_open >= t.rcd))
            rule(dut.read & auto & here, since_open + 1 >= t.ras)
            rule(dut.write & auto & here, since_open + t.wr >= t.ras)
            rule(dut.precharge & is_open, since_open >= t.ras)
            # One that has begun by itself is not cut short.
            rule(dut.precharge & ~is_open, closed)
            opens.append(is_open)
            rows.append(row)
            ages.append((since_open, since_read_close, since_write_close))

        # The word is the right one: of the row that is open.
        page, column = dut.pages.page, dut.pages.column
        bank_bits = self.part.bank_bits
        rule(access, dut.ba == page[:bank_bits])
        rule(access, Array(rows)[dut.ba] == page[bank_bits:])
        rule(access, dut.a[: self.part.column_bits] == column)
        # For what builds on the rules.
        self.long = long
        self.opens, self.rows, self.ages = opens, rows, ages
        self.since_row, self.since_write, self.since_precharge = (
            since_row,
            since_write,
            since_precharge,
        )
        self.since_refresh, self.since_mode, self.since_start = (
            since_refresh,
            since_mode,
            since_start,
        )
        self.refreshes, self.mode, self.precharged = refreshes, mode, precharged
        return m
