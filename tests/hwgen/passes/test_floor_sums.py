"""Sums of floors, and lines with the same floors, against a look at each argument."""

import numpy as np
import pytest

from hwgen.passes.floor_sums import Ramp, floor_sum


def test_a_sum_of_floors_is_that_of_each_argument():
    rng = np.random.default_rng(1)
    for _ in range(2000):
        count, unit = int(rng.integers(0, 40)), int(rng.integers(1, 50))
        slope, intercept = map(int, rng.integers(-200, 200, 2))
        each = sum((slope * k + intercept) // unit for k in range(count))
        assert floor_sum(count, slope, intercept, unit) == each


def test_a_sum_of_floors_has_no_limit_of_size():
    count, slope, unit = 10**40, 10**25 + 7, 10**30 + 57
    # Floors of k and of -k - 1 halves of a unit apart add up to a whole line.
    there = floor_sum(count, slope, unit // 3, unit)
    back = floor_sum(count, -slope, unit - 1 - unit // 3, unit)
    assert there + back == 0


def levels(slope: int, intercept: int, unit: int, ramp: Ramp) -> list[int]:
    every = range(ramp.low, ramp.high + 1)
    return [min(max((slope * k + intercept) // unit, ramp.least), ramp.most) for k in every]


@pytest.mark.parametrize("seed", range(4))
def test_a_line_with_the_same_floors_is_told_from_one_with_others(seed):
    rng = np.random.default_rng(seed)
    outcomes = {True: 0, False: 0}
    for _ in range(1500):
        slope, unit = map(int, rng.integers(1, 60, 2))
        low = int(rng.integers(-40, 30))
        least = int(rng.integers(-9, 5))
        ramp = Ramp(
            slope, int(rng.integers(-300, 300)), unit, low, low + int(rng.integers(0, 50)),
            least, least + int(rng.integers(0, 12)),
        )  # fmt: skip
        shift = int(rng.integers(0, 9))
        factor = ((slope << shift + 1) + unit) // (2 * unit)
        gaps = [((slope * k + ramp.intercept) << shift) - factor * k * unit
                for k in (ramp.low, ramp.high)]  # fmt: skip
        bias = -(-max(gaps) // unit)
        same = levels(*ramp[:3], ramp) == levels(factor, bias, 1 << shift, ramp)
        assert ramp.is_that_of(factor, bias, 1 << shift) is same
        outcomes[same] += 1
    assert min(outcomes.values()) > 200


def test_a_ramp_that_comes_near_a_whole_number_says_so():
    rng = np.random.default_rng(2)
    outcomes = {True: 0, False: 0}
    for _ in range(1000):
        slope, unit, distance = int(rng.integers(1, 90)), 100, int(rng.integers(0, 12))
        ramp = Ramp(slope, int(rng.integers(-300, 300)), unit, -5, int(rng.integers(-5, 12)), 0, 9)
        overs = [(slope * k + ramp.intercept) % unit for k in range(ramp.low, ramp.high + 1)]
        near = any(min(over, unit - over) <= distance for over in overs)
        assert ramp.comes_near(distance) is near
        outcomes[near] += 1
    assert min(outcomes.values()) > 100
