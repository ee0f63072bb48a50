"""Numbers with square roots in them, held against decimals of many digits."""

from decimal import Decimal, localcontext
from fractions import Fraction
from math import floor

import numpy as np
import pytest

from hwgen.model.importers.qonnx.roots import Root, floor_of, plus, sign_of, times


def decimal(number):
    if isinstance(number, Fraction):
        return Decimal(number.numerator) / Decimal(number.denominator)
    return decimal(number.x) + decimal(number.y) * decimal(number.square).sqrt()


def some(rng, depth):
    number = Fraction(int(rng.integers(-99, 100)), int(rng.integers(1, 50)))
    number *= Fraction(10) ** int(rng.integers(-20, 21))
    if not depth:
        return number
    square = Fraction(int(rng.integers(1, 99)), 7) * Fraction(10) ** int(rng.integers(-30, 31))
    return Root(number, some(rng, depth - 1), square)


@pytest.mark.parametrize("seed", range(200))
def test_signs_and_floors_are_those_of_many_digits(seed):
    rng = np.random.default_rng(seed)
    number = some(rng, int(rng.integers(0, 4)))
    with localcontext() as context:
        context.prec = 300
        wanted = decimal(number)
        assert sign_of(number) == (wanted > 0) - (wanted < 0)
        assert floor_of(number) == floor(wanted)


def test_roots_that_cancel_are_zero():
    # sqrt(8) is twice sqrt(2), and sqrt(2) times sqrt(2) is 2.
    half = Root(Fraction(0), Fraction(1), Fraction(2))
    assert sign_of(Root(times(half, Fraction(-2)), Fraction(1), Fraction(8))) == 0
    assert sign_of(plus(times(half, half), Fraction(-2))) == 0
    assert floor_of(Root(Fraction(-3), Fraction(1), Fraction(9))) == 0
