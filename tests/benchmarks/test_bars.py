"""Tests for the benchmarks' pure parts; nothing is measured here."""

import io
import sys

import pytest
from rich.console import Console

from benchmarks.bars import BARS, judge, table
from benchmarks.plans import busy_lanes, lanes_of
from benchmarks.tools import call
from hwgen.design import make_design
from hwgen.errors import ToolError
from hwgen.model import Builder
from hwgen.plan.units import MatrixPlan
from sim.cycle import steady_state

PLANS = [
    {"asked_cycles": target, "interval_cycles": target or 20_000, "busy": 0.97}
    for target in (None, 33_000, 17_000, 2_048, 1_024)
]


def holds(details: dict) -> list[bool | None]:
    return [row["holds"] for row in judge(details)]


def test_every_bar_is_named_even_where_nothing_was_measured():
    rows = judge({})
    assert [row["name"] for row in rows] == [bar.name for bar in BARS]
    assert all(row["holds"] is None and row["value"] is None for row in rows)
    assert all(row["measured"].startswith("not measured yet: ") for row in rows)


def test_a_failed_measurement_says_why_in_its_rows():
    rows = judge({"errors": {"area": "yosys is missing"}})
    found = [row["measured"] for row in rows if "missing" in row["measured"]]
    assert found == ["not measured yet: yosys is missing"] * 2


def test_the_worst_unit_decides_over_area():
    units = [
        {"family": "ice40", "inputs": inputs, "simd": simd, "cells_per_lane": cells}
        for inputs, simd, cells in (("XNOR", 32, 2.91), ("XNOR", 64, 2.5), ("pixel", 9, 16.0))
    ]
    rows = judge({"area": units})
    assert (rows[0]["holds"], rows[0]["value"]) == (False, 2.91)
    assert rows[1]["holds"] is None


def test_planned_cycles_alone_never_make_a_bar_hold():
    rows = [row for row in judge({"plans": PLANS}) if row["name"].startswith("face on")]
    assert [row["holds"] for row in rows] == [None, None]
    assert all(row["measured"].startswith("planned: ") for row in rows)


def test_a_rate_that_no_folding_reaches_breaks_its_bar():
    plans = [p if p["asked_cycles"] != 2_048 else {**p, "interval_cycles": 4_096} for p in PLANS]
    rows = {row["name"]: row["holds"] for row in judge({"plans": plans})}
    assert rows["face on ECP5-85"] is False
    plans = [p for p in PLANS if p["asked_cycles"] != 2_048]
    plans.append({"asked_cycles": 2_048, "error": "no"})
    rows = {row["name"]: row["measured"] for row in judge({"plans": plans})}
    assert rows["face on ECP5-85"] == "planned: no folding for 2,048 and 1,024 cycles"


@pytest.mark.parametrize(
    ("cycles", "mhz", "verdict"), [(2_048, 80.0, True), (2_049, 90.0, False), (2_048, 79.9, False)]
)
def test_face_on_ecp5_is_held_to_what_was_placed(cycles, mhz, verdict):
    row = {"network": "face", "device": "ecp5-85", "problem": None}
    row |= {"interval_cycles": cycles, "fmax_hz": mhz * 1e6}
    rows = {r["name"]: r for r in judge({"plans": PLANS, "placed": [row]})}
    assert rows["face on ECP5-85"]["holds"] is verdict
    assert rows["face on ECP5-85"]["measured"] == f"placed: {cycles:,} cycles at {mhz:.1f} MHz"


@pytest.mark.parametrize(("mismatches", "verdict"), [(0, True), (1, False)])
def test_one_mismatch_breaks_the_exactness_bar(mismatches, verdict):
    found = {"mismatches": mismatches, "transfers_checked": 10, "streams": 2}
    assert verdict in holds({"exactness": found})
    assert (not verdict) not in holds({"exactness": found})


@pytest.mark.parametrize(
    ("traffic", "name", "least"),
    [
        ("simulators", "simulator, values and cycles, against Verilator -O3", 40),
        ("stalled", "the same under random stalls", 2),
    ],
)
def test_the_simulator_is_held_to_so_many_times_verilator(traffic, name, least):
    for ratio, verdict in ((least, True), (least - 0.01, False)):
        speeds = {
            "sim": {"cycles_per_second": 6_000_000, "ratio_to_verilator": ratio},
            "verilator": {"cycles_per_second": 1_000_000, "ratio_to_verilator": 1.0},
        }
        other = {key: dict(figures, ratio_to_verilator=1.0) for key, figures in speeds.items()}
        details = {"speed": {"simulators": other, "stalled": other, traffic: speeds}}
        (row,) = (row for row in judge(details) if row["name"] == name)
        assert (row["holds"], row["value"]) == (verdict, ratio)
        assert row["measured"].endswith("6,000 k against 1,000 k cycles/s of processor time")


def test_placed_networks_are_held_to_their_efficiency():
    placed = {"network": "LFC", "device": "ecp5-85", "interval_cycles": 1_000, "lut4": 100}
    for macs, verdict in ((20_000, True), (19_999, False)):
        row = placed | {"binary_macs": macs, "problem": None}
        rows = {r["name"]: r for r in judge({"placed": [row]})}
        assert rows["LFC on ECP5-85, the same"]["holds"] is verdict
        assert rows["LFC on ECP5-85, the same"]["value"] == macs / 100_000
        row["problem"] = "reaches 59.90 MHz of 80 MHz (20.10 MHz short)"
        rows = {r["name"]: r for r in judge({"placed": [row]})}
        assert rows["LFC on ECP5-85, the same"]["holds"] is None


def test_the_table_fits_eighty_columns():
    text = io.StringIO()
    Console(file=text, width=80).print(table(judge({"plans": PLANS})))
    lines = text.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert not any("…" in line for line in lines)


def test_lanes_are_busy_in_the_cycles_in_which_their_unit_takes_a_patch():
    builder = Builder("net", height=6, width=6, channels=1)
    builder.conv2d([[[[1]] * 3] * 3] * 4).sign().flatten().dense([[1] * 64] * 2)
    plan = make_design(builder.build()).plan
    _, interval = steady_state(plan)
    units = [u for u in plan.units if isinstance(u, MatrixPlan)]
    assert len(units) == 2
    patches = [
        u.blocks[0] * u.blocks[1] * u.neuron_fold * u.synapse_fold * lanes_of(u) for u in units
    ]
    busy = busy_lanes(plan, interval)
    assert busy == pytest.approx(sum(patches) / (interval * sum(map(lanes_of, units))))
    assert 0 < busy <= 1


def test_a_program_that_fails_is_told_with_its_last_line():
    told: list[str] = []
    command = [sys.executable, "-c", "print('one'); print('two'); raise SystemExit(7)"]
    with pytest.raises(ToolError, match=r"^trying: failed with exit code 7: two$"):
        call(command, told.append, "trying")
    assert told == ["trying"]
    assert call(command, told.append, "trying", good=(0, 7)) == "one\ntwo\n"


def test_a_program_that_is_not_there_is_one_sentence():
    with pytest.raises(ToolError, match=r"^/no/such cannot be run: No such file"):
        call(["/no/such"], lambda text: None, "trying")
