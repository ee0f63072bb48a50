"""Boxes from the raw grid of YOLO v1 that a network puts out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwgen.errors import ModelError
from hwgen.model import YoloHead

__all__ = ["IOU_LIMIT", "THRESHOLD", "Box", "decode_yolo"]

THRESHOLD = 0.2
"""Least score of a box, unless another one is asked for."""

IOU_LIMIT = 0.5
"""Most overlap of two boxes of a class, unless another one is asked for."""


@dataclass(frozen=True)
class Box:
    """A box around an object: sides as parts of the picture, 0 to 1 from its left and its top."""

    class_index: int
    score: float
    left: float
    top: float
    right: float
    bottom: float


def decode_yolo(
    scores: ArrayLike,
    head: YoloHead,
    *,
    threshold: float = THRESHOLD,
    iou_limit: float = IOU_LIMIT,
) -> list[Box]:
    """Boxes of one picture (Redmon et al. 2016, arXiv 1506.02640).

    Parameters
    ----------
    scores : array_like
        Integers or floats of shape (rows, columns, boxes * 5 + classes), or flat in that order. A
        cell has x, y, sqrt(w), sqrt(h) and confidence of each box, then the probability of each
        class if there is an object. ``head.scale`` times a score is its value.
    threshold : float
        Least score, 0 or more. A score is confidence times probability, for every box and class.
    iou_limit : float
        Of two boxes of a class whose intersection is more than this part of their union, 0 to 1,
        only the one with the higher score is left.

    Returns
    -------
    list of Box
        Clipped to the picture; the highest score first, of equal ones the lowest class, then the
        first in the order of the grid, which is also the one that is left of two. A negative
        root, confidence or probability counts as 0, and a box without any area in the picture,
        or with a value that is not finite, is none.

    Raises
    ------
    ModelError
        If there is another number of scores, or a limit is out of its range.
    """
    if not threshold >= 0:
        raise ModelError(f"threshold must be at least 0, not {threshold:g}")
    if not 0 <= iou_limit <= 1:
        raise ModelError(f"IoU limit must be from 0 to 1, not {iou_limit:g}")
    given = np.asarray(scores)
    if given.size != head.scores:
        raise ModelError(f"head: a grid of {head.scores} scores cannot be read from {given.size}")
    # What overflows is not finite, and no box.
    with np.errstate(over="ignore", invalid="ignore"):
        values = given.reshape(head.rows, head.columns, -1).astype(np.float64) * float(head.scale)
        boxed = values[..., : head.boxes * 5].reshape(head.rows, head.columns, head.boxes, 5)
        chances = np.maximum(values[..., head.boxes * 5 :], 0)
        sides = _sides(boxed).reshape(-1, 4)
        rated = np.maximum(boxed[..., 4, None], 0) * chances[:, :, None, :]
        rated = rated.reshape(-1, head.classes)
        there = (sides[:, 0] < sides[:, 2]) & (sides[:, 1] < sides[:, 3])
        found = [
            (-score, label, int(at))
            for label in range(head.classes)
            for score, at in _chosen(sides, rated[:, label], there, threshold, iou_limit)
        ]
    return [Box(label, -less, *map(float, sides[at])) for less, label, at in sorted(found)]


def _sides(boxed: NDArray[np.float64]) -> NDArray[np.float64]:
    """Left, top, right and bottom (rows, columns, boxes, 4) of boxes (rows, columns, boxes, 5)."""
    rows, columns = boxed.shape[:2]
    x = (boxed[..., 0] + np.arange(columns)[None, :, None]) / columns
    y = (boxed[..., 1] + np.arange(rows)[:, None, None]) / rows
    width, height = np.moveaxis(np.maximum(boxed[..., 2:4], 0) ** 2, -1, 0)
    sides = np.stack((x - width / 2, y - height / 2, x + width / 2, y + height / 2), axis=-1)
    return np.where(np.isfinite(boxed).all(axis=-1, keepdims=True), np.clip(sides, 0, 1), 0)


def _chosen(
    sides: NDArray[np.float64],
    rated: NDArray[np.float64],
    there: NDArray[np.bool_],
    threshold: float,
    iou_limit: float,
) -> list[tuple[float, int]]:
    """Score and index of the boxes that are left of one class, by non-maximum suppression."""
    candidates = np.flatnonzero(there & np.isfinite(rated) & (rated >= threshold))
    # Stable, so that of equal scores the first box in the grid goes first.
    waiting = candidates[np.argsort(-rated[candidates], kind="stable")]
    left: list[tuple[float, int]] = []
    while waiting.size:
        best, waiting = waiting[0], waiting[1:]
        left.append((float(rated[best]), int(best)))
        inner = _area(
            np.maximum(sides[best, :2], sides[waiting, :2]),
            np.minimum(sides[best, 2:], sides[waiting, 2:]),
        )
        union = _area(sides[best, :2], sides[best, 2:]) - inner
        union = union + _area(sides[waiting, :2], sides[waiting, 2:])
        waiting = waiting[inner <= iou_limit * union]
    return left


def _area(low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
    """Areas of rectangles between their corners (..., 2); 0 where these are the wrong way round."""
    return np.prod(np.maximum(high - low, 0), axis=-1)
