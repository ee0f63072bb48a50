"""Exact sums of square roots: the numbers that batch normalisation makes out of integers."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt, sqrt
from typing import Union

__all__ = ["ONE", "ZERO", "Surd"]


@dataclass(frozen=True)
class Surd:
    """A real number ``sum(c * sqrt(n))``, held exactly.

    Parameters
    ----------
    terms : tuple of (Fraction, int)
        Pairs of coefficient ``c`` (not 0) and radicand ``n`` (at least 1), radicands ascending and
        all different; the rational part has the radicand 1. ``of`` and ``root`` make such tuples.
    """

    terms: tuple[tuple[Fraction, int], ...] = ()

    @staticmethod
    def of(value: Fraction | float) -> "Surd":
        """Give the rational number ``value``, a float standing for exactly what it is."""
        return _collect([(Fraction(value), 1)])

    @staticmethod
    def root(value: Fraction) -> "Surd":
        """Give the square root of the positive rational ``value``."""
        radicand = value.numerator * value.denominator
        whole = isqrt(radicand)
        if whole * whole == radicand:
            return _collect([(Fraction(whole, value.denominator), 1)])
        return _collect([(Fraction(1, value.denominator), radicand)])

    @property
    def rational(self) -> Fraction | None:
        """The number as a fraction, or None when it is written with a root."""
        if not self.terms:
            return Fraction(0)
        if len(self.terms) == 1 and self.terms[0][1] == 1:
            return self.terms[0][0]
        return None

    def __add__(self, other: "Surd") -> "Surd":
        return _collect(self.terms + other.terms)

    def __sub__(self, other: "Surd") -> "Surd":
        return self + other * Fraction(-1)

    def __mul__(self, other: Union["Surd", Fraction, int]) -> "Surd":
        if not isinstance(other, Surd):
            return _collect([(c * other, n) for c, n in self.terms])
        return _collect([_times(a, b) for a in self.terms for b in other.terms])

    def sign(self) -> int:
        """Return -1, 0 or 1; exact, also where roots cancel each other."""
        terms = self.terms
        signs = {_sign(c) for c, _ in terms}
        if len(signs) < 2:
            return signs.pop() if signs else 0
        if len(terms) == 2:  # c and d differ in sign, so the larger square decides
            (c, n), (d, m) = terms
            one, other = c.numerator * d.denominator, d.numerator * c.denominator
            return _sign(c) * _sign(one * one * n - other * other * m)
        terms = _independent(terms)
        if not terms:
            return 0
        bits = 64
        while True:  # ends: independent roots do not add up to zero
            total, error = _enclose(terms, bits)
            if abs(total) > error:
                return _sign(total)
            bits *= 2

    def approximate(self) -> Fraction:
        """Return a fraction within 2**-64 of the number, relatively; the number if rational."""
        if self.rational is not None or self.sign() == 0:
            return self.rational or Fraction(0)
        bits = 128
        while True:
            total, error = _enclose(self.terms, bits)
            if abs(total) > error * 2**65:
                return total
            bits *= 2

    @property
    def digits(self) -> tuple[int, ...]:
        """The same for the same terms, and quick to look up, which fractions are not."""
        return tuple(k for c, n in self.terms for k in (c.numerator, c.denominator, n))

    def estimate(self) -> float | None:
        """Return a float somewhere near the number, or None where floats cannot hold its parts."""
        try:
            return sum(float(c) * sqrt(n) for c, n in self.terms)
        except OverflowError:
            return None

    def __float__(self) -> float:
        """Round to float64; what lies beyond its range becomes an infinity."""
        nearest = self.approximate()
        try:
            return float(nearest)
        except OverflowError:
            return _sign(nearest) * float("inf")


def _sign(value: Fraction | int) -> int:
    above = value.numerator
    return (above > 0) - (above < 0)


def _times(a: tuple[Fraction, int], b: tuple[Fraction, int]) -> tuple[Fraction, int]:
    radicand = a[1] * b[1]
    root = isqrt(radicand)
    if root * root == radicand:
        return a[0] * b[0] * root, 1
    return a[0] * b[0], radicand


def _collect(terms: Iterable[tuple[Fraction, int]]) -> Surd:
    """Add the coefficients of equal radicands, drop zeros, sort."""
    sums: dict[int, Fraction] = {}
    for coefficient, radicand in terms:
        sums[radicand] = sums[radicand] + coefficient if radicand in sums else coefficient
    return Surd(tuple((sums[n], n) for n in sorted(sums) if sums[n].numerator))


def _independent(terms: Iterable[tuple[Fraction, int]]) -> tuple[tuple[Fraction, int], ...]:
    """Merge roots that are rational multiples of each other.

    Roots whose pairwise ratios are all irrational are linearly independent over the rationals
    (Besicovitch 1940), so the sum is zero exactly when nothing is left.
    """
    sums: dict[int, Fraction] = {}
    for coefficient, n in terms:
        for m in sums:
            root = isqrt(n * m)
            if root * root == n * m:  # sqrt(n) = sqrt(n m) / m * sqrt(m)
                sums[m] += coefficient * root / m
                break
        else:
            sums[n] = coefficient
    return tuple((c, n) for n, c in sums.items() if c)


def _enclose(terms: Iterable[tuple[Fraction, int]], bits: int) -> tuple[Fraction, Fraction]:
    """Return an approximation with each root to ``bits`` fractional bits, and its error bound."""
    total = error = Fraction(0)
    for coefficient, n in terms:
        total += coefficient * isqrt(n << 2 * bits)
        error += abs(coefficient)
    return total / 2**bits, error / 2**bits


ZERO = Surd()
ONE = Surd.of(1)
