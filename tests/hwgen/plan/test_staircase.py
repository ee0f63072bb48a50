"""Thresholds along a line as one multiplication: equal for every element, or refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwgen.network import Element, Threshold
from hwgen.plan.staircase import as_requantise


def stage(limits, invert, bits: int, signed: bool, base: int = 0) -> Threshold:
    limits = np.asarray(limits)
    shape = (1, 1, len(limits))
    out = Element(limits.shape[1].bit_length() + (base < 0), signed=base < 0)
    return Threshold(
        "t", "input", shape, shape, out, Element(bits, signed), limits, np.asarray(invert), base
    )


def check(given: Threshold) -> None:
    """Compare the multiplication with the thresholds, for each element there is."""
    made = as_requantise(given)
    assert made is not None
    bits, signed = given.in_element.bits, given.in_element.signed
    for x in range(-(1 << bits - 1) if signed else 0, 1 << bits - signed):
        reached = (given.thresholds <= x).sum(axis=1)
        count = np.where(given.invert, given.thresholds.shape[1] - reached, reached) + given.base
        pairs = zip(made.multipliers, made.biases, strict=True)
        found = [min(max((m * x + b) >> made.shift, made.low), made.high) for m, b in pairs]
        assert found == count.tolist(), x


@given(
    slopes=st.lists(st.fractions(1, 40, max_denominator=64), min_size=1, max_size=3),
    start=st.integers(-80, 40), count=st.integers(2, 30), signed=st.booleans(),
    falls=st.booleans(), base=st.sampled_from((0, -3, -16)),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_steps_of_a_line_are_found_and_equal_everywhere(slopes, start, count, signed, falls, base):
    limits = [[start + int(slope * k) for k in range(count)] for slope in slopes]
    check(stage(limits, [falls] * len(slopes), 7, signed, base))


@given(st.lists(st.integers(-9, 9), min_size=2, max_size=4), st.booleans())
@settings(max_examples=200, deadline=None)
def test_what_is_found_is_equal_also_where_nothing_was_meant_to_be_a_line(limits, falls):
    given = stage([sorted(limits)], [falls], 4, True)
    if as_requantise(given) is not None:
        check(given)


@pytest.mark.parametrize("limits", [[0, 1, 10], [0, 10, 11], [0, 0, 5, 5]])
def test_other_steps_are_no_multiplication(limits):
    assert as_requantise(stage([limits], [False], 8, True)) is None
    assert as_requantise(stage([[0] * len(limits), limits], [False] * 2, 8, True)) is None


@pytest.mark.parametrize("limits", [[-500] * 3, [500] * 3, [-500, 0, 500], [7, 7, 7]])
def test_thresholds_beyond_the_range_are_always_or_never_reached(limits):
    for falls in (False, True):
        check(stage([limits], [falls], 6, True))


def test_a_power_of_two_is_a_shift():
    made = as_requantise(stage([np.arange(-60, 60, 4)], [False], 8, True))
    assert made is not None
    assert made.multipliers == (1,)
    assert made.shift == 2
