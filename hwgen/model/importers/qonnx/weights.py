"""Arrays of weights as integers and a scale of each output."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx.constants import Quantised
from hwgen.model.importers.qonnx.rescale import common
from hwgen.model.importers.qonnx.steps import Linear
from hwgen.model.importers.qonnx.tensor import rationals

__all__ = ["Weights", "bits_of", "level", "weights_of"]

Array = NDArray[Any]

_MAX_UNITS = 1 << 16
_MAX_WEIGHT = (1 << 15) - 1


@dataclass(frozen=True, eq=False)
class Weights:
    """Integers (outputs, ...), and the rational scale of each output."""

    integers: NDArray[np.int64]
    scale: Array


def bits_of(integers: NDArray[np.int64]) -> int:
    """As few bits as hold all weights; one is -1 and +1."""
    if (np.abs(integers) == 1).all():
        return 1
    low, high = int(integers.min()), int(integers.max())
    return max(max(high, -low - 1).bit_length() + 1, 2)


def level(weights: Weights, line: Linear) -> tuple[Weights, Linear]:
    """Weights (outputs, ..., inputs) for inputs of one scale.

    Where the inputs' own differ, their ratios go into the weights.
    """
    slope = line.slope[0]
    if (line.slope == slope).all():
        return weights, line
    if (line.slope == 0).any():
        raise ModelError("reads channels that are multiplied by 0")
    unit = common(line.slope)
    factors = np.array([int(number / unit) for number in line.slope], object)
    wide = weights.integers.astype(object) * factors
    if not _fit(wide):
        raise ModelError(
            "reads channels of different scales whose ratios have no common one of few bits; "
            "quantise them with one scale"
        )
    same = Linear(line.slope * 0 + unit, line.offset / factors)
    return Weights(wide.astype(np.int64), weights.scale), same


def weights_of(array: Array, known: Quantised | None) -> Weights:
    """Integers and scales of an array (outputs, ...).

    ``known`` are integers and scales that it was made of, where that is known.
    """
    units = array.shape[0]
    if units > _MAX_UNITS:
        raise ModelError(f"must have at most {_MAX_UNITS:,} units, not {units:,}")
    if known is not None:
        integers, scales = known.integers, known.scale.reshape(units, -1)
        if (scales != scales[:, :1]).any():
            raise ModelError("has weights with scales that differ within one output")
        scale = scales[:, 0]
    else:
        integers, scale = _multiples(array.reshape(units, -1))
        integers = integers.reshape(array.shape)
    if not _fit(integers):
        raise ModelError("has weights of more than 16 bits")
    return Weights(integers.astype(np.int64), rationals(scale))


def _multiples(rows: Array) -> tuple[Array, Array]:
    """Rows of numbers as integers times a number of each row, where they are that exactly.

    It is 1 for integers, else the least number of the row or a power of two.
    """
    if (rows == np.rint(rows)).all():
        return rows, np.ones(len(rows), np.int64)
    # In float64 products of float32's 24 bits with 16 are exact.
    wide = rows.astype(np.float64)
    size = np.abs(wide)
    unit = np.where(size > 0, size, np.inf).min(axis=1, keepdims=True)
    unit[~np.isfinite(unit)] = 1
    for scale in (unit, np.exp2(np.floor(np.log2(size.max(axis=1, keepdims=True) + unit)) - 14)):
        integers = np.rint(wide / scale)
        if _fit(integers) and (integers * scale == wide).all():
            shared = np.gcd.reduce(integers.astype(np.int64), axis=1, keepdims=True)
            shared[shared == 0] = 1
            return integers / shared, (scale * shared)[:, 0]
    raise ModelError(
        "must have weights that are integers times a scale of each output; "
        "put a quantiser behind them"
    )


def _fit(integers: NDArray[Any]) -> bool:
    """Whether 16 bits hold all of them."""
    return bool(((integers >= -_MAX_WEIGHT - 1) & (integers <= _MAX_WEIGHT)).all())
