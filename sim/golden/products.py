"""Exact integer convolutions of pixels and other integers through the BLAS.

Of a first layer's 8-bit pixels, bit planes would need eight counts a word (see ``xnor`` for bits).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.golden.forms import integer_dtype

__all__ = ["convolve", "convolve_apart"]

CHUNK_BYTES = 1 << 21
"""Unfolded patches and sums take about this much memory at a time: they stay near the cache."""


def convolve(
    x: NDArray[Any],
    weights: NDArray[Any],
    stride: tuple[int, int] = (1, 1),
    padding: tuple[int, int, int, int] = (0, 0, 0, 0),
    pad: NDArray[np.int64] | int = 0,
    *,
    dilation: tuple[int, int] = (1, 1),
    peak: int,
) -> NDArray[Any]:
    """Return the integer convolution (correlation: kernels are not flipped), exactly.

    Parameters
    ----------
    x : integer array (N, H, W, C)
    weights : integer array (out, ky, kx, C)
    stride : (rows, columns)
    padding : (top, bottom, left, right)
    pad : int64 array (C,)
        The integers of a padded pixel.
    dilation : (rows, columns)
        From one tap to the next.
    peak : int
        Bound on the sum of the magnitudes of every output's products, less than 2**62. Every
        partial sum keeps to it too, so in whatever order a BLAS adds, no step rounds while it
        fits the significand: 24 bits of float32 or 53 of float64. Beyond, NumPy adds int64.

    Returns
    -------
    integer array (N, H', W', out)
        Of ``integer_dtype(peak)``; outputs are farthest apart in memory.
    """
    frames, height, width, channels = x.shape
    out, ky, kx, _ = weights.shape
    top, bottom, left, right = padding
    work = _work_dtype(peak)
    kernels = weights.reshape(out, -1).astype(work)
    padded_shape = (height + top + bottom, width + left + right)
    spread_y, spread_x = dilation
    reach = (ky - 1) * spread_y + 1
    rows = (padded_shape[0] - reach) // stride[0] + 1
    columns = (padded_shape[1] - (kx - 1) * spread_x - 1) // stride[1] + 1
    result = np.empty((out, frames, rows, columns), integer_dtype(peak))
    row_bytes = columns * sum(kernels.shape) * kernels.itemsize
    chunk = max(1, min(frames, CHUNK_BYTES // (rows * row_bytes)))
    step = rows if chunk > 1 else min(rows, max(1, CHUNK_BYTES // row_bytes))
    # Made once: fresh memory costs more than the arithmetic.
    padded = np.empty((channels, chunk, *padded_shape), work)
    padded[:] = np.reshape(pad, (-1, 1, 1, 1))
    rows_read = (step - 1) * stride[0] + reach
    shifted = np.zeros((kx, channels, chunk, rows_read, columns), work)
    patches = np.empty((ky, kx, channels, chunk, step, columns), work)
    sums = np.empty((out, chunk, step, columns), work)
    for first in range(0, frames, chunk):
        part = np.moveaxis(x[first : first + chunk], -1, 0)
        count = part.shape[1]
        padded[:, :count, top : top + height, left : left + width] = part
        for row in range(0, rows, step):
            # Columns first: rows are then copied many at a time.
            lines = padded[:, :, row * stride[0] :][:, :, :rows_read]
            for dx in range(kx):
                shifted[dx, :, :, : lines.shape[2]] = lines[..., dx * spread_x :: stride[1]][
                    ..., :columns
                ]
            for dy in range(ky):
                patches[dy] = shifted[:, :, :, dy * spread_y :: stride[0]][:, :, :, :step]
            np.matmul(kernels, patches.reshape(kernels.shape[1], -1), out=sums.reshape(out, -1))
            rows_done = min(step, rows - row)
            result[:, first : first + count, row : row + rows_done] = sums[:, :count, :rows_done]
    return np.moveaxis(result, 0, -1)


def convolve_apart(
    x: NDArray[np.int64],
    kernels: NDArray[Any],
    stride: tuple[int, int],
    padding: tuple[int, int, int, int],
    pad: NDArray[np.int64],
    *,
    dilation: tuple[int, int] = (1, 1),
    peak: int,
) -> NDArray[Any]:
    """Return the depthwise convolution, each channel with its kernel, exactly.

    Parameters and result are those of ``convolve``, but for ``kernels`` (C, ky, kx).
    """
    frames, height, width, channels = x.shape
    _, ky, kx = kernels.shape
    top, bottom, left, right = padding
    padded = np.empty((frames, height + top + bottom, width + left + right, channels), np.int64)
    padded[:] = pad
    padded[:, top : top + height, left : left + width] = x
    rows = (padded.shape[1] - (ky - 1) * dilation[0] - 1) // stride[0] + 1
    columns = (padded.shape[2] - (kx - 1) * dilation[1] - 1) // stride[1] + 1
    sums = np.zeros((frames, rows, columns, channels), np.int64)
    for dy in range(ky):
        for dx in range(kx):
            tap = padded[:, dy * dilation[0] :: stride[0], dx * dilation[1] :: stride[1]]
            tap = tap[:, :rows, :columns]
            sums += tap * kernels[:, dy, dx].astype(np.int64)
    return sums.astype(integer_dtype(peak))


def _work_dtype(peak: int) -> type[np.number[Any]]:
    if peak < 2**24:
        return np.float32
    return np.float64 if peak < 2**53 else np.int64
