"""What a design takes of its device, in words."""

from hwgen.report.resources import resource_lines

FOUND = {"logic_cells": 4907, "lut4": 4500, "ff": None, "ebr": 26, "spram": 1, "dsp": 8}


def test_logic_is_estimated_and_memories_and_multipliers_are_counted():
    assert resource_lines("up5k", FOUND) == [
        "about 4,907 of 5,280 logic cells of up5k, estimated",
        "26 of 30 block RAMs, 1 of 4 SPRAMs, 8 of 8 DSPs of up5k",
    ]


def test_what_a_device_lacks_is_left_out():
    assert resource_lines("ecp5-12", FOUND)[1] == "26 of 56 block RAMs, 8 of 28 DSPs of ecp5-12"


def test_what_is_counted_is_told_where_logic_is_unknown():
    assert resource_lines("up5k", FOUND | {"logic_cells": None}) == [
        "an unknown number of 5,280 logic cells of up5k",
        "26 of 30 block RAMs, 1 of 4 SPRAMs, 8 of 8 DSPs of up5k",
    ]


def test_without_a_device_there_is_nothing_to_take():
    assert resource_lines("generic", dict.fromkeys(FOUND)) == []
