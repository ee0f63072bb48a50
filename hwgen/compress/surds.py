"""Numbers with one square root in them, compared exactly."""

from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

__all__ = ["Number", "Surd", "reaches", "root_times"]


@dataclass(frozen=True)
class Surd:
    """``rational + factor * sqrt(radicand)``, irrational: no factor of 0, no square radicand."""

    rational: Fraction
    factor: Fraction
    radicand: Fraction


Number = Fraction | Surd
"""An exact value."""


def root_times(rational: Fraction, factor: Fraction, radicand: Fraction) -> Number:
    """``rational + factor * sqrt(radicand)``, a Fraction where it is rational."""
    above, below = isqrt(radicand.numerator), isqrt(radicand.denominator)
    if not factor:
        return rational
    if above * above == radicand.numerator and below * below == radicand.denominator:
        return rational + factor * Fraction(above, below)
    return Surd(rational, factor, radicand)


def reaches(x: Number, limit: Fraction, strict: bool = False) -> bool:
    """Whether ``x >= limit``, or ``x > limit`` where ``strict``."""
    if isinstance(x, Fraction):
        return x > limit if strict else x >= limit
    rest = x.rational - limit
    # Never equal: one side is irrational.
    larger = x.factor * x.factor * x.radicand > rest * rest
    return x.factor > 0 if larger else rest > 0
