"""Estimates beside what was measured: stored figures, the documents, and the fit."""

import json
from pathlib import Path

import pytest

from benchmarks.calibration import fit, fit_designs
from benchmarks.estimated_designs import DESIGNS, compare
from benchmarks.estimates import RESULTS, markdown, units_markdown
from benchmarks.unit_samples import FAMILIES, samples
from hwgen.estimates.estimate import CALIBRATION_FILE

MEASURED = json.loads(RESULTS.read_text())
PAGE = (Path(__file__).parents[2] / "docs" / "estimates.md").read_text()


def test_the_page_has_the_tables_that_the_command_prints():
    assert markdown(MEASURED["designs"]) in PAGE
    assert units_markdown(MEASURED["units"]) in PAGE


def test_what_is_stored_of_designs_is_what_is_measured():
    assert [(d.network, d.device, d.cycles, d.clock_mhz) for d in DESIGNS] == [
        (row["network"], row["device"], row["asked_cycles"], row["clock_mhz"])
        for row in MEASURED["designs"]
    ]


@pytest.mark.parametrize(
    "row",
    [row for row in MEASURED["designs"] if row["network"] in ("tiny", "strip", "zeros")],
    ids=lambda row: f"{row['network']}-{row['device']}",
)
def test_a_stored_estimate_is_that_of_today(row):
    assert compare(row) == row


def test_the_calibration_is_what_the_units_measured_give():
    stored, fitted = json.loads(CALIBRATION_FILE.read_text()), fit(MEASURED["units"])
    for family, kinds in fitted.items():
        for kind in kinds.keys() - {"design"}:
            for what, coefficients in kinds[kind].items():
                assert stored[family][kind][what] == pytest.approx(coefficients, abs=0.02)
                assert min(coefficients.values(), default=0) >= 0


@pytest.mark.parametrize("family", FAMILIES)
def test_units_are_the_same_every_time_and_of_all_kinds(family):
    first, second = samples(family), samples(family)
    assert [s.unit for s in first] == [s.unit for s in second]
    assert {s.kind for s in first} >= {
        "matrix", "window", "pool", "pack", "unpack", "scores", "fifo", "reorder", "levels",
        "threshold", "slice",
    }  # fmt: skip


def test_designs_that_are_a_constant_and_a_part_of_their_units_are_found_so():
    units = [100, 500, 2_000, 9_000]
    found = fit_designs(units, [20 + round(0.9 * n) for n in units])
    assert found == pytest.approx({"one": 20, "units": 0.9}, abs=10)
    assert found["units"] == pytest.approx(0.9, abs=0.01)
    assert fit_designs([], []) == {"one": 0.0, "units": 1.0}
