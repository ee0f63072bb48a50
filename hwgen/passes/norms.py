"""Batch normalisations as exact rationals, and the scores behind one."""

from collections.abc import Sequence
from fractions import Fraction
from math import gcd, isqrt, lcm

from hwgen.model.layers import BatchNorm
from hwgen.passes.fold_threshold import Norm

__all__ = ["Scores", "common_scale", "norms_of", "scores_of"]

Scores = tuple[tuple[Fraction, ...], tuple[Fraction, ...]]
"""Scale and offset of each channel."""


def common_scale(scales: Sequence[Fraction]) -> Fraction:
    """Largest number that all scales, none of them 0, are whole multiples of."""
    denominator = lcm(*(scale.denominator for scale in scales))
    return Fraction(gcd(*(int(scale * denominator) for scale in scales)), denominator)


def norms_of(layer: BatchNorm | None, channels: int) -> list[Norm]:
    """Batch normalisation of each channel; None changes nothing."""
    if layer is None:
        return [Norm()] * channels
    epsilon = Fraction(float(layer.epsilon))
    arrays = (layer.gamma, layer.beta, layer.mean, layer.variance)
    figures = zip(*(a.tolist() for a in arrays), strict=True)
    return [
        Norm(Fraction(g), Fraction(b), Fraction(m), Fraction(v) + epsilon) for g, b, m, v in figures
    ]


def scores_of(
    norms: Sequence[Norm], scales: Sequence[Fraction], offsets: Sequence[Fraction]
) -> Scores:
    """Scale and offset that give the float scores from the accumulators."""
    slopes = [n.gamma / _root(n.spread) for n in norms]
    return (
        tuple(s * scale for s, scale in zip(slopes, scales, strict=True)),
        tuple(s * (o - n.mean) + n.beta for s, o, n in zip(slopes, offsets, norms, strict=True)),
    )


def _root(x: Fraction) -> Fraction:
    """Square root to 64 bits behind the leading one; exact for squares of rationals."""
    shift = max(0, 128 - x.numerator.bit_length() + x.denominator.bit_length()) // 2 * 2
    whole = isqrt((x.numerator << shift) // x.denominator)
    return Fraction(whole, 1 << (shift // 2))
