"""Numbers with a square root, compared with what 100 digits say."""

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwgen.compress.surds import Surd, reaches, root_times

PARTS = st.fractions(-20, 20, max_denominator=12)


def decimal(x: Fraction) -> Decimal:
    return Decimal(x.numerator) / Decimal(x.denominator)


@given(PARTS, PARTS, st.fractions(Fraction(1, 9), 30, max_denominator=9), PARTS)
def test_comparisons_agree_with_a_hundred_digits(rational, factor, radicand, limit):
    x = root_times(rational, factor, radicand)
    with localcontext() as context:
        context.prec = 100
        slow = decimal(rational) + decimal(factor) * decimal(radicand).sqrt() - decimal(limit)
        equal = abs(slow) < Decimal(10) ** -90
    assert reaches(x, limit) == (equal or slow > 0)
    assert reaches(x, limit, strict=True) == (not equal and slow > 0)


def test_roots_of_squares_are_rational():
    assert root_times(Fraction(1), Fraction(2), Fraction(9, 4)) == Fraction(4)
    assert root_times(Fraction(1), Fraction(0), Fraction(2)) == Fraction(1)
    assert root_times(Fraction(1), Fraction(2), Fraction(2)) == Surd(
        Fraction(1), Fraction(2), Fraction(2)
    )


@pytest.mark.parametrize(("strict", "reached"), [(False, True), (True, False)])
def test_a_strict_limit_is_not_reached_by_itself(strict, reached):
    assert reaches(Fraction(3), Fraction(3), strict) is reached
