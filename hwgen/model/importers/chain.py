"""What importers share: thresholds as exact batch normalisations, and pictures of bits."""

from fractions import Fraction
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.builder import Builder
from hwgen.model.layers import Affine

__all__ = ["add_threshold", "binarised"]

_BITS = Affine(Fraction(1), Fraction(-128))
"""What a sign turns into +1 from pixel 128 up, and -1 below."""


def add_threshold(
    builder: Builder,
    k: int,
    thresholds: NDArray[np.int64],
    *,
    strict: bool,
    falling: NDArray[np.bool_] | None = None,
) -> None:
    """Add ``norm<k>`` and ``sign<k>``: +1 where ``acc >= T``, or ``acc > T`` where ``strict``.

    Where ``falling`` it is ``-acc`` that is compared. All figures are exact in float64: a strict
    threshold lies halfway between two integers.
    """
    gamma = np.ones(len(thresholds)) if falling is None else np.where(falling, -1.0, 1.0)
    mean = gamma * (thresholds + (0.5 if strict else 0.0))
    builder.batch_norm(gamma, 0.0, mean, 1.0, 0.0, f"norm{k}").sign(f"sign{k}")


def binarised(name: str, inputs: int) -> Builder:
    """Begin a network that reads a square grey picture as bits, +1 for pixels from 128 up."""
    side = isqrt(inputs)
    if side * side != inputs:
        raise ModelError(f"its first layer has {inputs} inputs, which is no square picture")
    builder = Builder(name, height=side, width=side, channels=1, transform=_BITS)
    return builder.sign("binarise").flatten("flatten")
