"""What a graph computes of an integer on its way to a quantiser, exactly, and its inverse.

A channel's value is a chain of steps on an integer: multiplied and shifted by rationals,
normalised (which divides by a square root), clipped, bent at zero, or rounded. All are monotone, so
"the value is at least T" is "the integer is at least (or at most) t", with t found in exact
arithmetic.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx.curves import ENDS, Curve, inverse_of
from hwgen.model.importers.qonnx.roots import Number, Root, floor_of, plus, sign_of, times
from hwgen.model.importers.qonnx.rounding import TIES, rounded

__all__ = [
    "MAX_BITS",
    "Bend",
    "Bow",
    "Clip",
    "Cut",
    "Linear",
    "Norm",
    "Round",
    "Step",
    "Steps",
    "falls",
    "inverse",
    "moved",
    "then",
]

Rationals = NDArray[Any]
"""Fractions, one a channel."""

MAX_BITS = 1 << 13
"""Of numerator and denominator, so that a few nodes cannot ask for gigabytes."""

MAX_NORMS = 3
"""Normalisations in a row; each doubles the length of the figures."""


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


@dataclass(frozen=True, eq=False)
class Bend:
    """``x`` from 0 up, below it ``slope * x``, with slopes above 0."""

    slope: Rationals


@dataclass(frozen=True)
class Round:
    """``x`` rounded to a whole number, in one of the modes of `TIES`."""

    mode: str


@dataclass(frozen=True)
class Bow:
    """A curve of `curves`, of ``x``."""

    curve: Curve


Step = Linear | Norm | Clip | Bend | Round | Bow
Steps = tuple[Step, ...]


@dataclass(frozen=True)
class Cut:
    """The numbers from ``at`` up, or above it where ``strict``.

    The numbers down from it where not ``rising``. ``always``, where it is not None, says that all
    numbers are in, or none.
    """

    at: Number
    strict: bool = False
    rising: bool = True
    always: bool | None = None

    def holds(self, number: Fraction) -> bool:
        """Whether a rational is among them."""
        if self.always is not None:
            return self.always
        order = -sign_of(plus(self.at, -number))
        if order == 0:
            return not self.strict
        return (order > 0) == self.rising

    def least(self) -> int:
        """The least integer among them; where they fall, of the negated ones."""
        at = self.at if self.rising else times(self.at, Fraction(-1))
        return floor_of(at) + 1 if self.strict else -floor_of(times(at, Fraction(-1)))


def then(steps: Steps, step: Step) -> Steps:
    """Add a step; two linear ones become one.

    Raises
    ------
    ModelError
        If fractions grow beyond `MAX_BITS`, or there are more than `MAX_NORMS` normalisations.
    """
    if isinstance(step, Norm) and sum(isinstance(one, Norm) for one in steps) >= MAX_NORMS:
        raise ModelError(
            f"normalises what was normalised {MAX_NORMS} times, with no quantiser between"
        )
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


def falls(steps: Steps, channels: int) -> NDArray[np.bool_]:
    """Of each channel, whether its value falls where the integer rises."""
    falling = np.zeros(channels, bool)
    for step in steps:
        if isinstance(step, Linear):
            falling ^= (step.slope < 0).astype(bool)
        elif isinstance(step, Norm):
            falling ^= (step.gamma < 0).astype(bool)
    return falling


def inverse(steps: Steps, channel: int, cut: Cut) -> Cut:
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
            case Bend():
                cut = _bend(step.slope[channel], cut)
            case Round():
                cut = _round(step.mode, cut)
            case Bow():
                cut = _bow(step.curve, cut)
    return cut


def moved(step: Step, values: Rationals) -> Rationals:
    """What a step makes of one value a channel, where that is rational."""
    match step:
        case Linear():
            return step.slope * values + step.offset
        case Clip(low, high):
            values = values if low is None else np.where(values < low, _every(low), values)
            return values if high is None else np.where(values > high, _every(high), values)
        case Bend():
            return np.where(values < 0, step.slope * values, values)
        case Round(mode):
            return np.array([Fraction(rounded(mode, value)) for value in values], object)
        case Norm(mean=mean, beta=beta) if (values == mean).all():
            return values * 0 + beta
        case Bow(curve) if not values.any():
            return values * 0 + sum(ENDS[curve]) / 2
    raise ModelError(
        "makes irrational numbers of what a Pad put around",
        remedy="put the Pad behind the next quantiser",
    )


def _every(number: Fraction) -> Rationals:
    return np.array(number, object)


def _linear(slope: Fraction, offset: Fraction, cut: Cut) -> Cut:
    if slope == 0:
        return _all(cut.holds(offset))
    rising = cut.rising == (slope > 0)
    return Cut(times(plus(cut.at, -offset), 1 / slope), cut.strict, rising)


def _norm(step: Norm, channel: int, cut: Cut) -> Cut:
    gamma, beta = step.gamma[channel], step.beta[channel]
    if gamma == 0:
        return _all(cut.holds(beta))
    rising = cut.rising == (gamma > 0)
    root = times(plus(cut.at, -beta), 1 / gamma)
    return Cut(Root(step.mean[channel], root, step.variance[channel]), cut.strict, rising)


def _clip(step: Clip, cut: Cut) -> Cut:
    # An end that holds pulls in all beyond it; one that does not keeps all out.
    surely, never = (step.low, step.high) if cut.rising else (step.high, step.low)
    if surely is not None and cut.holds(surely):
        return _all(True)
    if never is not None and not cut.holds(never):
        return _all(False)
    return cut


def _bend(slope: Fraction, cut: Cut) -> Cut:
    # The end lies below zero where zero is on its inner side and rising, or outside and falling.
    if cut.holds(Fraction(0)) != cut.rising:
        return cut
    return Cut(times(cut.at, 1 / slope), cut.strict, cut.rising)


def _bow(curve: Curve, cut: Cut) -> Cut:
    low, high = ENDS[curve]
    if not isinstance(cut.at, Fraction):
        raise ModelError("normalises a curve", remedy="put a quantiser behind the curve")
    if not low < cut.at < high:
        # The ends are never reached.
        return _all((cut.at <= low) == cut.rising)
    return Cut(inverse_of(curve, cut.at), cut.strict, cut.rising)


def _round(mode: str, cut: Cut) -> Cut:
    # Whole numbers from ``least`` up; or, where they fall, all but those from one beyond it.
    if cut.rising:
        at, strict = TIES[mode](cut.least())
        return Cut(at, strict)
    at, strict = TIES[mode](1 - cut.least())
    return Cut(at, not strict, rising=False)


def _all(inside: bool) -> Cut:
    return Cut(Fraction(0), always=inside)
