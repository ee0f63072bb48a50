"""What the integers of exact tensors stand for, and where their signs change."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.golden.packed import PackedBits, pack
from sim.golden.surd import ONE, ZERO, Surd

__all__ = [
    "LARGEST",
    "Form",
    "integer_dtype",
]

BLOCK = 1 << 20
"""Integers compared at a time: enough pixels for long loops, few Booleans to hold."""

FLOATS_TELL = 2**40
"""Steps beyond are far off where floats put them."""

LARGEST = 2**62
"""Integers stay below this, so that negating or comparing them never wraps an int64."""


@dataclass(frozen=True, eq=False)
class Form:
    """What the integers of a tensor stand for: ``slopes[c] * k + intercepts[c]`` in channel c.

    Where they are ``rectified`` it is the larger of that and zero.

    Batch normalisation only changes the form, never the integers. So a maximum or a sign after it
    is decided on integers and stays exact.

    Parameters
    ----------
    slopes, intercepts : tuple of Surd
        One a channel.
    peak : int
        Largest magnitude that an integer can have.
    levels : int64 array (channels or 1, count) or None
        For pixels, and maxima of pixels: the integer of each pixel, from the least on; else None.
    least : int
        The least pixel.
    normalised : bool
        Whether a batch normalisation has been applied since the integers were computed.
    rectified : bool
        Whether values below zero stand for zero.
    """

    slopes: tuple[Surd, ...]
    intercepts: tuple[Surd, ...]
    peak: int
    levels: NDArray[np.int64] | None = None
    least: int = 0
    normalised: bool = False
    rectified: bool = False

    @staticmethod
    @lru_cache(maxsize=256)
    def plain(channels: int, peak: int) -> "Form":
        """Integers that stand for themselves."""
        return Form((ONE,) * channels, (ZERO,) * channels, peak)

    @cached_property
    def directions(self) -> NDArray[np.int64]:
        """-1, 0 or 1 a channel: whether the value falls, stays or rises with the integer."""
        return np.array([slope.sign() for slope in self.slopes], np.int64)

    @cached_property
    def floats(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Slopes and intercepts rounded to float64."""
        slopes = np.array([float(slope) for slope in self.slopes])
        return slopes, np.array([float(intercept) for intercept in self.intercepts])

    @cached_property
    def steps(self) -> NDArray[np.int64]:
        """The integer in each channel from which on ``sign`` is that of large integers.

        Where the value rises it is the first with value >= 0, where it falls the first with value
        < 0. Where it stays it is ``-LARGEST`` or ``LARGEST``, so that all integers reach it, or
        none. Each is found by evaluating the value itself, exactly, at the integers around it.
        """
        known: dict[tuple[tuple[int, ...], ...], int] = {}  # channels are often alike
        found: list[int] = []
        for slope, intercept in zip(self.slopes, self.intercepts, strict=True):
            channel = slope.digits, intercept.digits
            if channel not in known:
                known[channel] = _first_step(slope, intercept)
            found.append(known[channel])
        return np.array([min(max(t, -LARGEST), LARGEST) for t in found], np.int64)

    @cached_property
    def _limits(self) -> NDArray[Any]:
        """``steps`` as narrow as the integers, which reach no others."""
        return np.clip(self.steps, -self.peak, self.peak + 1).astype(integer_dtype(self.peak))

    def bits(self, ints: NDArray[Any]) -> PackedBits:
        """Return +1 where the value is >= 0 and -1 elsewhere; for (N, H, W, C) integers."""
        frames, height, width, channels = ints.shape
        steps = self._limits
        words = np.empty((-(-channels // 64), frames, height, width), np.uint64)
        chunk = max(1, BLOCK // max(1, height * width * channels))
        for first in range(0, frames, chunk):
            here = slice(first, first + chunk)
            words[:, here] = pack(ints[here] >= steps).words
        falls = self.directions < 0
        if falls.any():
            words ^= pack(falls.reshape(1, 1, 1, channels)).words
        return PackedBits(words, channels)


def integer_dtype(peak: int) -> type[np.signedinteger[Any]]:
    """Return the narrowest type for integers of magnitude up to ``peak``, one more included.

    Of int16, int32 and int64: int8 is left to bits.
    """
    if peak < 2**15 - 1:
        return np.int16
    return np.int32 if peak < 2**31 - 1 else np.int64


def _near_step(slope: Surd, intercept: Surd) -> int:
    """Return an integer near the one at which a value changes its sign."""
    rise, start = slope.estimate(), intercept.estimate()
    if rise and start is not None and abs(start / rise) < FLOATS_TELL:
        return ceil(-start / rise)
    return ceil(-intercept.approximate() / slope.approximate())


def _first_step(slope: Surd, intercept: Surd) -> int:
    """Return the step of one channel; see ``Form.steps``."""
    direction = slope.sign()
    if direction == 0:
        return -LARGEST if intercept.sign() >= 0 else LARGEST

    def stepped(k: int) -> bool:
        value = (slope * k + intercept).sign()
        return value >= 0 if direction > 0 else value < 0

    # The estimate only saves time: what is returned has been seen to be the first.
    above, reach = _near_step(slope, intercept), 1
    while not stepped(above):
        above, reach = above + reach, 2 * reach
    below, reach = above - 1, 1
    while stepped(below):
        above, below, reach = below, below - reach, 2 * reach
    while above - below > 1:
        middle = (above + below) // 2
        above, below = (middle, below) if stepped(middle) else (above, middle)
    return above
