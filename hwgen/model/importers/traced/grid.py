"""Finds integers and a scale behind weights that are their products, rounded."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["grid"]

Array = NDArray[Any]

_MOST = 127
_ROUNDINGS = 4


def grid(array: Array, axis: int) -> tuple[Array, int] | None:
    """The scale of each index of an axis, spread over the array, and the bits of the integers.

    None where they are integers already, or at most one size and 0, or no integers of up to 8 bits
    times a scale.
    """
    if array.dtype.kind != "f" or not array.size or not np.isfinite(array).all():
        return None
    rows = np.moveaxis(array, axis, 0).reshape(array.shape[axis], -1)
    sizes = np.abs(rows)
    most = sizes.max(axis=1, keepdims=True)
    if (rows == np.rint(rows)).all() or ((sizes == most) | (sizes == 0)).all():
        return None
    scales = np.array([_step(row) for row in sizes])
    integers = np.rint(rows / scales[:, None])
    near = (
        np.abs(integers * scales[:, None] - rows) <= _ROUNDINGS * np.finfo(array.dtype).eps * most
    )
    if not near.all() or np.abs(integers).max() > _MOST:
        return None
    shape = [1] * array.ndim
    shape[axis] = len(scales)
    bits = int(np.abs(integers).max()).bit_length() + 1
    return scales.astype(array.dtype).reshape(shape), bits


def _step(sizes: Array) -> float:
    """The least distance between two sizes that are not one but for roundings, 0 among them."""
    levels = np.unique(np.append(sizes, 0.0))
    apart = np.diff(levels)
    apart = apart[apart > _ROUNDINGS * np.finfo(sizes.dtype).eps * levels[-1]]
    return float(apart.min()) if apart.size else 1.0
