"""Seeded random weights and batch normalisations that leave no channel dead or constant.

Every filter's weights add up to zero (to -1 or +1 where their number is odd), so that whatever
its inputs have in common cancels: its sums have a mean of zero. Their variance is estimated as that
of independent inputs, from what is known of the layer before; nothing is run. Thresholds lie
within a fraction of a standard deviation of the mean, on either side.
"""

from dataclasses import dataclass
from math import floor, log2, prod, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "AVERAGED",
    "BALANCED_BIT",
    "PIXEL",
    "RECTIFIED",
    "Statistics",
    "Weights",
    "norm",
    "weights",
]


@dataclass(frozen=True)
class Statistics:
    """Mean and variance of what a layer reads."""

    mean: float
    variance: float


PIXEL = Statistics(0.0, 1 / 3)
"""Pixels of -1 to +1, all equally likely."""

BALANCED_BIT = {1: Statistics(0.0, 1.0), 4: Statistics(0.875, 1 - 0.875**2)}
"""-1/+1 with equal odds, and the maximum of four such, by their number."""

RECTIFIED = {1: Statistics(0.399, 0.341), 4: Statistics(1.03, 0.48)}
"""Standard normal numbers behind ReLU, and the maximum of four such."""


AVERAGED = Statistics(0.0, 0.05)
"""Means over a whole map, roughly; only the size of the last layer's weights depends on it."""


@dataclass(frozen=True, eq=False)
class Weights:
    """Weights as the description holds them, and the variance of the sums that they make."""

    values: NDArray[np.int8] | NDArray[np.int16]
    bits: int
    fraction_bits: int
    sum_variance: float


def weights(
    rng: np.random.Generator, shape: tuple[int, ...], bits: int, source: Statistics
) -> Weights:
    """Weights of ``bits`` bits.

    Parameters
    ----------
    shape : tuple of int
        (filters, rows, columns, channels) or (units, inputs).
    source : Statistics
        Of the layer's inputs.
    """
    terms = prod(shape[1:])
    if bits == 1:
        row = np.where(np.arange(terms) < terms // 2, 1, -1).astype(np.int8)
        values = rng.permuted(np.tile(row, (shape[0], 1)), axis=1)
        values *= rng.choice(np.array([-1, 1], np.int8), (shape[0], 1))
        return Weights(values.reshape(shape), 1, 0, terms * source.variance)
    # Sums are to have a variance of about one; uniform numbers, as wide as their bits allow.
    reach = sqrt(3 / (terms * source.variance))
    limit = (1 << bits - 1) - 1
    fraction = min(15, floor(log2(limit / reach)))
    drawn = rng.uniform(-reach, reach, (shape[0], terms)).astype(np.float32)
    drawn -= drawn.mean(axis=1, keepdims=True)
    scaled = np.clip(np.rint(drawn * 2**fraction), -limit, limit)
    variance = terms * float((scaled**2).mean()) / 4**fraction * source.variance
    kind = np.int8 if bits <= 8 else np.int16
    return Weights(scaled.astype(kind).reshape(shape), bits, fraction, variance)


def norm(rng: np.random.Generator, channels: int, variance: float) -> dict[str, Any]:
    """Batch normalisation of sums with a mean of zero: both signs of gamma, small offsets."""
    spread = sqrt(variance)
    return {
        "gamma": rng.uniform(0.5, 1.5, channels) * rng.choice([-1, 1], channels),
        "beta": rng.normal(0, 0.05, channels),
        "mean": rng.normal(0, 0.05 * spread, channels),
        "variance": variance * rng.uniform(0.8, 1.25, channels),
    }
