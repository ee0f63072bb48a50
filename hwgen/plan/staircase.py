"""Thresholds that are one multiplication: found, exactly, where each channel's lie along a line."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hwgen.network import Requantise, Threshold
from hwgen.network.lines import Steps, lines_between

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
    # As many are above x as 1 - threshold are not above -x.
    found = lines_between(
        [
            _steps(1 - row[::-1], -high, -low) if inverted else _steps(row, low, high)
            for row, inverted in zip(rows, stage.invert.tolist(), strict=True)
        ],
        MAX_SHIFT,
    )
    if found is None:
        return None
    signed_factors = zip(found.factors, stage.invert.tolist(), strict=True)
    return Requantise(
        stage.name, stage.source, stage.in_shape, stage.out_shape, stage.element,
        stage.in_element, tuple(-m if inverted else m for m, inverted in signed_factors),
        tuple(b + (stage.base << found.shift) for b in found.offsets), found.shift,
        stage.base, stage.base + rows.shape[1],
    )  # fmt: skip


def _steps(limits: NDArray[np.int64], low: int, high: int) -> Steps:
    """What asks to reach k for x in [low, high] where the k-th limit is reached.

    Below 0 and above the number of limits it may be anything.
    """
    levels = np.arange(1, len(limits) + 1)
    # At its limit a level is reached, and one below it is not: two rows of points about the line.
    over, under = limits <= high, limits > low
    return Steps(
        (np.maximum(limits, low)[over], levels[over]),
        (np.minimum(limits - 1, high)[under], levels[under]),
    )
