"""What a graph computes of an integer on its way to a quantiser, exactly, and its inverse.

A channel's value is a chain of steps on an integer: multiplied and shifted by rationals,
normalised (which divides by a square root), clipped. All are monotone, so "the value is at least T"
is "the integer is at least (or at most) t", with t found in exact arithmetic.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import floor, isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError

__all__ = ["MAX_BITS", "Clip", "Cut", "Linear", "Norm", "Step", "falls", "inverse", "then"]

Rationals = NDArray[Any]
"""Fractions, one a channel."""

MAX_BITS = 1 << 13
"""Of numerator and denominator, so that a few nodes cannot ask for gigabytes."""


@dataclass(frozen=True, eq=False)
class Linear:
    """``slope * x + offset``."""

    slope: Rationals
    offset: Rationals


@dataclass(frozen=True, eq=False)
class Norm:
    """``gamma * (x - mean) / sqrt(variance) + beta``; what is added to the variance is in it."""

    gamma: Rationals
    beta: Rationals
    mean: Rationals
    variance: Rationals


@dataclass(frozen=True)
class Clip:
    """``min(max(x, low), high)``; None where there is no end."""

    low: Fraction | None
    high: Fraction | None


Step = Linear | Norm | Clip


@dataclass(frozen=True)
class Cut:
    """The numbers from ``p + q * sqrt(v)`` up, or above it where ``strict``.

    The numbers down from it where not ``rising``. ``always``, where it is not None, says that all
    numbers are in, or none.
    """

    p: Fraction
    q: Fraction = Fraction(0)
    v: Fraction = Fraction(1)
    strict: bool = False
    rising: bool = True
    always: bool | None = None

    def holds(self, number: Fraction) -> bool:
        """Whether a rational is among them."""
        if self.always is not None:
            return self.always
        away, root = number - self.p, self.q
        # The sign of away - root * sqrt(v), by squares.
        order = away * abs(away) - root * abs(root) * self.v
        if order == 0:
            return not self.strict
        return (order > 0) == self.rising

    def least(self) -> int:
        """The least integer among them; where they fall, of the negated ones."""
        p, q = (self.p, self.q) if self.rising else (-self.p, -self.q)
        return _floor(p, q, self.v) + 1 if self.strict else -_floor(-p, -q, self.v)


def then(steps: tuple[Step, ...], step: Step) -> tuple[Step, ...]:
    """Add a step; two linear ones become one.

    Raises
    ------
    ModelError
        If fractions grow beyond `MAX_BITS`, or roots of two normalisations would have to be added.
    """
    if isinstance(step, Norm) and any(isinstance(before, Norm) for before in steps):
        raise ModelError("normalises what is normalised already, with no quantiser between them")
    if isinstance(step, Linear) and steps and isinstance(steps[-1], Linear):
        before = steps[-1]
        step = Linear(before.slope * step.slope, before.offset * step.slope + step.offset)
        steps = steps[:-1]
    if isinstance(step, Linear):
        for figure in (*step.slope, *step.offset):
            if max(figure.numerator.bit_length(), figure.denominator.bit_length()) > MAX_BITS:
                raise ModelError(f"makes fractions of more than {MAX_BITS:,} bits")
        if (step.slope == 1).all() and (step.offset == 0).all():
            return steps
    return (*steps, step)


def falls(steps: tuple[Step, ...], channels: int) -> NDArray[np.bool_]:
    """Of each channel, whether its value falls where the integer rises."""
    falling = np.zeros(channels, bool)
    for step in steps:
        if isinstance(step, Linear):
            falling ^= (step.slope < 0).astype(bool)
        elif isinstance(step, Norm):
            falling ^= (step.gamma < 0).astype(bool)
    return falling


def inverse(steps: tuple[Step, ...], channel: int, cut: Cut) -> Cut:
    """The integers of a channel whose values are in ``cut``."""
    for step in reversed(steps):
        if cut.always is not None:
            return cut
        match step:
            case Linear():
                cut = _linear(step.slope[channel], step.offset[channel], cut)
            case Norm():
                cut = _norm(step, channel, cut)
            case Clip():
                cut = _clip(step, cut)
    return cut


def _linear(slope: Fraction, offset: Fraction, cut: Cut) -> Cut:
    if slope == 0:
        return _all(cut.holds(offset))
    rising = cut.rising == (slope > 0)
    return Cut((cut.p - offset) / slope, cut.q / slope, cut.v, cut.strict, rising)


def _norm(step: Norm, channel: int, cut: Cut) -> Cut:
    gamma, beta = step.gamma[channel], step.beta[channel]
    if gamma == 0:
        return _all(cut.holds(beta))
    rising = cut.rising == (gamma > 0)
    root = (cut.p - beta) / gamma
    return Cut(step.mean[channel], root, step.variance[channel], cut.strict, rising)


def _clip(step: Clip, cut: Cut) -> Cut:
    # An end that holds pulls in all beyond it; one that does not keeps all out.
    surely, never = (step.low, step.high) if cut.rising else (step.high, step.low)
    if surely is not None and cut.holds(surely):
        return _all(True)
    if never is not None and not cut.holds(never):
        return _all(False)
    return cut


def _all(inside: bool) -> Cut:
    return Cut(Fraction(0), always=inside)


def _floor(p: Fraction, q: Fraction, v: Fraction) -> int:
    """``floor(p + q * sqrt(v))``."""
    if q == 0:
        return floor(p)
    square = q * q * v
    # The root of n / d is that of n * d, over d.
    under = square.numerator * square.denominator
    scale = p.denominator * square.denominator
    whole, radicand = p.numerator * square.denominator, under * p.denominator**2
    root = isqrt(radicand)
    if q < 0:
        root = -root - (root * root != radicand)
    return (whole + root) // scale
