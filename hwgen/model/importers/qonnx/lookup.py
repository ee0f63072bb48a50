"""Pixels looked up in an array: the table of the picture's transform."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from math import gcd, lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.importers.options import Pixels
from hwgen.model.importers.qonnx.layers import Layers
from hwgen.model.importers.qonnx.steps import Linear, then
from hwgen.model.importers.qonnx.tensor import Tensor, fits, rationals
from hwgen.model.layers import INPUT_NAME, Table
from hwgen.readers.onnx_file import Node

__all__ = ["look_up"]

_RATIONAL = 32
"""Numbers of an array that one rational counts as."""


def look_up(
    layers: Layers,
    node: Node,
    tensor: Tensor,
    array: NDArray[Any],
    *,
    spend: Callable[[int], None],
) -> Tensor:
    """A ``Gather`` of a row of numbers by pixels, a part of it for each channel or one for all.

    What is looked up with are places, so pixels have to be integers, 0 to 255 or those that the
    file states.
    """
    if not tensor.pixel:
        raise ModelError("looks numbers up in an array by others than pixels")
    if array.ndim != 1 or node.attributes.get("axis", 0) != 0:
        raise ModelError("must look pixels up in one row of numbers")
    line = tensor.linear()
    starts = line.offset.tolist()
    if (line.slope != 1).any() or any(start.denominator != 1 for start in starts):
        raise ModelError("must look up pixels as they are, or with a whole number added")
    numbers = tensor.high - tensor.low + 1
    if layers.meaning == Pixels.QUANTISED:
        own = layers.meaning_as(Pixels.QUANTISED, replace(tensor, steps=())).linear()
        if (own.slope != 1).any() or own.offset.any():
            raise ModelError("looks up pixels, which are no whole numbers here")
    elif layers.meaning not in (None, Pixels.RAW):
        raise ModelError(f"looks up pixels, which are 0 to 255; try --input {Pixels.RAW}")
    else:
        layers.meaning = Pixels.RAW
    if min(starts) + tensor.low < 0 or max(starts) + tensor.high >= array.size:
        raise ModelError(f"has {array.size} numbers, not {numbers} for each channel")
    spend(_RATIONAL * numbers * tensor.channels)
    first = [int(start) + tensor.low for start in starts]
    values = rationals(np.stack([array[k : k + numbers] for k in first]))
    flat = values.reshape(-1).tolist()
    below = lcm(*(value.denominator for value in flat))
    unit = Fraction(gcd(*(int(value * below) for value in flat)) or 1, below)
    table = (values / unit).astype(np.int64)
    shared = (table == table[0]).all()
    layers.begin(Table(table[:1] if shared else table))
    low, high = int(table.min()), int(table.max())
    every = rationals(np.ones(tensor.channels, np.int64)) * unit
    steps = then((), Linear(every, every * 0))
    return Tensor(INPUT_NAME, tensor.shape, tensor.place, low, high, fits(low, high), steps)
