"""Exact convolutions and products of packed bits: XOR, and a count of the ones."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.golden.forms import integer_dtype
from sim.golden.inner import xnor_products
from sim.golden.packed import PackedBits, Words, pack

__all__ = ["sum_in_numpy", "xnor_convolve"]

BLOCK = 1 << 16
"""Products of words at a time: enough to make NumPy's cost of a call small (about half a
microsecond), few enough for the second level of the cache (half a megabyte)."""

BYTE_WORDS = 3
"""Words whose counts fit a byte: 3 * 64 < 256. Bytes are four times cheaper to add than int16."""


def xnor_convolve(
    x: PackedBits,
    weights: NDArray[Any],
    stride: tuple[int, int] = (1, 1),
    padding: tuple[int, int, int, int] = (0, 0, 0, 0),
    pad: int = 0,
    dilation: tuple[int, int] = (1, 1),
) -> NDArray[Any]:
    """Return the integer convolution (correlation: kernels are not flipped) of bits, exactly.

    Of K products of -1/+1 values, as many are -1 as words of bits differ in: their sum is
    ``K - 2 * count(x XOR w)``.

    Parameters
    ----------
    x : PackedBits (N, H, W, C)
    weights : int8 array (out, ky, kx, C), -1/+1
    stride : (rows, columns)
    padding : (top, bottom, left, right)
    pad : int
        What all channels of a padded pixel are: -1, +1, or 0 for true zero, which adds nothing.
    dilation : (rows, columns)
        From one tap to the next.

    Returns
    -------
    integer array (N, H', W', out)
        Of ``integer_dtype(ky * kx * C)``; outputs are farthest apart in memory.
    """
    out, ky, kx, channels = weights.shape
    top, bottom, left, right = padding
    groups, frames, height, width = x.words.shape
    padded_shape = (height + top + bottom, width + left + right)
    down = range(0, ky * dilation[0], dilation[0])
    across = range(0, kx * dilation[1], dilation[1])
    rows = (padded_shape[0] - down[-1] - 1) // stride[0] + 1
    columns = (padded_shape[1] - across[-1] - 1) // stride[1] + 1
    taps = [(slice(dy, dy + (rows - 1) * stride[0] + 1, stride[0]),
             slice(dx, dx + (columns - 1) * stride[1] + 1, stride[1]))
            for dy in down for dx in across]  # fmt: skip

    # (tap and channel group, output)
    packed = pack(weights > 0).words.transpose(2, 3, 0, 1).reshape(-1, out)
    size = weights[0].size
    result = np.empty((out, frames, rows, columns), integer_dtype(size))
    flat = result.reshape(out, -1)
    area = rows * columns
    chunk = max(1, BLOCK // area)
    for first in range(0, frames, chunk):
        part = x.words[:, first : first + chunk]
        if any(padding):
            padded = np.empty((groups, part.shape[1], *padded_shape), np.uint64)
            edge = pack(np.full((1, 1, 1, channels), pad > 0)).words
            padded[:] = edge
            padded[:, :, top : top + height, left : left + width] = part
            part = padded
        patches = np.empty((len(taps), groups, part.shape[1], rows, columns), np.uint64)
        for tap, (y, x_) in enumerate(taps):
            patches[tap] = part[:, :, y, x_]
        sums = flat[:, first * area : (first + chunk) * area]
        _sum_products(patches.reshape(len(packed), -1), packed, size, sums)
    if any(padding) and pad == 0:
        # What was padded counted as -1.
        outside = np.ones(padded_shape, np.bool_)
        outside[top : top + height, left : left + width] = False
        where = np.array([outside[tap] for tap in taps]).reshape(len(taps), -1)
        ones = weights.sum(axis=3, dtype=np.int64).reshape(out, -1)
        missing = (ones @ where).astype(result.dtype)
        result += missing.reshape(out, 1, rows, columns)
    return np.moveaxis(result, 0, -1)


def _sum_products(patches: Words, weights: Words, size: int, sums: NDArray[Any]) -> None:
    """Put ``size - 2 * count`` of differing bits into ``sums``.

    Shapes are (words, pixels), (words, out) and (out, pixels). In compiled code, where there is a
    compiler; else in NumPy, which finds the same.
    """
    if not xnor_products(patches, weights, size, sums):
        sum_in_numpy(patches, weights, size, sums)


def sum_in_numpy(patches: Words, weights: Words, size: int, sums: NDArray[Any]) -> None:
    """As `_sum_products`."""
    out, pixels = sums.shape
    wide = min(pixels, BLOCK)
    tall = min(out, max(1, BLOCK // wide))
    differing = np.empty((tall, wide), np.uint64)
    ones, few = np.empty((2, tall, wide), np.uint8)
    for left in range(0, pixels, wide):
        for top in range(0, out, tall):
            total = sums[top : top + tall, left : left + wide]
            here = np.s_[: total.shape[0], : total.shape[1]]
            xors, counts, partial = differing[here], ones[here], few[here]
            total[:] = 0
            for word, patch in enumerate(patches[:, left : left + wide]):
                begins = word % BYTE_WORDS == 0
                np.bitwise_xor(patch, weights[word, top : top + tall, np.newaxis], out=xors)
                np.bitwise_count(xors, out=partial if begins else counts)
                if not begins:
                    np.add(partial, counts, out=partial)
                if word % BYTE_WORDS == BYTE_WORDS - 1 or word == len(patches) - 1:
                    np.add(total, partial, out=total)
            # Doubling may wrap, but what comes out fits again, so it is right.
            total *= -2
            total += size
