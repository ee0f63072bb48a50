"""Ranges of sums, by trying all inputs."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from hwgen.compress.sums import Spread, common_step, sums_of
from hwgen.compress.surds import Surd
from hwgen.model import Conv2d, Dense, DepthwiseConv2d


def spread(*ends, step=2):
    low, high = zip(*ends, strict=True)
    return Spread([Fraction(x) for x in low], [Fraction(x) for x in high], Fraction(step))


def test_the_ends_are_reached_and_all_sums_lie_on_the_lattice():
    rng = np.random.default_rng(1)
    ends = [(-1, 1), (-1, -1), (0, 6), (-1, 3)]
    layer = Dense("d", ("x",), rng.integers(-4, 4, (3, 4)).astype(np.int8), 3, 1)
    found = sums_of(layer, spread(*ends), [])
    assert found is not None
    assert found.step is not None
    values = [range(low, high + 1, 2) for low, high in ends]
    for row, low, high in zip(layer.weights.tolist(), found.low, found.high, strict=True):
        assert isinstance(low, Fraction)
        sums = {
            Fraction(sum(w * x for w, x in zip(row, xs, strict=True)), 2) for xs in product(*values)
        }
        assert (min(sums), max(sums)) == (low, high)
        assert all((x - low) % found.step == 0 for x in sums)


@pytest.mark.parametrize("pad", [-1, 0, 1])
def test_padding_is_part_of_what_a_tap_can_be(pad):
    weights = np.array([[[[1], [-1], [1]]]], np.int8)
    found = sums_of(Conv2d("c", ("x",), weights), spread((1, 1), step=0), [Fraction(pad)])
    assert found is not None
    sums = {w0 - w1 + w2 for w0, w1, w2 in product((1, pad), repeat=3)}
    assert (found.low[0], found.high[0]) == (min(sums), max(sums))
    low = found.low[0]
    assert isinstance(low, Fraction)
    assert found.step is not None
    assert all(x == low or (x - low) % found.step == 0 for x in sums)


def test_each_channel_of_a_depthwise_layer_has_its_own_range():
    weights = np.array([[[[1], [1]]], [[[1], [-1]]]], np.int8)
    found = sums_of(DepthwiseConv2d("d", ("x",), weights), spread((-1, 1), (1, 1)), [])
    assert found is not None
    assert (list(found.low), list(found.high)) == ([-2, 0], [2, 0])
    assert found.constant(0) is None
    assert found.constant(1) == 0


def test_many_different_ranges_count_as_one_but_constants_stay_constants():
    ends = [(0, k) for k in range(1, 60)] + [(5, 5)]
    weights = np.zeros((2, 60), np.int8)
    weights[0, -1], weights[1, 0] = 1, 1
    found = sums_of(Dense("d", ("x",), weights, 2), spread(*ends, step=1), [])
    assert found is not None
    assert found.constant(0) == 5
    assert (found.low[1], found.high[1]) == (0, 59)


def test_nothing_is_known_of_sums_of_what_is_not_known():
    layer = Dense("d", ("x",), np.ones((1, 1), np.int8))
    root = Surd(Fraction(0), Fraction(1), Fraction(2))
    for low in (None, root):
        assert sums_of(layer, Spread([low], [low], Fraction(1)), []) is None
    assert sums_of(layer, Spread([Fraction(0)], [Fraction(1)], None), []) is None


def test_a_common_step_divides_all():
    assert common_step([Fraction(3, 4), Fraction(1, 2), Fraction(0)]) == Fraction(1, 4)
    assert common_step([Fraction(1), None]) is None
