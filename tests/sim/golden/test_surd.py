"""Tests exact sums of square roots."""

from fractions import Fraction
from math import sqrt

import pytest

from sim.golden.surd import ONE, ZERO, Surd


def root(value: int | Fraction) -> Surd:
    return Surd.root(Fraction(value))


def test_roots_of_squares_are_rational():
    assert root(Fraction(9, 4)).rational == Fraction(3, 2)
    assert root(2).rational is None
    assert (root(2) * root(8)).rational == 4
    assert (root(3) - root(3)).rational == 0
    assert Surd.of(0.1).rational == Fraction(0.1)


def test_signs_of_rationals_and_single_roots():
    assert ZERO.sign() == 0
    assert ONE.sign() == 1
    assert (root(5) * -1).sign() == -1


@pytest.mark.parametrize("scale", [1, -1, Fraction(-1, 10**30)])
def test_signs_of_sums_that_nearly_vanish_are_exact(scale):
    direction = 1 if scale > 0 else -1
    # 665857/470832 exceeds sqrt(2) by 1.6e-12
    near = Surd.of(Fraction(665857, 470832)) - root(2)
    assert (near * scale).sign() == direction
    # The same with a third root, so that no comparison of two squares decides it
    three = near + root(3) * Fraction(1, 10**40)
    assert (three * scale).sign() == direction
    assert ((three - near - near) * scale).sign() == -direction


def test_sums_that_vanish_are_zero_however_they_are_written():
    assert (root(8) - root(2) * 2).sign() == 0
    assert (root(8) + root(18) - root(50)).sign() == 0
    mixed = root(12) + root(20) - root(3) * 2 - root(5) * 2
    assert mixed.sign() == 0
    assert mixed.approximate() == 0
    assert (mixed + Surd.of(Fraction(1, 10**50))).sign() == 1


def test_approximations_survive_cancellation():
    # sqrt(n + 1) - sqrt(n) is about 1 / (2 sqrt(n))
    n = 10**60
    tiny = root(n + 1) - root(n)
    assert float(tiny) == pytest.approx(0.5e-30, rel=1e-15)
    assert abs(tiny.approximate() * 2 * 10**30 - 1) < Fraction(1, 2**63)
    assert float(root(2)) == sqrt(2)


def test_what_is_beyond_float64_becomes_an_infinity():
    assert float(root(2) * 10**400) == float("inf")
    assert float(root(2) * -(10**400)) == float("-inf")
