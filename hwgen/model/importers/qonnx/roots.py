"""Numbers with square roots in them, compared exactly: ``x + y * sqrt(square)``, nested."""

from dataclasses import dataclass
from fractions import Fraction
from math import floor, isqrt

__all__ = ["Number", "Root", "floor_of", "plus", "sign_of", "times"]

_PRECISION = 128
"""Bits behind the point, at which a floor is guessed."""


@dataclass(frozen=True)
class Root:
    """``x + y * sqrt(square)``; the square is above 0."""

    x: "Number"
    y: "Number"
    square: Fraction


Number = Fraction | Root


def plus(one: Number, other: Number) -> Number:
    """The sum of two numbers; roots of both are of one square, at each depth."""
    if isinstance(one, Fraction):
        one, other = other, one
    if isinstance(one, Fraction) and isinstance(other, Fraction):
        return one + other
    assert isinstance(one, Root)
    if isinstance(other, Fraction):
        return Root(plus(one.x, other), one.y, one.square)
    return Root(plus(one.x, other.x), plus(one.y, other.y), one.square)


def times(one: Number, other: Number) -> Number:
    """The product of two numbers, as `plus` the sum."""
    if isinstance(one, Fraction):
        one, other = other, one
    if isinstance(one, Fraction) and isinstance(other, Fraction):
        return one * other
    assert isinstance(one, Root)
    if isinstance(other, Fraction):
        return Root(times(one.x, other), times(one.y, other), one.square)
    both = times(times(one.y, other.y), one.square)
    crossed = plus(times(one.x, other.y), times(one.y, other.x))
    return Root(plus(times(one.x, other.x), both), crossed, one.square)


def sign_of(number: Number) -> int:
    """-1, 0 or 1, exactly."""
    if isinstance(number, Fraction):
        return (number > 0) - (number < 0)
    x, y = sign_of(number.x), sign_of(number.y)
    if x == 0 or y == 0 or x == y:
        return x or y
    # They pull apart, and the larger square wins.
    square = times(times(number.y, number.y), -number.square)
    return x * sign_of(plus(times(number.x, number.x), square))


def floor_of(number: Number) -> int:
    """The greatest integer that is not above it."""
    if isinstance(number, Fraction):
        return floor(number)
    guess = floor(_near(number))
    while sign_of(plus(number, Fraction(-guess))) < 0:
        guess -= 1
    while sign_of(plus(number, Fraction(-guess - 1))) >= 0:
        guess += 1
    return guess


def _near(number: Number, bits: int = _PRECISION) -> Fraction:
    """A rational within about 2**-bits of it."""
    if isinstance(number, Fraction):
        return number
    square = number.square
    y = _near(number.y, bits + _bits(square))
    precise = bits + _bits(y)
    under = square.numerator * square.denominator << 2 * precise
    root = Fraction(isqrt(under), square.denominator << precise)
    return _near(number.x, bits) + y * root


def _bits(number: Fraction) -> int:
    """Bits ahead of the point."""
    return max(number.numerator.bit_length() - number.denominator.bit_length() + 1, 0)
