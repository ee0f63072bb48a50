from dataclasses import replace
from pathlib import Path

import pytest

from hwgen.sizes.sdram_part import BOARD_SDRAMS, SDRAM_PARTS, SdramPart, SdramTiming, slowest

ULX3S = BOARD_SDRAMS["ulx3s"]


def test_times_become_cycles_that_are_no_shorter():
    # At 50 MHz a cycle is 20 ns.
    assert SdramTiming.at(ULX3S, 50) == SdramTiming(
        power_up=10_000, rcd=1, rp=1, ras=3, rc=4, rrd=2, rfc=4, wr=2, mrd=2, interval=390, cas=2,
        init_refreshes=8,
    )  # fmt: skip
    timing = SdramTiming.at(ULX3S, 133)
    assert (timing.rcd, timing.ras, timing.rfc, timing.interval, timing.cas) == (3, 6, 10, 1039, 3)


@pytest.mark.parametrize("board", BOARD_SDRAMS)
@pytest.mark.parametrize("mhz", [16, 25, 33.3, 48, 50.25, 66.6, 100, 133])
def test_a_refresh_that_waits_its_longest_still_comes_in_time(board, mhz):
    timing = SdramTiming.at(BOARD_SDRAMS[board], mhz)
    assert timing.period - 1 + timing.settle + timing.rp == timing.interval
    assert timing.interval * 1000 / mhz <= BOARD_SDRAMS[board].trefi
    assert 0.94 < timing.words_per_cycle(BOARD_SDRAMS[board]) < 1


def test_a_board_has_the_figures_of_the_slowest_of_its_parts():
    for part in (SDRAM_PARTS[n] for n in ("mt48lc16m16a2-75", "w9825g6kh-6", "is42s16160g-7")):
        for name in ("trcd", "trp", "tras", "trc", "trrd", "trfc", "twr", "tmrd", "tck2", "tck3"):
            assert getattr(ULX3S, name) >= getattr(part, name)
        assert ULX3S.trefi <= part.trefi
    assert [b.words * b.data_bits // 8 >> 20 for b in BOARD_SDRAMS.values()] == [32, 4, 8]


def test_a_clock_that_a_part_cannot_do_is_refused():
    for mhz in (0, -3, 134):
        message = rf"^clock_mhz must be above 0 and at most 133\.3, not {mhz}$"
        with pytest.raises(ValueError, match=message):
            SdramTiming.at(ULX3S, mhz)
    with pytest.raises(ValueError, match=r"^clock_mhz must be higher to refresh ulx3s in time, "):
        SdramTiming.at(ULX3S, 3)


def test_parts_that_cannot_be_are_refused():
    cases = {
        "data_bits": (8, r"^data_bits must be a multiple of 16, not 8$"),
        "bank_bits": (0, r"^bank_bits must be positive, not 0$"),
        "column_bits": (11, r"^column_bits must be 10 or less, not 11$"),
    }
    for name, (value, message) in cases.items():
        with pytest.raises(ValueError, match=message):
            replace(ULX3S, **{name: value})
    message = r"^parts must be of one geometry, not ulx3s, colorlight$"
    with pytest.raises(ValueError, match=message):
        slowest("both", ULX3S, BOARD_SDRAMS["colorlight"])


def test_address_pins_reach_to_the_one_that_asks_for_a_precharge():
    assert isinstance(ULX3S, SdramPart)
    assert ULX3S.address_pins == 13
    assert replace(ULX3S, row_bits=9).address_pins == 11


def test_the_document_prints_these_figures():
    page = (Path(__file__).parents[3] / "docs" / "board.md").read_text(encoding="utf-8")
    timings = [SdramTiming.at(ULX3S, mhz) for mhz in (20, 25, 50, 75, 100, 133)]
    rows = [
        ("cycles of a refresh, and between two",
         *(f"{t.refresh_cycles} of {t.interval:,}" for t in timings)),
        ("the longest gap between reads", *(str(t.longest_gap) for t in timings)),
        ("words a cycle, at the least",
         *(f"{int(t.words_per_cycle(ULX3S) * 1000) / 1000:.3f}" for t in timings)),
    ]  # fmt: skip
    assert [row for row in rows if f"| {' | '.join(row)} |" not in page] == []
    for part in BOARD_SDRAMS.values():
        times = [f"{x:g} ns" for x in (part.trcd, part.trp, part.tras, part.trc, part.trfc)]
        refresh = f"{part.trefi / 1000:.3g} us"
        assert f"| {part.words:,} | {' | '.join([*times, refresh])} |" in page
