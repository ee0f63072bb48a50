"""Figures of random layers: weights, biases, batch normalisations, steps of roundings."""

from fractions import Fraction
from typing import Any

import numpy as np
from degenerate import GAMMAS, RANGES, bits_in, figures_in, gammas_in, integers_in
from hypothesis import strategies as st
from numpy.typing import NDArray

from hwgen.model.kinds.figures import as_array
from hwgen.model.kinds.padding import Padding
from hwgen.model.kinds.shape import Shape

__all__ = [
    "STEPS",
    "bias_of",
    "norm_figures",
    "pool_figures",
    "range_of",
    "rounding_of",
    "scales_of",
    "threshold_figures",
    "weights_of",
]

STEPS = (Fraction(1, 4), Fraction(1), Fraction(3), Fraction(3, 7), Fraction(5, 6))
"""Scales of roundings, most of them no powers of two."""

SEEDS = st.integers(0, 2**32 - 1)


def range_of(draw: st.DrawFn) -> str:
    """A range, the whole one as often as all others."""
    return draw(st.sampled_from(RANGES)) if draw(st.booleans()) else "uniform"


def weights_of(
    draw: st.DrawFn, shape: tuple[int, ...]
) -> tuple[NDArray[np.int8] | NDArray[np.int16], int, int]:
    """Weights, their width, and how much of it is behind the binary point."""
    bits = draw(st.sampled_from((1, 1, 1, 2, 4, 8, 16)))
    kind, rng = range_of(draw), np.random.default_rng(draw(SEEDS))
    if bits == 1:
        return bits_in(rng, kind, shape), 1, 0
    fraction = draw(st.integers(0, bits - 1))
    weights = integers_in(rng, kind, shape, -(1 << (bits - 1)), (1 << (bits - 1)) - 1)
    if bits > 8:
        return weights.astype(np.int16), bits, fraction
    return weights.astype(np.int8), bits, fraction


def bias_of(draw: st.DrawFn, reach: float, outputs: int) -> tuple[Fraction, ...]:
    """None, one for all, or one for each output; on a sum as often as not."""
    if draw(st.integers(0, 2)):
        return (Fraction(0),)
    steps, rng = max(1, round(reach / 4)), np.random.default_rng(draw(SEEDS))
    found = rng.integers(-steps, steps + 1, draw(st.sampled_from((1, outputs))))
    parts = rng.choice([0.0, 0.0, 0.5, 0.1], found.shape)
    return tuple(Fraction(x) for x in (found + parts).tolist())


def norm_figures(
    draw: st.DrawFn, channels: int, reach: float, unit: float, high: float | None
) -> tuple[Any, ...]:
    """Figures and epsilon of a batch normalisation of values up to ``reach``, multiples of a unit.

    With ``high`` values are scaled to about that.
    """
    rng = np.random.default_rng(draw(SEEDS))
    gamma = gammas_in(rng, draw(st.sampled_from(GAMMAS)), channels)
    if high is not None:
        gamma *= 2.0 ** round(np.log2(max(high, 0.1) / reach))
    beta = figures_in(rng, range_of(draw), channels, high or reach)
    steps = max(1, round(reach / unit / 2))
    mean = rng.integers(-steps, steps + 1, channels).astype(np.float64) * unit
    variance = rng.choice([0.0, 0.75, 3.75, 2.0], channels) * rng.choice([1.0, 1e-3])
    if not draw(st.integers(0, 5)):
        # What no float64 holds.
        gamma = as_array([Fraction(x) / 3 for x in gamma.tolist()])
        mean = as_array([Fraction(x) + Fraction(1, 7) for x in mean.tolist()])
    return gamma, beta, mean, variance, draw(st.sampled_from((0.25, 1e-5)))


def scales_of(draw: st.DrawFn) -> tuple[Fraction]:
    """Scale of a rounding: a power of two as often as not."""
    steps = STEPS if draw(st.booleans()) else [Fraction(1, 1 << k) for k in range(4)]
    return (draw(st.sampled_from(steps)),)


def rounding_of(draw: st.DrawFn, bits: int) -> tuple[bool, str]:
    """Whether a range is narrow, and where halves go."""
    even = bits <= 8 and not draw(st.integers(0, 2))
    narrow = bits > 1 and not draw(st.integers(0, 3))
    return narrow, "half_even" if even else "half_up"


def threshold_figures(
    draw: st.DrawFn, channels: int, reach: float
) -> tuple[NDArray[np.float64], int, Fraction, Fraction]:
    """Thresholds, often on values and often equal, width of the count, its scale and bias."""
    count = draw(st.one_of(st.integers(1, 9), st.sampled_from((15, 16, 31, 40))))
    rows = draw(st.sampled_from((1, channels)))
    scale = draw(st.sampled_from((Fraction(1), Fraction(1, 2), Fraction(3, 7))))
    bias = -scale * draw(st.sampled_from((0, 0, count // 2, count)))
    if count == 1 and draw(st.booleans()):
        scale, bias = Fraction(2), Fraction(-1)
    rng, steps = np.random.default_rng(draw(SEEDS)), max(1, round(reach))
    if draw(st.integers(0, 2)):
        limits = rng.integers(-steps, steps + 1, (rows, count))
        limits = np.sort(limits + rng.choice([0.0, 0.0, 0.5, 0.1], limits.shape), axis=1)
    else:
        # As far apart from one another, which a multiplier may do.
        step = max(1, 2 * steps // count) if draw(st.booleans()) else 2 * steps / count
        limits = np.round(rng.integers(-steps, 1, (rows, 1)) + step * np.arange(count))
    return limits.astype(np.float64), draw(st.integers(count.bit_length(), 8)), scale, bias


def pool_figures(
    draw: st.DrawFn, shape: Shape
) -> tuple[tuple[int, int], tuple[int, int], bool, Padding]:
    """Window, stride, whether windows overhang, and padding of a maximum."""
    ky, kx = (draw(st.integers(1, min(3, size))) for size in shape[:2])
    stride = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    ceil, padding = draw(st.booleans()), Padding()
    if not draw(st.integers(0, 2)):
        ceil, padding = False, Padding("same")
    elif not draw(st.integers(0, 2)):
        sides = [draw(st.integers(0, k - 1)) for k in (ky, ky, kx, kx)]
        padding = Padding("explicit", *sides)
    return (ky, kx), stride, ceil, padding
