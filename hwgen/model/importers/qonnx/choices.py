"""Comparisons with constants, and what graphs make of them: ``Where``, ``Not``, ``Cast``."""

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx.activate import quantise
from hwgen.model.importers.qonnx.layers import Layers
from hwgen.model.importers.qonnx.quantiser import Levels
from hwgen.model.importers.qonnx.tensor import Tensor, rationals
from hwgen.readers.onnx_file import Node

__all__ = ["COMPARISONS", "cast", "choose", "compare"]

Array = NDArray[Any]

COMPARISONS = ("Greater", "GreaterOrEqual", "Less", "LessOrEqual")

_TURNED = {"Greater": "Less", "GreaterOrEqual": "LessOrEqual"}
_TURNED |= {after: before for before, after in _TURNED.items()}
_HALF = Fraction(1, 2)

_FLOATS = (1, 10, 11, 16)
_BOOLS = 9


def compare(layers: Layers, node: Node, tensor: Tensor, constant: Array, *, first: bool) -> Tensor:
    """1 where the comparison holds, else 0; made of bits of -1 and +1."""
    op = node.op if first else _TURNED[node.op]
    cuts = np.atleast_1d(rationals(tensor.by_channel(constant))).reshape(-1, 1)
    # Below is where it is not reached, and at most where it is not passed.
    strict = np.array([op in ("Greater", "LessOrEqual")])
    levels = Levels(cuts, strict, -1, 2, np.array(Fraction(1), object))
    made = quantise(layers, tensor, levels, last=False)
    return made.scaled(_HALF if op.startswith("Greater") else -_HALF, _HALF)


def choose(tensor: Tensor, yes: Array, no: Array) -> Tensor:
    """A ``Where`` of constants, by a tensor of 0 and 1."""
    yes, no = (rationals(tensor.by_channel(array)) for array in (yes, no))
    return tensor.scaled(yes - no, no)


def cast(node: Node, tensor: Tensor) -> Tensor:
    """A ``Cast`` that changes no number."""
    to = node.attributes.get("to")
    if to in _FLOATS:
        return tensor
    line = tensor.linear()
    least = line.slope * tensor.low + line.offset
    step = line.slope * tensor.step
    if any(number.denominator != 1 for number in (*least, *step)):
        raise ModelError("cuts fractions off", remedy="put a quantiser before it")
    ends = least, line.slope * tensor.high + line.offset
    if to == _BOOLS and not all(0 <= number <= 1 for end in ends for number in end):
        raise ModelError("makes bits of numbers", remedy="compare them with 0, or use a quantiser")
    return tensor
