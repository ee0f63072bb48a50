"""Where cells are, by the units that they belong to."""

import json

import pytest

from hwgen.errors import ToolError
from hwgen.families.devices import PARTS
from hwgen.synth.floorplan import OTHER, floorplan_of

PACKING = PARTS["up5k"].family.packing
CLOCK = "posedge clk"


def cell(kind, bel):
    return {"type": kind, "attributes": {"NEXTPNR_BEL": bel}}


PLACED = {
    "modules": {
        "top": {
            "cells": {
                "design.conv.acc_LUT4": cell("ICESTORM_LC", "X3/Y2/lc0"),
                "design.conv.pe0.sum_LUT4": cell("ICESTORM_LC", "X3/Y2/lc1"),
                "design.conv_window.bank": cell("ICESTORM_RAM", "X6/Y1/ram"),
                "shifted_LUT4": cell("ICESTORM_LC", "X0/Y9/lc7"),
                "pin": cell("SB_IO", "X0/Y0/io0"),
                "$PACKER_GND": cell("ICESTORM_LC", ""),
            }
        }
    }
}


def step(kind, delay, name):
    return {"type": kind, "delay": delay, "to": {"cell": name}}


def report(*paths):
    return json.dumps({"critical_paths": list(paths)})


PATH = {
    "from": CLOCK, "to": CLOCK,
    "path": [step("clk-to-q", 1.0, "design.conv.a"), step("routing", 0.5, "design.conv.b"),
             step("routing", 0, "design.conv.b"), step("logic", 0.25, "design.conv.c"),
             step("logic", 0.25, "design.conv.d"), step("routing", 2.0, "shifted_x")],
}  # fmt: skip
FASTER = {"from": CLOCK, "to": CLOCK, "path": [step("logic", 1.0, "x")]}
ASYNCHRONOUS = {"from": "<async>", "to": CLOCK, "path": [step("logic", 99.0, "x")]}


def test_cells_are_counted_by_tile_unit_and_kind():
    found = floorplan_of(PLACED, report(), PACKING, ["conv", "conv_window"])
    assert found["cells"] == [
        ["conv", "logic", [3, 2, 2]], ["conv_window", "ram", [6, 1, 1]],
        [OTHER, "logic", [0, 9, 1]],
    ]  # fmt: skip
    assert (found["columns"], found["rows"], found["path"]) == (7, 10, [])


def test_the_slowest_path_of_a_clock_is_told_by_units():
    found = floorplan_of(PLACED, report(FASTER, ASYNCHRONOUS, PATH), PACKING, ["conv"])
    assert found["path"] == [
        ["conv", "logic", 1.0], ["conv", "routing", 0.5], ["conv", "logic", 0.5],
        [OTHER, "routing", 2.0],
    ]  # fmt: skip


@pytest.mark.parametrize("placed", [{}, {"modules": {"a": {}}}, {"modules": 1}])
def test_what_nextpnr_did_not_write_is_an_error(placed):
    with pytest.raises(ToolError, match=r"^nextpnr's placement is not one that is understood$"):
        floorplan_of(placed, report(), PACKING, [])
