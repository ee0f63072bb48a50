"""Nodes that only move numbers: they change where each lies, and nothing else."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx.tensor import Tensor
from hwgen.readers.onnx_file import Node

__all__ = ["MOVES", "move"]

MOVES = ("Flatten", "Reshape", "Squeeze", "Transpose", "Unsqueeze")


def move(node: Node, tensor: Tensor, parameters: list[NDArray[Any]], batch: int) -> Tensor:
    """The tensor in its new shape or order; frames stay apart.

    ``batch`` is the graph's number of frames; one is taken at a time.
    """
    numbers: list[int] | None = None
    if parameters:
        numbers = [int(number) for number in parameters[0].reshape(-1).tolist()]
    elif "axes" in node.attributes:
        numbers = list(node.attributes["axes"])
    try:
        place = _MOVES[node.op](node, tensor.place, numbers, batch)
    except (IndexError, TypeError, ValueError) as error:
        raise ModelError("does not fit the shape that it reads") from error
    if place.ndim == 0 or place.shape[0] != 1 or place.size != tensor.place.size:
        raise ModelError("must make a row of a whole frame")
    return tensor.placed(place)


Place = NDArray[np.int32]


def _flatten(node: Node, place: Place, numbers: list[int] | None, batch: int) -> Place:
    axis = node.attributes.get("axis", 1)
    axis = axis % place.ndim if axis < 0 else axis
    return place.reshape(int(np.prod(place.shape[:axis], dtype=np.int64)), -1)


def _reshape(node: Node, place: Place, numbers: list[int] | None, batch: int) -> Place:
    if numbers is None:
        raise ValueError
    if not node.attributes.get("allowzero", 0):
        numbers = [place.shape[k] if size == 0 else size for k, size in enumerate(numbers)]
    if numbers and numbers[0] == batch:
        numbers[0] = 1
    if -1 in numbers[1:] or np.prod(numbers, dtype=object) in (place.size, -place.size):
        return place.reshape(numbers)
    if numbers[:1] == [-1]:
        return place.reshape(1, *numbers[1:])
    raise ValueError


def _transpose(node: Node, place: Place, numbers: list[int] | None, batch: int) -> Place:
    return place.transpose(node.attributes.get("perm"))


def _squeeze(node: Node, place: Place, numbers: list[int] | None, batch: int) -> Place:
    if numbers is None:
        # All axes of one but that of the frames.
        return place.reshape(1, *(size for size in place.shape[1:] if size != 1))
    return np.squeeze(place, tuple(numbers))


def _unsqueeze(node: Node, place: Place, numbers: list[int] | None, batch: int) -> Place:
    if numbers is None:
        raise ValueError
    return np.expand_dims(place, tuple(numbers))


_MOVES = {
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Squeeze": _squeeze,
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
}
