"""Payloads as bits and as bytes, the least significant first."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Bits", "Ints", "Words", "element_bits", "packed", "unpacked"]

Bits = NDArray[np.uint8]
Words = NDArray[np.uint8]
Ints = NDArray[np.integer[Any]]


def element_bits(ints: Ints, width: int) -> Bits:
    """Each integer as ``width`` bits of two's complement: uint8 (..., width)."""
    if width == 1:
        return (ints[..., None] & 1).astype(np.uint8, order="C")
    return ((ints.astype(np.int64)[..., None] >> np.arange(width)) & 1).astype(np.uint8)


def packed(bits: Bits) -> Words:
    """Bits of the last axis as bytes."""
    # NumPy packs many short rows slowly, and one long one fast.
    *shape, width = bits.shape
    if width % 8:
        padded = np.zeros((*shape, width + -width % 8), np.uint8)
        padded[..., :width] = bits
        bits = padded
    return np.packbits(bits, bitorder="little").reshape(*shape, -(-width // 8))


def unpacked(words: Words, width: int) -> Bits:
    """The first ``width`` bits of the bytes of the last axis."""
    bits = np.unpackbits(words, bitorder="little").reshape(*words.shape[:-1], -1)
    return np.ascontiguousarray(bits[..., :width])
