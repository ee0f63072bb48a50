"""Which unit counts thresholds: the cheapest that keeps the rate."""

import numpy as np
import pytest

from hwgen.families.devices import find_device
from hwgen.network import Element, Threshold
from hwgen.plan.threshold_unit import form_of, threshold_unit, units_of
from hwgen.plan.unit_price import price_of

ICE40, ECP5 = (find_device(name).family for name in ("up5k", "ecp5-25"))


def stage(count: int, *, channels: int = 8, bits: int = 16, even: bool = False) -> Threshold:
    rng = np.random.default_rng(count)
    low = -(1 << bits - 1)
    step = 1 << bits - 1 - count.bit_length()
    limits = np.sort(rng.integers(low, -low, (channels, count)), axis=1)
    if even:
        limits = low // 2 + rng.integers(0, step, (channels, 1)) + step * np.arange(count)
    shape = (1, 1, channels)
    return Threshold(
        "t", "input", shape, shape, Element(count.bit_length(), False), Element(bits, True),
        limits, np.zeros(channels, np.bool_),
    )  # fmt: skip


@pytest.mark.parametrize("family", [ICE40, ECP5], ids=["ice40", "ecp5"])
def test_few_thresholds_are_compared_at_once_and_many_are_searched(family):
    few, many = stage(2, channels=1), stage(255)
    assert form_of(threshold_unit(few, {"t": few}, 1, family, None)) == "parallel"
    assert form_of(threshold_unit(many, {"t": many}, 1, family, None)) == "pipelined"


@pytest.mark.parametrize("family", [ICE40, ECP5], ids=["ice40", "ecp5"])
def test_the_cheapest_unit_is_taken(family):
    for given in (stage(3), stage(7), stage(15, even=True), stage(100), stage(255, even=True)):
        for elements in (1, 4, 8):
            units = list(units_of(given, elements, spacing=1))
            prices = [price_of(unit, {"t": given}, family) for unit in units]
            chosen = threshold_unit(given, {"t": given}, elements, family, None)
            assert price_of(chosen, {"t": given}, family) == min(prices)


def test_one_comparator_for_all_bits_needs_a_cycle_for_each_and_one_more():
    given = stage(15)
    for spacing, there in ((4, False), (5, True), (6, True)):
        forms = [form_of(unit) for unit in units_of(given, 1, spacing=spacing)]
        assert ("serial" in forms) == there
        assert "pipelined" in forms


def test_steps_of_a_power_of_two_are_a_multiplication():
    given = stage(255, even=True)
    assert form_of(threshold_unit(given, {"t": given}, 1, ICE40, None)) == "multiplier"
