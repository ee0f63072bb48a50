"""Products of packed bits in compiled code."""

import ctypes
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.compiled import load_library

__all__ = ["load_inner", "xnor_products"]


@cache
def load_inner() -> ctypes.CDLL | None:
    """Compile the code, or take it as it was compiled before; None without a compiler."""
    return load_library(Path(__file__).with_suffix(".cpp"))


def xnor_products(
    patches: NDArray[np.uint64], weights: NDArray[np.uint64], size: int, sums: NDArray[Any]
) -> bool:
    """Put ``size - 2 * count`` of differing bits into ``sums``; False where that cannot be done.

    Shapes are (words, pixels), (words, out) and (out, pixels).
    """
    library = load_inner()
    if library is None:
        return False
    patches, weights = np.ascontiguousarray(patches), np.ascontiguousarray(weights)
    (words, pixels), outputs = patches.shape, weights.shape[1]
    stride = sums.strides[0] // sums.itemsize
    library.xnor_products(
        _pointer(patches), _pointer(weights), *_sizes(words, outputs, pixels, size),
        _pointer(sums), *_sizes(stride, sums.itemsize),
    )  # fmt: skip
    return True


def _pointer(array: NDArray[Any]) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def _sizes(*numbers: int) -> list[ctypes.c_int64]:
    return [ctypes.c_int64(number) for number in numbers]
