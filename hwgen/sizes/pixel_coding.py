"""Pixels in pairs, as sums and differences: widths, and weights and biases coded for them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["pair_bias", "pair_bits", "pair_weights"]


def pair_bits(simd: int, bits: int) -> int:
    """Width of the sums and differences of ``simd`` pixels of ``bits`` bits."""
    return simd // 2 * 2 * (bits + 1) + simd % 2 * bits


def pair_weights(weights: NDArray[np.integer[Any]]) -> NDArray[np.integer[Any]]:
    """What a `PixelElement` takes for weights (..., simd), 1 for +1 and 0 for -1.

    For each pair whether to take the complement and whether to take the difference; for a pixel
    left over whether to take the complement.
    """
    coded = 1 - weights
    pairs = weights.shape[-1] // 2 * 2
    coded[..., 1:pairs:2] = weights[..., 0:pairs:2] ^ weights[..., 1:pairs:2]
    return coded


def pair_bias(
    weights: NDArray[np.integer[Any]], *, bits: int, signed_input: bool
) -> NDArray[np.int64]:
    """What a `PixelElement` sums up above the dot product with weights (..., simd)."""
    zero = 1 << bits - 1 if signed_input else 0
    lanes = np.where(weights, zero, (1 << bits) - 1 - zero).sum(axis=-1, dtype=np.int64)
    pairs = weights.shape[-1] // 2 * 2
    return lanes + (weights[..., 0:pairs:2] == 0).sum(axis=-1, dtype=np.int64)
