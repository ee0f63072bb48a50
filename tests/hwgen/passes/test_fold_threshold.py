"""Threshold folding against a second, slow implementation of batch normalisation and sign."""

from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwgen.passes.fold_threshold import Norm, fold_threshold, fold_thresholds

FIGURES = st.floats(-100, 100, allow_nan=False).map(lambda x: round(x, 3))


def slow_sign(norm: Norm, x: Fraction) -> int:
    """Sign of the float formula, to 200 digits."""
    with localcontext() as context:
        context.prec = 200

        def decimal(value: Fraction) -> Decimal:
            return Decimal(value.numerator) / Decimal(value.denominator)

        deviation = decimal(norm.spread).sqrt()
        y = decimal(norm.gamma) * (decimal(x) - decimal(norm.mean)) / deviation
        return 1 if y + decimal(norm.beta) >= 0 else -1


@given(
    gamma=FIGURES,
    beta=FIGURES,
    mean=FIGURES,
    variance=st.floats(0.001, 1e4),
    scale=st.sampled_from([Fraction(1), Fraction(-1), Fraction(1, 128), Fraction(-2, 255)]),
    offset=st.sampled_from([Fraction(0), Fraction(5), Fraction(-7, 3)]),
)
def test_both_neighbours_of_each_threshold_agree_with_the_formula(
    gamma, beta, mean, variance, scale, offset
):
    norm = Norm(*(Fraction(x) for x in (gamma, beta, mean, variance)))
    low, high = -300, 300
    threshold, falling = fold_threshold(norm, scale, offset, low, high)
    first, last = (-high, -low) if falling else (low, high)
    assert first <= threshold <= last + 1
    for x in {first, threshold - 1, threshold, last} & set(range(first, last + 1)):
        acc = -x if falling else x
        assert slow_sign(norm, scale * acc + offset) == (1 if x >= threshold else -1), (x, norm)


@pytest.mark.parametrize("gamma", [2.0, -2.0])
@pytest.mark.parametrize("mean", [-3.0, 0.0, 4.0, 4.5])
def test_a_value_of_exactly_zero_is_plus_one(gamma, mean):
    norm = Norm(Fraction(gamma), Fraction(0), Fraction(mean), Fraction(9))
    threshold, falling = fold_threshold(norm, Fraction(1), Fraction(0), -10, 10)
    found = [(-x if falling else x) >= threshold for x in range(-10, 11)]
    assert found == [gamma * (x - mean) >= 0 for x in range(-10, 11)]


@pytest.mark.parametrize(("beta", "always"), [(0.0, True), (0.25, True), (-0.25, False)])
def test_a_gamma_of_zero_always_or_never_fires(beta, always):
    norm = Norm(Fraction(0), Fraction(beta), Fraction(3), Fraction(2))
    threshold, falling = fold_threshold(norm, Fraction(1), Fraction(0), -27, 27)
    assert (threshold, falling) == (-27 if always else 28, False)


@pytest.mark.parametrize(("beta", "threshold"), [(1e6, -27), (-1e6, 28)])
def test_thresholds_beyond_the_accumulator_become_its_ends(beta, threshold):
    norm = Norm(Fraction(1), Fraction(beta), Fraction(0), Fraction(1))
    assert fold_threshold(norm, Fraction(1), Fraction(0), -27, 27) == (threshold, False)


@pytest.mark.parametrize(("x", "beta", "expected"), [(1393, -985.0, -1), (3363, -2378.0, 1)])
def test_irrational_deviations_decide_exactly_next_to_a_tie(x, beta, expected):
    # Convergents of the square root of 2: x + beta * sqrt(2) is within 4e-4 of zero.
    norm = Norm(Fraction(1), Fraction(beta), Fraction(0), Fraction(2))
    threshold, _ = fold_threshold(norm, Fraction(1), Fraction(0), 0, 5000)
    assert slow_sign(norm, Fraction(x)) == expected
    assert threshold == x + (expected < 0)


def test_random_figures_agree_over_the_whole_range():
    rng = np.random.default_rng(7)
    for _ in range(50):
        gamma, beta, mean = (Fraction(float(x)) for x in rng.normal(0, 5, 3))
        norm = Norm(gamma, beta, mean, Fraction(float(rng.uniform(0.1, 60))))
        threshold, falling = fold_threshold(norm, Fraction(1), Fraction(0), -27, 27)
        for x in range(-27, 28):
            fires = (-x if falling else x) >= threshold
            assert slow_sign(norm, Fraction(x)) == (1 if fires else -1), (norm, x)


@pytest.mark.parametrize("gamma", [Fraction(3, 2), Fraction(-2), Fraction(0)])
@pytest.mark.parametrize("rectified", [False, True])
def test_limits_count_the_thresholds_that_a_value_reaches(gamma: Fraction, rectified: bool):
    # A spread of 4 has a root, so that values are fractions here too.
    norm = Norm(gamma, Fraction(1, 2), Fraction(3), Fraction(4))
    thresholds = [Fraction(x, 4) for x in (-9, -2, 0, 0, 1, 2, 5, 90)]
    scale, offset = Fraction(1, 2), Fraction(-1)
    limits, falling = fold_thresholds(norm, scale, offset, -20, 20, thresholds, rectified)
    for acc in range(-20, 21):
        value = gamma * (scale * acc + offset - 3) / 2 + Fraction(1, 2)
        value = max(value, Fraction(0)) if rectified else value
        reached = sum(limit <= acc for limit in limits)
        expected = sum(threshold <= value for threshold in thresholds)
        assert (len(limits) - reached if falling else reached) == expected, acc
