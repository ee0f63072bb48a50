"""Weights of a convolution in the order in which a matrix unit reads them."""

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["fold_weights"]


def fold_weights(
    weights: NDArray[np.integer[Any]], *, pe: int, taps: tuple[int, int], group: int
) -> NDArray[np.integer[Any]]:
    """Weights (out, ky, kx, in) by neuron fold, synapse fold, output lane, input lane.

    A patch has ``taps`` rows and columns of the kernel with ``group`` channels each, which are the
    input lanes in the order (row, column, channel).
    """
    _, ky, kx, channels = weights.shape
    (ty, tx) = taps
    apart = weights.reshape(-1, pe, ky // ty, ty, kx // tx, tx, channels // group, group)
    ordered = apart.transpose(0, 2, 4, 6, 1, 3, 5, 7)
    return ordered.reshape(len(apart), -1, pe, prod((*taps, group)))
