"""Ranks, confusions and the area under the ROC, against slow and literal counting."""

from fractions import Fraction

import numpy as np
import pytest

from sim.metrics import area_under_roc, confusions, ranks


@pytest.mark.parametrize("levels", [2, 5, 1000])
def test_the_area_is_the_share_of_pairs_in_order_ties_counting_half(levels: int):
    rng = np.random.default_rng(levels)
    scores, positive = rng.integers(0, levels, 60), rng.random(60) < 0.4
    pairs = [(a, b) for a in scores[positive].tolist() for b in scores[~positive].tolist()]
    right = sum(Fraction(2 if a > b else a == b, 2) for a, b in pairs)
    assert area_under_roc(scores, positive) == float(right / len(pairs))
    assert area_under_roc(-scores, positive) == float(1 - right / len(pairs))


def test_the_area_needs_both_classes_and_is_a_half_where_all_is_equal():
    assert area_under_roc(np.arange(3), np.ones(3, bool)) is None
    assert area_under_roc(np.arange(3), np.zeros(3, bool)) is None
    assert area_under_roc(np.zeros(7, int), np.arange(7) < 3) == 0.5


def test_ranks_count_what_comes_before_ties_going_to_the_lower_class():
    rng = np.random.default_rng(1)
    values, truth = rng.integers(0, 4, (50, 6)), rng.integers(0, 6, 50)
    for row, right, rank in zip(values.tolist(), truth.tolist(), ranks(values, truth), strict=True):
        order = sorted(range(6), key=lambda k: (-row[k], k))
        assert order.index(right) == rank
    np.testing.assert_array_equal(ranks(values, values.argmax(axis=1)), 0)


def test_confusions_have_the_truth_in_rows():
    found = confusions(np.array([0, 0, 2, 2, 2]), np.array([0, 1, 2, 2, 0]), 3)
    assert found.tolist() == [[1, 1, 0], [0, 0, 0], [1, 0, 2]]
