"""Reads the arrays of an .npz file that somebody else wrote."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, describe, located, times
from hwgen.readers.npy import Header
from hwgen.readers.npz import MAX_BYTES, Archive

__all__ = [
    "MAX_THRESHOLD",
    "Arrays",
    "integers",
    "read_archive",
    "texts",
    "weights",
]

Arrays = dict[str, NDArray[Any]]

MAX_THRESHOLD = 1 << 51
"""Up to here a threshold and a half is a float64, and so is its neighbour."""


def read_archive(data: bytes) -> Arrays:
    """Read all arrays of an ``.npz`` file, by name.

    Nothing pickled is read, and no array larger than the file says it is.

    Raises
    ------
    ModelError
        If the file is damaged, cut short, too large, or holds anything but plain arrays.
    """
    archive = Archive(data)
    if archive.nbytes > MAX_BYTES:
        raise ModelError(f"its arrays have more than {MAX_BYTES} bytes")
    found: Arrays = {}
    for member in archive.names:
        name = member.removesuffix(".npy")
        if name == member or name in found:
            raise ModelError(f"holds {describe(member)}, which is no array")
        with located(f"array {describe(name)}"):
            found[name] = archive.read(member, _check_kind)
    return found


def _check_kind(header: Header) -> None:
    if header.dtype.kind not in "biuU":
        raise ModelError(
            f"must hold integers or text, not {header.dtype}",
            remedy="arrays of floats have no network with them: import its ONNX or Keras file",
        )


def weights(arrays: Arrays, name: str, dimensions: tuple[int, ...] = (2,)) -> NDArray[np.int8]:
    """Take an array of -1 and +1 with one of these numbers of dimensions, as int8."""
    values = _take(arrays, name)
    with located(f"array {name!r}"):
        if values.dtype.kind != "i":
            raise ModelError(f"must be signed integers, not {values.dtype}")
        if values.ndim not in dimensions or not values.size:
            allowed = " or ".join(map(str, dimensions))
            raise ModelError(f"must have {allowed} dimensions, not the shape {_shape(values)}")
        if not ((values == 1) | (values == -1)).all():
            raise ModelError("must hold -1 and +1 only")
    return values.astype(np.int8)


def integers(arrays: Arrays, name: str, shape: tuple[int, ...]) -> NDArray[np.int64]:
    """Take an array of integers of this shape, small enough for exact thresholds, as int64."""
    values = _take(arrays, name)
    with located(f"array {name!r}"):
        if values.dtype.kind not in "biu":
            raise ModelError(f"must be integers, not {values.dtype}")
        if values.shape != shape:
            raise ModelError(f"must have the shape {times(shape)}, not {_shape(values)}")
        if values.size and max(-int(values.min()), int(values.max())) > MAX_THRESHOLD:
            raise ModelError("must be within 2**51")
    return values.astype(np.int64)


def texts(arrays: Arrays, name: str, count: int) -> list[str] | None:
    """Take an array of ``count`` names; None where there is no such array."""
    if name not in arrays:
        return None
    values = arrays[name]
    if values.dtype.kind != "U" or values.shape != (count,):
        raise ModelError(f"array {name!r}: must be {count} names")
    return values.tolist()


def _take(arrays: Arrays, name: str) -> NDArray[Any]:
    if name not in arrays:
        raise ModelError(f"lacks the array {name!r}")
    return arrays[name]


def _shape(values: NDArray[Any]) -> str:
    return times(values.shape) or "of a single number"
