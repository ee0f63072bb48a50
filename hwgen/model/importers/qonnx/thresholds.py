"""Levels of the other nodes that round: ``MultiThreshold``, ``Trunc`` and ``Sign``."""

from fractions import Fraction
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx.quantiser import MAX_COUNT, Levels, flag, rounding_mode
from hwgen.model.importers.qonnx.rounding import TIES
from hwgen.model.importers.qonnx.tensor import Tensor, rationals
from hwgen.readers.onnx_file import Node

__all__ = ["counted_levels", "sign_levels", "truncated_levels"]

Array = NDArray[Any]


def counted_levels(node: Node, parameters: list[Array], tensor: Tensor) -> Levels:
    """Levels of a ``MultiThreshold``: ``out_scale * k + out_bias`` of the k thresholds reached."""
    if len(parameters) != 1 or parameters[0].ndim != 2 or not parameters[0].size:
        raise ModelError("must have thresholds of the shape (channels, count)")
    (given,) = parameters
    channels, count = given.shape
    if count > MAX_COUNT:
        raise ModelError(f"has {count:,} thresholds a channel; at most {MAX_COUNT} are built")
    if (given[:, 1:] < given[:, :-1]).any():
        raise ModelError("must have thresholds that ascend")
    dims = [1] * tensor.place.ndim
    last = node.attributes.get("data_layout", b"NCHW") == b"NHWC"
    dims[-1 if last or len(dims) < 2 else 1] = channels
    columns = [tensor.by_channel(given[:, k].reshape(dims)) for k in range(count)]
    scale = Fraction(node.attributes.get("out_scale", 1.0))
    bias = Fraction(node.attributes.get("out_bias", 0.0))
    if scale <= 0:
        raise ModelError("must have an out_scale above 0")
    # scale * k + bias on the largest scale that gives integers.
    start = bias / scale
    cuts = rationals(np.stack([np.atleast_1d(column) for column in columns], axis=1))
    unit = np.array(scale / start.denominator, object)
    return Levels(cuts, np.zeros(count, bool), start.numerator, start.denominator, unit)


def sign_levels() -> Levels:
    """Levels of ONNX's ``Sign``: -1, 0 and +1."""
    return Levels(
        rationals([[0, 0]]), np.array([False, True]), -1, 1, np.array(Fraction(1), object)
    )


def truncated_levels(node: Node, parameters: list[Array], tensor: Tensor) -> Levels:
    """Levels of a ``Trunc``, which drops bits of integers; with 5 inputs or, later, 6."""
    if len(parameters) not in (4, 5) or any(array.size != 1 for array in parameters):
        raise ModelError("must have 4 or 5 single numbers behind its input")
    mode = rounding_mode(node, "FLOOR")
    scale, zero, wide, *rest = (rationals(array).item() for array in parameters)
    if zero != 0:
        raise ModelError("must have 0 as its zero point")
    if scale <= 0:
        raise ModelError("must have positive numbers as its scale")
    bits = rest[-1]
    if len(rest) == 2:
        if rest[0] <= 0:
            raise ModelError("must have positive numbers as its scale")
        dropped, out = round(np.log2(float(rest[0] / scale))), rest[0]
        signed = flag(node, "signed", 1)
    else:
        dropped, out = int(wide - bits), scale
        signed = tensor.low < 0
    if bits.denominator != 1 or not 1 <= bits <= 8 or not 0 <= dropped <= 32:
        raise ModelError("must leave 1 to 8 bits, and drop whole ones")
    low, high = 0, (1 << int(bits)) - 1
    if signed:
        low, high = low - (1 << int(bits) - 1), high - (1 << int(bits) - 1)
    low += signed and flag(node, "narrow", 0)
    cuts, strict = [], []
    for k in range(low + 1, high + 1):
        # The least integer that is rounded to k, and halves are rounded to even ahead of it.
        end, above = TIES[mode](k)
        least = floor(end * (1 << dropped)) + 1 if above else ceil(end * (1 << dropped))
        cuts.append(scale * (least - Fraction(1, 2)))
        strict.append(least % 2 != 0)
    return Levels(np.array([cuts], object), np.array(strict), low, 1, np.array(out, object))
