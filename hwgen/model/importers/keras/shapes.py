"""Layers that only move numbers, or put zeros around them. Channels are last in the file."""

from math import prod
from typing import Any

import numpy as np

from hwgen.errors import ModelError, describe
from hwgen.model.importers.keras.flow import around, turned
from hwgen.model.importers.keras.settings import check_channels_last
from hwgen.model.importers.qonnx.tensor import Tensor

__all__ = ["flattened", "padded", "reshaped"]

_MOST = 1024


def flattened(config: dict[str, Any], tensor: Tensor) -> Tensor:
    """A ``Flatten``: rows, columns, and channel fastest."""
    check_channels_last(config)
    return tensor.placed(turned(tensor).place.reshape(1, -1))


def reshaped(config: dict[str, Any], tensor: Tensor) -> Tensor:
    """A ``Reshape`` of a frame."""
    shape = config.get("target_shape")
    if not isinstance(shape, list) or not all(type(size) is int for size in shape):
        raise ModelError(f"must have numbers as its target_shape, not {describe(shape)}")
    given, whole = [size for size in shape if size != -1], tensor.place.size
    known, open_sizes = prod(given), len(shape) - len(given)
    fits = known > 0 and (whole % known == 0 if open_sizes else whole == known)
    if not 1 <= len(shape) <= 3 or min(given, default=1) < 1 or open_sizes > 1 or not fits:
        raise ModelError(f"has the target_shape {describe(shape)} for {whole} numbers")
    place = turned(tensor).place.reshape(1, *shape)
    return tensor.placed(np.moveaxis(place, -1, 1))


def padded(config: dict[str, Any], tensor: Tensor, axes: int) -> Tensor:
    """A ``ZeroPadding2D``, or of signals a ``ZeroPadding1D``."""
    check_channels_last(config)
    if tensor.place.ndim != axes + 2:
        raise ModelError("must read maps")
    given = config.get("padding", 1)
    pairs = given if isinstance(given, list) and len(given) == axes and axes > 1 else [given] * axes
    sides = [_pair(one) for one in pairs]
    (top, bottom), (left, right) = sides if axes > 1 else [(0, 0), *sides]
    return around(tensor, (top, bottom, left, right), 0)


def _pair(given: Any) -> tuple[int, int]:
    pair = [given, given] if type(given) is int else given
    if (
        not isinstance(pair, list)
        or len(pair) != 2
        or not all(type(one) is int and 0 <= one <= _MOST for one in pair)
    ):
        raise ModelError(f"has the padding {describe(given)}, which is not imported")
    return pair[0], pair[1]
