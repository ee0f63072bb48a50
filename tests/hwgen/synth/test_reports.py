"""Figures read from recorded reports of nextpnr."""

import json

import pytest

from hwgen.errors import ToolError
from hwgen.families.devices import FAMILIES
from hwgen.synth.reports import (
    Cells,
    Use,
    first_error,
    parse_cells,
    parse_fmax,
    parse_use,
    shortages,
)

ICE40, ECP5 = (FAMILIES[name].packing for name in ("ice40", "ecp5"))

ICE40_LOG = """Info: Packing LUT-FFs..
Info:     4448 LCs used as LUT4 only
Info:     1258 LCs used as LUT4 and DFF
Info: Packing non-LUT FFs..
Info:      200 LCs used as DFF only
Info: Packing carries..
Info:      328 LCs used as CARRY only
Info: Packing indirect carry+LUT pairs...
Info:      110 LUTs merged into carry LCs
Info: Checksum: 0x8f60c8e1

Info: Device utilisation:
Info: \t         ICESTORM_LC:    6258/   5280   118%
Info: \t        ICESTORM_RAM:      56/     30   186%
Info: \t               SB_IO:      48/     39   123%
Info: \t        ICESTORM_DSP:       3/      8    37%
Info: \t      ICESTORM_SPRAM:       2/      4    50%
"""
ECP5_LOG = """Info: Logic utilisation before packing:
Info:     Total LUT4s:      8326/83640     9%
Info:         logic LUTs:   5532/83640     6%
Info:      Total DFFs:      1648/83640     1%
Info: Device utilisation:
Info: \t              DP16KD:      13/    208     6%
Info: \t          MULT18X18D:       8/    156     5%
Info: \t        TRELLIS_COMB:    8882/  83640    10%
"""


def test_an_ice40_report_gives_each_figure():
    assert parse_cells(ICE40_LOG, ICE40) == Cells(
        lut4=4448 + 1258, logic_cells=6258, ff=1258 + 200, ebr=56, spram=2, dsp=3
    )


def test_an_ecp5_report_gives_each_figure_and_no_spram():
    assert parse_cells(ECP5_LOG, ECP5) == Cells(
        lut4=8326, logic_cells=8882, ff=1648, ebr=13, spram=0, dsp=8
    )


def test_a_kind_of_cell_that_a_small_device_lacks_counts_as_none():
    lines = [line for line in ICE40_LOG.splitlines() if "DSP" not in line and "SPRAM" not in line]
    cells = parse_cells("\n".join(lines), ICE40)
    assert (cells.spram, cells.dsp) == (0, 0)


@pytest.mark.parametrize(
    ("log", "packing", "sentence"),
    [
        ("", ICE40, r"^nextpnr's log has no device utilisation$"),
        (ECP5_LOG, ICE40, r"^nextpnr's log has no ICESTORM_LC$"),
        (
            ICE40_LOG.replace("DFF only", "DFFs"),
            ICE40,
            r"^nextpnr's log does not say the number of DFF only$",
        ),
        (
            ECP5_LOG.replace("Total DFFs", "DFFs"),
            ECP5,
            r"^nextpnr's log does not say the number of DFFs$",
        ),
    ],
)
def test_a_report_without_a_figure_is_refused(log, packing, sentence):
    with pytest.raises(ToolError, match=sentence):
        parse_cells(log, packing)


def test_what_is_short_is_said_with_its_amount_and_pins_are_left_out():
    assert shortages(parse_use(ICE40_LOG), ICE40) == [
        "6,258 of 5,280 logic cells (978 short)",
        "56 of 30 block RAMs (26 short)",
    ]
    assert shortages(parse_use(ECP5_LOG), ECP5) == []
    assert shortages({"ICESTORM_LC": Use(1280, 1280)}, ICE40) == []


def test_the_slowest_clock_domain_counts():
    clocks = {"a": {"achieved": 61.5, "constraint": 24}, "b": {"achieved": 48.25, "constraint": 24}}
    assert parse_fmax(json.dumps({"fmax": clocks})) == 48.25
    assert parse_fmax('{"fmax": {}}') is None


@pytest.mark.parametrize("report", ["", "[]", "{}", '{"fmax": {"a": {}}}', '{"fmax": [1]}'])
def test_a_report_of_another_form_is_refused(report):
    with pytest.raises(ToolError, match=r"^nextpnr's report is not one that is understood$"):
        parse_fmax(report)


def test_the_first_error_of_a_log_is_found_and_else_its_last_line():
    assert first_error("Info: x\nERROR: Unable to place cell 'a'.\nERROR: more\nend\n") == (
        "Unable to place cell 'a'"
    )
    assert first_error("wasm trap\n\n") == "wasm trap"
    assert first_error("") == "no output"
