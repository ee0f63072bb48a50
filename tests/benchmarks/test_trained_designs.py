"""Trained networks that were verified on pictures: what is stored, and the page that shows it."""

import json
from pathlib import Path

from benchmarks.trained_designs import PLANNED, RESULTS, markdown

FOUND = json.loads(RESULTS.read_text())
PAGE = (Path(__file__).parents[2] / "docs" / "models.md").read_text()


def test_the_page_has_the_table_that_the_command_prints():
    assert markdown(FOUND) in PAGE


def test_every_network_was_verified_on_as_many_pictures_as_planned_without_a_difference():
    assert {name: row["frames"] for name, row in FOUND.items()} == {
        planned.network: planned.frames for planned in PLANNED
    }
    for planned in PLANNED:
        row = FOUND[planned.network]
        assert row["mismatches"] == 0
        assert row["cycles"] <= planned.cycles
        assert row["transfers"] > row["frames"] * 10_000


def test_a_network_that_was_not_measured_has_no_row():
    assert markdown({}).count("\n") == 1
