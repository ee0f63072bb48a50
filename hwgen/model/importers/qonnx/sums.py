"""What layers with weights give."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.model.importers.qonnx.layers import Layers
from hwgen.model.importers.qonnx.steps import Linear, then
from hwgen.model.importers.qonnx.tensor import Tensor, rationals
from hwgen.model.importers.qonnx.weights import Weights

__all__ = ["sums"]


def sums(
    layers: Layers,
    tensor: Tensor,
    name: str,
    weights: Weights,
    line: Linear,
    place: NDArray[Any],
    *,
    apart: bool = False,
    pad: int = 0,
) -> Tensor:
    """Sums that a layer makes of a tensor, with what scale and offset of its inputs make of them.

    Parameters
    ----------
    weights : Weights
        Integers (outputs, ..., inputs), or (outputs, ..., 1) where each output reads a channel of
        its own, and so are ``apart``.
    line : Linear
        Of the inputs; of one slope, unless they are apart.
    pad : int
        The integer that was padded with.
    """
    integers = weights.integers
    outputs = len(integers)
    if apart:
        slope = line.slope
        offset = line.offset * integers.reshape(outputs, -1).sum(axis=1)
    else:
        slope = line.slope[0]
        offset = rationals(np.zeros(outputs, np.int64))
        if (line.offset != 0).any():
            every = integers.reshape(outputs, -1, tensor.channels).sum(axis=1)
            offset = (every.astype(object) * line.offset).sum(axis=1)
    reach = max(abs(tensor.low), abs(tensor.high), abs(pad))
    most = int(np.abs(integers).reshape(outputs, -1).sum(axis=1).max()) * reach
    steps = then((), Linear(weights.scale * slope, weights.scale * offset))
    layers.weighted += 1
    shape = layers.shape(name)
    return Tensor(name, shape, place.astype(np.int32), -most, most, False, steps, tensor.over)
