"""Reads the arrays of an .npz file that somebody else wrote."""

import io
import warnings
import zipfile
import zlib
from math import prod
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from hwgen.errors import ModelError, describe, located, times

__all__ = [
    "MAX_BYTES",
    "MAX_THRESHOLD",
    "Arrays",
    "integers",
    "is_archive",
    "read_archive",
    "texts",
    "weights",
]

Arrays = dict[str, NDArray[Any]]

MAX_BYTES = 1 << 28
"""Most bytes of a file, and of all its arrays together: as many as a network has weights."""

MAX_THRESHOLD = 1 << 51
"""Up to here a threshold and a half is a float64, and so is its neighbour."""


def is_archive(data: bytes) -> bool:
    """Tell whether the bytes begin as a zip file does."""
    return data[:4] in (b"PK\x03\x04", b"PK\x05\x06")


def read_archive(data: bytes) -> Arrays:
    """Read all arrays of an ``.npz`` file, by name.

    Nothing pickled is read, and no array larger than the file says it is.

    Raises
    ------
    ModelError
        If the file is damaged, cut short, too large, or holds anything but plain arrays.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > MAX_BYTES:
                raise ModelError(f"its arrays have more than {MAX_BYTES} bytes")
            found: Arrays = {}
            for member in members:
                name = member.filename.removesuffix(".npy")
                if name == member.filename or name in found:
                    raise ModelError(f"holds {describe(member.filename)}, which is no array")
                found[name] = _read(archive.read(member), describe(name))
            return found
    except (
        OSError, EOFError, ValueError, RuntimeError, NotImplementedError,
        zipfile.BadZipFile, zlib.error,
    ) as error:  # fmt: skip
        reason = " ".join(str(error).split())
        raise ModelError(f"is a damaged .npz file, or one cut short: {reason}") from error


def _read(data: bytes, what: str) -> NDArray[Any]:
    file = io.BytesIO(data)
    try:
        version = npy.read_magic(file)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about headers that Python 2 wrote
            header = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
            shape, _, dtype = header[version](file)
    except Exception as error:  # a damaged header goes through Python's own parser and tokenizer
        raise ModelError(f"array {what}: has a damaged header") from error
    if dtype.hasobject:
        raise ModelError(f"array {what}: is pickled, and nothing pickled is read")
    if dtype.kind not in "biuU":
        raise ModelError(f"array {what}: must hold integers or text, not {dtype}")
    if prod(shape) * dtype.itemsize != len(data) - file.tell():
        raise ModelError(f"array {what}: is cut short, or longer than its header says")
    return npy.read_array(io.BytesIO(data), allow_pickle=False)


def weights(arrays: Arrays, name: str, dimensions: tuple[int, ...] = (2,)) -> NDArray[np.int8]:
    """Take an array of -1 and +1 with one of these numbers of dimensions, as int8."""
    values = _take(arrays, name)
    with located(f"array {name!r}"):
        if values.dtype.kind != "i":
            raise ModelError(f"must be signed integers, not {values.dtype}")
        if values.ndim not in dimensions or not values.size:
            allowed = " or ".join(map(str, dimensions))
            raise ModelError(f"must have {allowed} dimensions, not the shape {_shape(values)}")
        if not np.isin(values, (-1, 1)).all():
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
