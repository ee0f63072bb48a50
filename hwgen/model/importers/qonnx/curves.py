"""Inverses of curves, to far more digits than any comparison with integers needs."""

from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Literal

__all__ = ["ENDS", "Curve", "inverse_of"]

Curve = Literal["Sigmoid", "Tanh"]

ENDS: dict[Curve, tuple[Fraction, Fraction]] = {
    "Sigmoid": (Fraction(0), Fraction(1)),
    "Tanh": (Fraction(-1), Fraction(1)),
}
"""What each comes near to and never reaches."""

_DIGITS = 100


def inverse_of(curve: Curve, number: Fraction) -> Fraction:
    """Where a curve has the value ``number``, which lies between its ends; exact at the middle.

    Everywhere else that place is no rational: what is given is within 10**-90 of it, relative to
    the larger of it and 1.
    """
    low, high = ENDS[curve]
    above, below = number - low, high - number
    if above == below:
        return Fraction(0)
    with localcontext() as context:
        context.prec = _DIGITS
        ratio = above / below
        root = (Decimal(ratio.numerator) / Decimal(ratio.denominator)).ln()
        return Fraction(root) / (1 if curve == "Sigmoid" else 2)
