"""NumPy's .npy files: the header first, and the array only if somebody wants one like that."""

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.readers.files import opened, refusing, take

__all__ = ["MAX_FILE_BYTES", "Check", "Header", "decode_npy", "read_header", "read_npy"]

MAX_FILE_BYTES = 1 << 28
"""Of a file, and so of its array."""

_MAX_RANK = 32
_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


@dataclass(frozen=True)
class Header:
    """What a file says of its array: sizes that are not negative, and a type without objects."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool

    @property
    def nbytes(self) -> int:
        """Bytes of the array."""
        return prod(self.shape) * self.dtype.itemsize


Check = Callable[[Header], object]
"""Raises a ModelError for an array that is not wanted, before any memory is taken for it."""


def read_npy(path: Path, check: Check) -> NDArray[Any]:
    """Read the array of a file; nothing pickled is read.

    Raises
    ------
    ModelError
        If the file cannot be read, is empty, damaged, cut short or longer than its header says,
        or ``check`` refuses it.
    """
    with opened(path, MAX_FILE_BYTES) as (file, size):
        if not size:
            raise ModelError("the file is empty")
        if file.peek(4)[:4] in (b"PK\x03\x04", b"PK\x05\x06"):  # type: ignore[attr-defined]
            raise ModelError("is an .npz archive, not an .npy array")
        return decode_npy(file, size, check)


def decode_npy(file: BinaryIO, size: int, check: Check) -> NDArray[Any]:
    """Read the array from a file of ``size`` bytes that is at its beginning."""
    header = read_header(file)
    check(header)
    if header.nbytes != size - file.tell():
        raise ModelError("is cut short, or longer than its header says")
    data = np.frombuffer(take(file, header.nbytes), np.uint8)
    if not data.size:
        return np.empty(header.shape, header.dtype)
    return data.view(header.dtype).reshape(header.shape, order="F" if header.fortran else "C")


def read_header(file: BinaryIO) -> Header:
    """Read what a file that is at its beginning says of its array, and no more."""
    with refusing("is no .npy array, or one with a damaged header"):
        # A header goes through Python's own parser: damaged ones raise nearly anything.
        shape, fortran, dtype = _HEADERS[npy.read_magic(file)](file)
        if not all(type(n) is int and n >= 0 for n in shape) or len(shape) > _MAX_RANK:
            raise ValueError
        if not dtype.itemsize:
            raise ValueError
        # Sizes of 0 hide others from the count of bytes that no array could have.
        if prod(n or 1 for n in shape) * dtype.itemsize >= 1 << 63:
            raise ValueError
    if dtype.hasobject:
        raise ModelError("is pickled, and nothing pickled is read")
    return Header(tuple(shape), dtype, bool(fortran))
