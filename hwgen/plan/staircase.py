"""Thresholds that are one multiplication: found, exactly, where each channel's lie along a line."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hwgen.network import Requantise, Threshold

__all__ = ["as_requantise"]

MAX_SHIFT = 40
"""Bits behind the binary point of a multiplier: more are tried for no channel."""


@lru_cache(maxsize=256)
def as_requantise(stage: Threshold) -> Requantise | None:
    """A stage of one multiplication that computes the same for every element; None without one."""
    bits, signed = stage.in_element.bits, stage.in_element.signed
    low = -(1 << bits - 1) if signed else 0
    high = low + (1 << bits) - 1
    rows = stage.thresholds.reshape(len(stage.invert), -1)
    found = []
    for row, inverted in zip(rows, stage.invert, strict=True):
        # As many are above x as 1 - threshold are not above -x.
        ends = (-high, -low) if inverted else (low, high)
        line = _line(1 - row[::-1] if inverted else row, *ends)
        if line is None:
            return None
        factor, offset, shift = line
        found.append((-factor if inverted else factor, offset, shift))
    shift = max(s for _, _, s in found)
    return Requantise(
        stage.name, stage.source, stage.in_shape, stage.out_shape, stage.element,
        stage.in_element, tuple(m << shift - s for m, _, s in found),
        tuple((b << shift - s) + (stage.base << shift) for _, b, s in found), shift,
        stage.base, stage.base + rows.shape[1],
    )  # fmt: skip


def _line(limits: NDArray[np.int64], low: int, high: int) -> tuple[int, int, int] | None:
    """``(factor * x + offset) >> shift`` that reaches k where the k-th limit is reached.

    That is for x in [low, high]; below 0 and above the number of limits it may be anything. The
    shift is the least with which there is one.
    """
    levels = np.arange(1, len(limits) + 1)
    # At its limit a level is reached, and one below it is not: two rows of points about the line.
    over, under = limits <= high, limits > low
    reached = np.maximum(limits, low)[over], levels[over]
    missed = np.minimum(limits - 1, high)[under], levels[under]
    least, most = _slopes(*reached, *missed)
    upper = list(zip(*(a.tolist() for a in reached), strict=True))
    lower = list(zip(*(a.tolist() for a in missed), strict=True))
    for shift in range(MAX_SHIFT + 1):
        first = max(0, int(least * 2**shift))
        for factor in (first, first + 1, int(most * 2**shift) if most < np.inf else first):
            offsets = [(k << shift) - factor * x for x, k in upper]
            limit = min(((k << shift) - 1 - factor * x for x, k in lower), default=None)
            offset = max(offsets, default=limit if limit is not None else 0)
            if limit is None or offset <= limit:
                return factor, offset, shift
    return None


def _slopes(
    reached: NDArray[np.int64], high: NDArray[np.int64],
    missed: NDArray[np.int64], low: NDArray[np.int64],
) -> tuple[float, float]:  # fmt: skip
    """About the least and the greatest slope of a line above some points and below others."""
    along = (reached[:, None] - missed).astype(np.float64)
    up = (high[:, None] - low).astype(np.float64)
    right, left = along > 0, along < 0
    least = (up[right] / along[right]).max() if right.any() else 0.0
    most = (up[left] / along[left]).min() if left.any() else np.inf
    return max(float(least), 0.0), float(most)
