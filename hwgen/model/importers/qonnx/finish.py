"""The end of a graph: nodes that keep the order of the scores, and the scale of the scores."""

from fractions import Fraction
from math import isqrt, prod

import numpy as np

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx.layers import Layers
from hwgen.model.importers.qonnx.padding import laid
from hwgen.model.importers.qonnx.settle import rounds, settled
from hwgen.model.importers.qonnx.steps import Bend, Clip, Linear, Norm
from hwgen.model.importers.qonnx.tensor import Tensor
from hwgen.readers.onnx_file import Node

__all__ = ["PASSED", "TAILS", "check_tail", "finish"]

_PRECISION = 256
"""Bits behind the point, of roots that are rounded."""

TAILS = ("ArgMax", "Exp", "LogSoftmax", "Sigmoid", "Softmax", "Softplus", "Tanh", "TopK")
"""Of scores, none of these changes which is the largest."""

PASSED = ("Cast", "Dropout", "Flatten", "Identity", "Reshape", "Squeeze", "Unsqueeze")
"""What changes no more than the form of what a tail gives."""

_EACH = ("Exp", "Sigmoid", "Softplus", "Tanh")
"""Of each score alone."""

_DEFAULT_AXES = {"ArgMax": 0, "Softmax": -1, "LogSoftmax": -1, "TopK": -1}


def check_tail(node: Node, tensor: Tensor) -> None:
    """Refuse a tail that does not keep the order of one frame's scores."""
    if node.op in _EACH:
        return
    dims = tensor.place.ndim
    axis = node.attributes.get("axis", _DEFAULT_AXES[node.op]) % dims
    if tensor.place.shape[axis] != tensor.place.size or axis == 0:
        raise ModelError("must be over all scores of a frame, one row of them")
    if node.attributes.get("select_last_index", 0) or not node.attributes.get("largest", 1):
        raise ModelError("must look for the first of the largest scores")


def finish(layers: Layers, tensor: Tensor) -> None:
    """Add what the scores' scale and offset are, where they are not 1 and 0."""
    if tensor.pixel:
        raise ModelError("its output does not follow from its input by layers known here")
    if rounds(tensor):
        tensor = settled(layers, tensor)
    tensor = laid(layers, tensor, narrow=False)
    row = tensor.place.reshape(-1)
    if tensor.shape[:2] == (1, 1) or tensor.place.ndim == 2:
        if not np.array_equal(row, np.arange(prod(tensor.shape))):
            raise ModelError("its output is in another order than hardware puts it out")
    elif not tensor.is_map():
        raise ModelError("its output is neither a row of scores nor channels x rows x columns")
    if not tensor.steps and tensor.over == 1:
        return
    # Rounded where no float64 is exact: it is what the integer scores stand for, no more.
    gammas, betas, means, variances = (
        np.asarray(figures).astype(np.float64) for figures in _norm(tensor)
    )
    if not all(np.isfinite(figures).all() for figures in (gammas, betas, means, variances)):
        raise ModelError("its scores are beyond what a float64 holds")
    name = layers.name(f"norm{layers.last_weighted}")
    layers.builder.batch_norm(gammas, betas, means, variances, 0.0, name, inputs=tensor.source)


def _norm(tensor: Tensor) -> tuple[object, object, object, object]:
    """Gamma, beta, mean and variance of the steps, on what the layer stands for."""
    zeros = np.zeros(tensor.channels, np.int64).astype(object)
    before, after = Linear(zeros + 1, zeros), Linear(zeros + 1, zeros)
    if sum(isinstance(step, Norm) for step in tensor.steps) > 1 and not any(
        isinstance(step, Clip | Bend) for step in tensor.steps
    ):
        return _composed(tensor)
    match tensor.steps:
        case ():
            return zeros + tensor.over, zeros, zeros, zeros + 1
        case (Linear() as line,):
            return line.slope * tensor.over, line.offset, zeros, zeros + 1
        case (Norm() as norm,):
            pass
        case (Linear() as before, Norm() as norm):
            pass
        case (Norm() as norm, Linear() as after):
            pass
        case (Linear() as before, Norm() as norm, Linear() as after):
            pass
        case _:
            raise ModelError("its output is clipped, but not quantised; put a quantiser behind it")
    if (before.slope == 0).any():
        raise ModelError("its scores are multiplied by 0")
    slope = before.slope * tensor.over
    gamma = after.slope * norm.gamma * slope
    beta = after.slope * norm.beta + after.offset
    return gamma, beta, (norm.mean - before.offset) / slope, norm.variance


def _composed(tensor: Tensor) -> tuple[object, object, object, object]:
    """Slope and offset of several normalisations, to many more digits than a float64 has."""
    zeros = np.zeros(tensor.channels, np.int64).astype(object)
    slopes, offsets = zeros + Fraction(tensor.over), zeros
    for step in tensor.steps:
        if isinstance(step, Linear):
            slopes, offsets = slopes * step.slope, offsets * step.slope + step.offset
        elif isinstance(step, Norm):
            gamma = step.gamma / np.array([_root(square) for square in step.variance], object)
            slopes, offsets = slopes * gamma, (offsets - step.mean) * gamma + step.beta
    return slopes, offsets, zeros, zeros + 1


def _root(square: Fraction) -> Fraction:
    under = square.numerator * square.denominator << 2 * _PRECISION
    return Fraction(isqrt(under), square.denominator << _PRECISION)
