"""The IDX files that MNIST and its relatives are published in, packed by gzip or not."""

import gzip
import io
from math import prod
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.readers.files import read_bytes, refusing

__all__ = ["is_idx", "read_idx"]

MAX_BYTES = 1 << 28
"""Of a file, and of what it unpacks to."""

_UINT8 = 0x08
_DAMAGED = "is no IDX file of bytes, or a damaged one"


def is_idx(path: Path) -> bool:
    """Tell by its name whether a file is one: ``...-ubyte``, ``.idx``, or these and ``.gz``."""
    name = path.name.lower().removesuffix(".gz")
    return name.endswith(("-ubyte", ".ubyte", ".idx", ".idx1", ".idx3"))


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Read the array of a file of unsigned bytes.

    Raises
    ------
    ModelError
        If the file cannot be read, is damaged, too large, or has other numbers than bytes.
    """
    data = read_bytes(path, MAX_BYTES)
    if data[:2] == b"\x1f\x8b":
        with refusing("is a damaged gzip file, or one cut short"):
            data = gzip.GzipFile(fileobj=io.BytesIO(data)).read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise ModelError(f"unpacks to more than the {MAX_BYTES:,} bytes that are read")
    if len(data) < 4 or data[:3] != bytes((0, 0, _UINT8)) or not data[3]:
        raise ModelError(_DAMAGED)
    begin = 4 + 4 * data[3]
    if begin > len(data) or data[3] > 4:
        raise ModelError(_DAMAGED)
    shape = tuple(np.frombuffer(data[4:begin], ">u4").tolist())
    if prod(shape) != len(data) - begin:
        raise ModelError("is cut short, or longer than its header says")
    return np.frombuffer(data, np.uint8, offset=begin).reshape(shape)
