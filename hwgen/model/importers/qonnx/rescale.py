"""The same numbers on other scales, by layers that do nothing else."""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from math import gcd, lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx.layers import Layers
from hwgen.model.importers.qonnx.quantiser import MAX_COUNT
from hwgen.model.importers.qonnx.steps import Linear, then
from hwgen.model.importers.qonnx.tensor import Tensor, fits

__all__ = ["common", "counted", "multiplied"]

_FEW = 15
"""Thresholds that take less than a multiplier."""
_MAX_FACTOR = (1 << 15) - 1


def common(numbers: Iterable[Fraction]) -> Fraction:
    """The largest number that all are whole multiples of; 1 where all are 0."""
    given = list(numbers)
    below = lcm(*(number.denominator for number in given))
    return Fraction(gcd(*(int(number * below) for number in given)), below) or Fraction(1)


def multiplied(layers: Layers, tensor: Tensor, factors: NDArray[Any]) -> Tensor:
    """The same values as the integers times ``factors``, integers one a channel; for sums to read.

    Raises
    ------
    ModelError
        If the factors or what is multiplied are too wide for any layer.
    """
    line = tensor.linear()
    if (factors == 1).all():
        return tensor
    steps = then((), Linear(line.slope / factors.astype(object), line.offset))
    factor, count = int(factors[0]), (tensor.high - tensor.low) // tensor.step
    alike = factor > 0 and bool((factors == factor).all()) and tensor.over == 1
    small = int(np.abs(factors).max()) <= _MAX_FACTOR and fits(tensor.low, tensor.high)
    if alike and (count <= _FEW or (not small and count <= MAX_COUNT)):
        made = counted(layers, tensor, tensor.low, factor)
        ends = (tensor.low * factor, tensor.high * factor)
        return replace(made, low=ends[0], high=ends[1], steps=steps, step=tensor.step * factor)
    if not small or not tensor.narrow:
        raise ModelError("joins values whose scales have no common one of few bits; quantise them "
                         "with one scale")  # fmt: skip
    name = layers.name(f"scale{layers.last_weighted}")
    most = int(np.abs(factors).max())
    layers.builder.conv2d(
        factors.astype(np.int64).reshape(-1, 1, 1, 1),
        name,
        weight_bits=1 if (np.abs(factors) == 1).all() else max(most.bit_length() + 1, 2),
        depthwise=True,
        inputs=tensor.source,
    )
    reach = max(abs(tensor.low), abs(tensor.high)) * most
    return replace(
        tensor, source=name, steps=steps, low=-reach, high=reach, narrow=False, bias=0, step=1
    )


def counted(layers: Layers, tensor: Tensor, least: int, factor: int = 1) -> Tensor:
    """The same integers, counted from ``least`` by thresholds; times ``factor`` in what leaves."""
    count = tensor.high - least
    if count > MAX_COUNT or tensor.over != 1:
        raise ModelError("joins channels whose integers together have more than 8 bits")
    name = layers.name(f"shift{layers.last_weighted}")
    layers.builder.multi_threshold(
        np.arange(least + 1, tensor.high + 1),
        count.bit_length(),
        name,
        out_scale=factor,
        out_bias=least * factor,
        inputs=tensor.source,
    )
    return replace(tensor, source=name, bias=least * factor, narrow=True)
