# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
import os
from dataclasses import replace

import pytest
from amaranth.hdl import Assert, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from hwgen.rtl.sdram import SdramReader
from hwgen.sizes.sdram_part import BOARD_SDRAMS, SdramPart, SdramTiming
from tests.formal_proof import prove
from tests.sdram_bench import Trial, run_trials

CYCLES = int(os.environ.get("HWGEN_SDRAM_CYCLES", "20000"))
ULX3S, COLORLIGHT = BOARD_SDRAMS["ulx3s"], BOARD_SDRAMS["colorlight"]

# At 100 MHz a clock is 10 ns. No time follows from the others, and pages of four words bring all
# that can come close together.
TIGHT = SdramPart("tight", data_bits=16, bank_bits=1, row_bits=4, column_bits=2, trcd=30, trp=20,
                  tras=60, trc=110, trrd=40, trfc=80, twr=25, twr_clocks=3, tmrd=50, trefi=2000,
                  tck2=10, tck3=7, power_up=500)  # fmt: skip
TIMING = SdramTiming.at(TIGHT, 100)

GOOD = {
    "ulx3s": Trial(ULX3S, 50, 100, 3000, "always", "always"),
    "ulx3s, mostly": Trial(replace(ULX3S, power_up=900), 50, 0, 900, "random", "mostly"),
    "ulx3s, slow clock": Trial(replace(ULX3S, power_up=900), 20, 600, 1, "rare", "always"),
    "colorlight, clock in phase": Trial(
        replace(COLORLIGHT, power_up=900), 100, 3, 500, "waves", "waves", in_phase=True
    ),
    "colorlight, fast clock": Trial(
        replace(COLORLIGHT, power_up=900), 133, 255, 258, "random", "random"
    ),
    "tight": Trial(TIGHT, 100, 5, 12, "random", "random"),
    "tight, long rows": Trial(replace(TIGHT, column_bits=5), 100, 500, 511, "random", "always"),
    "tight, one page": Trial(TIGHT, 100, 2, 1, "always", "always", depth=3),
    "tight, reset": Trial(TIGHT, 100, 0, 128, "always", "waves", reset_at=7001),
}

PLANTED = {
    "POWER": {"power_up": TIMING.power_up - 10},
    "INIT": {"init_refreshes": TIMING.init_refreshes - 1},
    "RCD": {"rcd": TIMING.rcd - 1},
    "RP": {"rp": TIMING.rp - 1},
    "RAS": {"ras": TIMING.ras - 1},
    "RC": {"rc": TIMING.rc - 1},
    "RRD": {"rrd": TIMING.rrd - 1},
    "RFC": {"rfc": TIMING.rfc - 1},
    "WR": {"wr": TIMING.wr - 1},
    "MRD": {"mrd": TIMING.mrd - 1},
    "REFRESH": {"interval": TIMING.interval + TIMING.settle},
}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """All trials, of which those with a fault are named by the rule that they break."""
    trials = dict(GOOD)
    for rule, change in PLANTED.items():
        # Only in a row that is open for long is its precharge kept waiting by a word written.
        base = GOOD["tight, long rows" if rule == "WR" else "tight"]
        trials[rule] = replace(base, timing=replace(TIMING, **change))
    trials["MODE"] = replace(
        GOOD["tight"], clock_mhz=125, timing=replace(SdramTiming.at(TIGHT, 125), cas=2)
    )
    trials["captured too early"] = replace(GOOD["tight"], capture_cycles=TIMING.cas - 1)
    trials["captured too late"] = replace(GOOD["tight"], capture_cycles=TIMING.cas + 1)
    results = run_trials(list(trials.values()), CYCLES, tmp_path_factory.mktemp("sdram"))
    return dict(zip(trials, results, strict=True))


@pytest.mark.parametrize("name", GOOD)
def test_words_come_back_in_order_and_no_rule_is_broken(found, name):
    trial, result = GOOD[name], found[name]
    assert result.broken == frozenset()
    assert (result.violations, result.wrong) == (0, 0)
    assert result.sent == trial.load_words + trial.packet_words
    assert result.taken > trial.load_words + 2 * trial.packet_words


@pytest.mark.parametrize("rule", [*PLANTED, "MODE"])
def test_a_time_cut_by_a_cycle_is_found(found, rule):
    assert rule in found[rule].broken


@pytest.mark.parametrize("name", ["captured too early", "captured too late"])
def test_words_taken_in_the_wrong_cycle_are_found(found, name):
    assert found[name].broken == frozenset()
    assert found[name].wrong > 100


def test_a_consumer_that_is_always_ready_loses_what_is_stated(found):
    trial, result = GOOD["ulx3s"], found["ulx3s"]
    timing = trial.cycles_of_part
    rate = result.taken / result.streaming
    assert float(timing.words_per_cycle(ULX3S)) - 0.003 < rate < 0.98
    assert result.gap <= timing.longest_gap


def test_a_consumer_that_is_slower_sees_no_refresh(found):
    assert GOOD["ulx3s, mostly"].depth >= GOOD["ulx3s, mostly"].cycles_of_part.longest_gap + 8
    assert found["ulx3s, mostly"].gap == 0


class RoomProof(wiring.Component):
    """The queue has room for each word that comes, with resets at any time."""

    def __init__(self, *, depth: int, broken: bool = False):
        part = replace(TIGHT, column_bits=1, row_bits=1)
        timing = replace(TIMING, power_up=2, init_refreshes=1)
        self.dut = SdramReader(
            part=part, clock_mhz=100, load_words=1, packet_words=6, depth=depth, timing=timing
        )
        self.broken = broken
        super().__init__({"i_valid": In(1), "o_ready": In(1)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.dut = dut = self.dut
        on_their_way = sum(dut.coming[k] for k in range(len(dut.coming)))
        room = dut.room + self.broken
        m.d.comb += [
            dut.i.valid.eq(self.i_valid),
            dut.o.ready.eq(self.o_ready),
            Assert(~dut.queue.i.valid | dut.queue.i.ready),
            Assert(room + on_their_way + dut.queue.level == dut.depth),
        ]
        return m


def test_the_queue_never_overflows(tmp_path):
    prove(tmp_path, {f"room{n}": RoomProof(depth=n) for n in (3, 8)}, induct=True)


def test_a_wrong_count_of_room_is_noticed(tmp_path):
    with pytest.raises(AssertionError, match="proof did fail"):
        prove(tmp_path, {"room": RoomProof(depth=3, broken=True)}, induct=True)


def test_bad_parameters_are_refused():
    good = {"part": TIGHT, "clock_mhz": 100, "load_words": 4, "packet_words": 9}
    cases = {
        "load_words": (-1, r"^load_words must be 0 or more, not -1$"),
        "packet_words": (0, r"^packet_words must be positive, not 0$"),
        "depth": (2, r"^depth must be 3 or more, not 2$"),
        "capture_cycles": (0, r"^capture_cycles must be positive, not 0$"),
        "clock_mhz": (150, r"^clock_mhz must be above 0 and at most 142\.9, not 150$"),
    }
    for name, (value, message) in cases.items():
        with pytest.raises(ValueError, match=message):
            SdramReader(**{**good, name: value})
    message = r"^load_words and packet_words must be at most 128 together, not 129$"
    with pytest.raises(ValueError, match=message):
        SdramReader(**{**good, "packet_words": 125})
