"""Whether a placed design fits, in a sentence."""

from hwgen.synth.outcome import Outcome, Placed, best_hz, verdict
from hwgen.synth.reports import Cells

SLOW = Placed(1, 23_500_000, 900, None)
FAST = Placed(2, 31_000_000, 900, None)
LOST = Placed(3, None, None, "Unable to place cell 'a'")


def test_one_seed_that_meets_the_clock_is_enough():
    assert best_hz([SLOW, FAST, LOST]) == 31_000_000
    assert verdict([SLOW, FAST, LOST], 31) is None


def test_a_clock_that_is_missed_is_said_with_how_much():
    assert verdict([SLOW, LOST], 24) == "reaches 23.50 MHz of 24 MHz (0.50 MHz short)"


def test_a_design_that_no_seed_places_is_said_with_the_reason():
    assert verdict([LOST, LOST], 24) == "cannot be placed and routed: Unable to place cell 'a'"


def test_a_design_without_paths_between_registers_meets_any_clock():
    assert verdict([Placed(1, None, 9, None)], 400) is None


def test_the_result_has_exactly_the_keys_that_other_programs_read():
    cells = Cells(lut4=1, logic_cells=2, ff=3, ebr=4, spram=5, dsp=6)
    outcome = Outcome(cells, (SLOW, FAST), None, "", {"yosys": "0"})
    result = outcome.to_json(1.23456)
    assert list(result) == [
        "lut4", "logic_cells", "ff", "ebr", "spram", "dsp", "fmax_hz", "fits", "seeds", "tools",
        "seconds",
    ]  # fmt: skip
    assert result["fmax_hz"] == 31_000_000
    assert result["fits"] is True
    assert result["seeds"][0] == {
        "seed": 1, "fmax_hz": 23_500_000, "logic_cells": 900, "error": None,
    }  # fmt: skip
