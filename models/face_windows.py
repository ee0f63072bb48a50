"""Windows of a picture at every place and size, and boxes from the best of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["Window", "cut_windows", "group_windows", "mean_box", "overlap", "sides"]

SAME = 0.5
"""Windows that overlap by this much show the same thing."""
CLUSTER = 5
"""Windows of a group, the best ones, that its box is the mean of."""


@dataclass(frozen=True)
class Window:
    """A square of the picture: left, top and side in pixels, and the network's scores."""

    left: float
    top: float
    side: float
    scores: tuple[int, ...] = ()
    margin: int = 0
    """Score of the face above the best other one."""


def sides(height: int, width: int, smallest: float, ratio: float) -> list[float]:
    """Window sides from ``smallest`` on, each ``ratio`` times the one before, that fit."""
    found = []
    side = smallest
    while side <= min(height, width):
        found.append(side)
        side *= ratio
    return found


def cut_windows(
    picture: NDArray[np.uint8], side: float, size: int, stride: int
) -> tuple[NDArray[np.uint8], list[Window]]:
    """Shrink a picture until ``side`` becomes ``size``, and cut it into windows.

    Parameters
    ----------
    picture : uint8 (H, W, C)
    side : float
        Window side in pixels of the picture.
    size : int
        Side of the network's input.
    stride : int
        Pixels of the shrunk picture between windows; the last ones stand at its edge.

    Returns
    -------
    uint8 array (N, size, size, C), list of Window
        Windows row by row, and where they lie in the picture.
    """
    height, width = (max(size, round(n * size / side)) for n in picture.shape[:2])
    # Pillow's filter grows with the reduction: nothing aliases.
    shrunk = np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BILINEAR))
    rows, columns = (sorted({*range(0, n - size, stride), n - size}) for n in (height, width))
    windows = np.stack([shrunk[y : y + size, x : x + size] for y in rows for x in columns])
    y_scale, x_scale = picture.shape[0] / height, picture.shape[1] / width
    return windows, [
        Window(x * x_scale, y * y_scale, size * x_scale) for y in rows for x in columns
    ]


def overlap(a: Window, b: Window) -> float:
    """Common area of two windows as a part of their union."""
    across = min(a.left + a.side, b.left + b.side) - max(a.left, b.left)
    down = min(a.top + a.side, b.top + b.side) - max(a.top, b.top)
    common = max(across, 0) * max(down, 0)
    return common / (a.side**2 + b.side**2 - common)


def group_windows(windows: list[Window], same: float = SAME) -> list[list[Window]]:
    """Non-maximum suppression that keeps what it suppresses.

    Returns
    -------
    list of list of Window
        Each window whose margin is positive, with the first of the better ones that it overlaps
        by ``same``. Groups and their windows come with the best first.
    """
    groups: list[list[Window]] = []
    for window in sorted(windows, key=lambda w: -w.margin):
        if window.margin <= 0:
            break
        for group in groups:
            if overlap(group[0], window) >= same:
                group.append(window)
                break
        else:
            groups.append([window])
    return groups


def mean_box(group: list[Window], count: int = CLUSTER) -> tuple[int, int, int, int]:
    """Mean of the best windows of a group: left, top, right, bottom, in whole pixels."""
    some = group[:count]
    left, top, side = (
        sum(getattr(w, key) for w in some) / len(some) for key in ("left", "top", "side")
    )
    return round(left), round(top), round(left + side), round(top + side)
