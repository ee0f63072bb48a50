"""A camera on the pins of a simulated design: pictures as levels, and what can go wrong in them."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["Levels", "idle_levels", "picture_levels"]

Levels = dict[str, int]
"""Levels of ``clk, pixel, valid, line, frame``."""

HALF = 2
"""Cycles of half a period of the pixel clock."""

GAP = 12
"""Cycles between pictures, and from the beginning of one to its first line."""


def idle_levels(cycles: int) -> Iterator[Levels]:
    """Nothing, for some cycles."""
    for _ in range(cycles):
        yield {"clk": 0, "pixel": 0, "valid": 0, "line": 0, "frame": 0}


def picture_levels(
    lines: NDArray[np.uint8],
    *,
    lost: tuple[int, ...] = (),
    holes: bool = False,
    half: int = HALF,
    gap: int = GAP,
) -> Iterator[Levels]:
    """One picture (lines, bytes of a line), a level of each pin a cycle.

    ``lost`` are bytes of the picture whose clock does not come; with ``holes`` the clock goes on
    between some bytes, without their being valid. ``half`` and ``gap`` are as `HALF` and `GAP`.
    """
    quiet = {"clk": 0, "pixel": 0, "valid": 0, "line": 0, "frame": 1}
    for _ in range(gap):
        yield quiet
    for row, line in enumerate(lines):
        for column, octet in enumerate(line):
            if holes and column % 3 == 1:
                for clk in (0, 1):
                    for _ in range(half):
                        yield quiet | {"clk": clk, "line": 1, "pixel": 0xA5}
            here = row * len(line) + column not in lost
            for clk in (0, 1):
                for _ in range(half):
                    yield {"clk": clk and here, "pixel": int(octet), "valid": 1, "line": 1,
                           "frame": 1}  # fmt: skip
        for _ in range(2 * half):
            yield quiet
    yield from idle_levels(gap)
