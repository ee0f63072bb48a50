"""Products of packed bits in compiled code."""

import ctypes
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.compiled import int64s, load_library, pointer

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
        pointer(patches), pointer(weights), *int64s(words, outputs, pixels, size),
        pointer(sums), *int64s(stride, sums.itemsize),
    )  # fmt: skip
    return True
