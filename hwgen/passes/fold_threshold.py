"""Fold batch normalisation and sign into one integer threshold, exactly."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, isfinite, sqrt

__all__ = ["Norm", "fold_threshold", "fold_thresholds"]


@dataclass(frozen=True)
class Norm:
    """Batch normalisation of one channel, in exact rationals; ``spread`` is variance + epsilon."""

    gamma: Fraction = Fraction(1)
    beta: Fraction = Fraction(0)
    mean: Fraction = Fraction(0)
    spread: Fraction = Fraction(1)

    def fires(self, x: Fraction) -> bool:
        """Whether ``gamma * (x - mean) / sqrt(spread) + beta >= 0``, without a square root."""
        left = self.gamma * (x - self.mean)
        # left >= -beta * sqrt(spread): equal signs compare by squares.
        if self.beta >= 0 and left >= 0:
            return True
        if self.beta <= 0 and left < 0:
            return False
        limit = self.beta * self.beta * self.spread
        return left * left <= limit if left < 0 else left * left >= limit

    def exceeds(self, x: Fraction) -> bool:
        """Whether it is above zero."""
        return not replace(self, gamma=-self.gamma, beta=-self.beta).fires(x)


def fold_threshold(
    norm: Norm, scale: Fraction, offset: Fraction, low: int, high: int, strict: bool = False
) -> tuple[int, bool]:
    """Threshold of ``sign(norm(scale * acc + offset))`` for integers ``acc`` in [low, high].

    Where ``strict`` the sign of zero is -1.

    Returns
    -------
    threshold, falling
        ``acc >= threshold`` is the result, threshold in [low, high + 1]; or, where ``falling``,
        ``-acc >= threshold``, threshold in [-high, -low + 1].
    """
    falling = norm.gamma * scale < 0
    first, last = (-high, -low) if falling else (low, high)

    def fires(x: int) -> bool:
        value = scale * (-x if falling else x) + offset
        return norm.exceeds(value) if strict else norm.fires(value)

    last += 1
    # `fires` only ever rises with x. Where floats say where, two looks mostly settle it.
    zero = _zero(norm, scale, offset)
    near = first if zero is None else min(max(ceil(-zero if falling else zero), first), last)
    if near > first and fires(near - 1):
        last = near - 1
    elif near < last and not fires(near):
        first = near + 1
    else:
        first = last = near
    while first < last:
        middle = (first + last) // 2
        if fires(middle):
            last = middle
        else:
            first = middle + 1
    return first, falling


def _zero(norm: Norm, scale: Fraction, offset: Fraction) -> float | None:
    """About the acc of which ``norm(scale * acc + offset)`` is zero; None where floats fail."""
    try:
        value = float(norm.mean) - float(norm.beta) * sqrt(norm.spread) / float(norm.gamma)
        found = (value - float(offset)) / float(scale)
    except (ArithmeticError, ValueError):
        return None
    return found if isfinite(found) else None


def fold_thresholds(
    norm: Norm,
    scale: Fraction,
    offset: Fraction,
    low: int,
    high: int,
    thresholds: Sequence[Fraction],
    rectified: bool = False,
    strict: Sequence[bool] | None = None,
) -> tuple[list[int], bool]:
    """Limits for the thresholds that ``norm(scale * acc + offset)`` reaches, acc in [low, high].

    Those that are ``strict`` are reached by what is above them only; by default none is.

    Returns
    -------
    limits, falling
        As many thresholds are reached as limits are ``<= acc``, or, where ``falling``, as are
        above it. Where ``rectified`` values below zero are zero.
    """
    falling = norm.gamma * scale < 0
    limits = []
    for threshold, above in zip(thresholds, strict or [False] * len(thresholds), strict=True):
        lowered = replace(norm, beta=norm.beta - threshold)
        limit, _ = fold_threshold(lowered, scale, offset, low, high, above)
        if rectified and (threshold < 0 or (threshold == 0 and not above)):
            limit = -high if falling else low
        # -x >= t is not (x >= 1 - t).
        limits.append(1 - limit if falling else limit)
    return limits, falling
