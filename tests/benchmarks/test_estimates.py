"""Estimates beside what was measured: stored figures, the documents, and the fit."""

import json
from pathlib import Path

import pytest

import benchmarks.calibration as module
from benchmarks.calibration import digest_of, fit, fit_designs, measure_units
from benchmarks.estimated_designs import DESIGNS, NUMBER_DESIGNS, compare
from benchmarks.estimates import RESULTS, markdown, numbers_markdown, units_markdown
from benchmarks.unit_samples import samples
from hwgen.estimates.estimate import CALIBRATION_FILE
from hwgen.families.devices import FAMILIES

MEASURED = json.loads(RESULTS.read_text())
PAGE = (Path(__file__).parents[2] / "docs" / "estimates.md").read_text()


def test_the_page_has_the_tables_that_the_command_prints():
    assert markdown(MEASURED["designs"]) in PAGE
    assert numbers_markdown(MEASURED["designs"]) in PAGE
    assert units_markdown(MEASURED["units"]) in PAGE


def test_what_is_stored_of_designs_is_what_is_measured():
    assert [
        (d.network, d.device, d.cycles, d.clock_mhz, d.products)
        for d in (*DESIGNS, *NUMBER_DESIGNS)
    ] == [
        (row["network"], row["device"], row["asked_cycles"], row["clock_mhz"], row["products"])
        for row in MEASURED["designs"]
    ]


@pytest.mark.parametrize(
    "row",
    [row for row in MEASURED["designs"] if row["network"] in ("tiny", "strip", "face-BBBC")],
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


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_units_are_the_same_every_time_and_of_all_kinds(family):
    first, second = samples(family), samples(family)
    assert [s.unit for s in first] == [s.unit for s in second]
    assert {s.kind for s in first} >= {
        "matrix", "window", "pool", "pack", "unpack", "scores", "fifo", "reorder", "levels",
        "threshold", "slice", "integer matrix", "requantise", "combine", "join", "fork", "deal",
        "map", "sums",
    }  # fmt: skip
    found = [row["kind"] for row in MEASURED["units"][family.name]]
    assert [s.kind for s in first] == found


def test_units_whose_hardware_is_what_it_was_are_not_packed_again(monkeypatch):
    monkeypatch.setattr(module, "packed", lambda *_: pytest.fail("was packed"))
    family = FAMILIES["ice40"]
    chosen = samples(family)[::40]
    rows = MEASURED["units"][family.name][::40]
    monkeypatch.setattr(module, "samples", lambda family: chosen)
    assert measure_units([family], {family.name: rows}, lambda step: None) == {family.name: rows}
    assert digest_of(chosen[0], family) != digest_of(chosen[0], FAMILIES["ecp5"])


def test_rare_counts_are_fitted_to_what_is_left_of_the_units_that_have_them():
    plain = [{"one": 1.0, "bits": float(n)} for n in (10, 20, 30, 40)]
    rare = [{"one": 1.0, "bits": 10.0, "numbers": float(n)} for n in (5, 15)]
    cells = [round(8 + 2 * f["bits"] + 5 * f.get("numbers", 0)) for f in (*plain, *rare)]
    found = module._fit_kind("pool", [*plain, *rare], cells)
    assert found == pytest.approx({"one": 8, "bits": 2, "numbers": 5}, abs=0.1)
    # What others take does not depend on them.
    alone = module._fit_kind("pool", plain, cells[:4])
    assert {k: found[k] for k in alone} == alone


def test_designs_that_are_a_constant_and_a_part_of_their_units_are_found_so():
    units = [100, 500, 2_000, 9_000]
    found = fit_designs(units, [20 + round(0.9 * n) for n in units])
    assert found == pytest.approx({"one": 20, "units": 0.9}, abs=10)
    assert found["units"] == pytest.approx(0.9, abs=0.01)
    assert fit_designs([], []) == {"one": 0.0, "units": 1.0}
