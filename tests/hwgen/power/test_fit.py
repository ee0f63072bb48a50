"""Coefficients are what priors and measurements make of each other."""

import json

import numpy as np
import pytest

from hwgen.families.devices import PARTS
from hwgen.power.events import CLOCK_CYCLE, EVENTS
from hwgen.power.fit import (
    MEASUREMENTS_FILE,
    NAMES,
    coefficients,
    fitted,
    measurements,
)
from hwgen.power.priors import PRIORS


def root_mean_square(errors):
    return float(np.sqrt(np.mean(np.square(errors))))


def test_left_out_measurements_are_met_within_a_fifth():
    errors = [fitted(m.part, {m.name}).watts(m.terms) / m.watts - 1 for m in measurements()]
    assert len(errors) >= 6
    assert max(map(abs, errors)) < 0.2
    assert root_mean_square(errors) < 0.1


def test_a_measurement_that_is_wrong_is_seen_by_the_others():
    by_name = {m.name: m for m in measurements()}
    wrong = by_name["24 bits, HFOSC 48 MHz"]
    error = fitted(wrong.part, {wrong.name}).watts(wrong.terms) / (2 * wrong.watts) - 1
    assert error < -0.4


def test_an_accelerator_is_met_by_coefficients_from_counters_and_products_alone():
    names = {m.name for m in measurements() if m.source == "marlann"}
    for m in measurements():
        if m.name in names:
            found = fitted(m.part, names)
            assert abs(found.watts(m.terms) / m.watts - 1) < found.uncertainty(m.terms) + 0.1


def test_each_measurement_has_a_source_that_says_who_measured_what():
    data = json.loads(MEASUREMENTS_FILE.read_text())
    for entry in data["measurements"]:
        source = data["sources"][entry["source"]]
        assert source["address"].startswith("https://")
        assert source["measured"]
        assert entry["counts"] in data["counts"]
    assert len({entry["name"] for entry in data["measurements"]}) == len(data["measurements"])


def test_what_is_measured_is_surer_than_it_was():
    known = coefficients("up5k")
    spread = dict(zip(NAMES, np.sqrt(np.diag(known.covariance)), strict=True))
    for name in (CLOCK_CYCLE, "lut", "ram read", "static"):
        assert spread[name] < PRIORS[name].spread
    assert spread["weight bit"] == pytest.approx(PRIORS["weight bit"].spread)


@pytest.mark.parametrize("part", sorted(PARTS))
def test_each_part_has_coefficients(part):
    known = coefficients(part)
    assert np.all(np.linalg.eigvalsh(known.covariance) > 0)
    assert known.watts({"static": 1.0}) > 5e-5
    for event in EVENTS:
        assert 0 < known.watts({event: 1.0}) < 1e-8
        assert known.uncertainty({event: 1.0}) > 0


def test_of_parts_that_nobody_measured_less_is_known():
    for event in EVENTS:
        ecp5 = coefficients("ecp5-25").uncertainty({event: 1.0})
        assert ecp5 >= coefficients("up5k").uncertainty({event: 1.0})


def test_nothing_takes_nothing():
    assert coefficients("up5k").watts({}) == 0
    assert coefficients("up5k").uncertainty({}) == 0
