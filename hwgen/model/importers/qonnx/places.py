"""Nodes that only move numbers: they change where each lies, and nothing else."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx.tensor import Tensor
from hwgen.readers.onnx_file import Node

__all__ = ["MOVES", "PARTS", "move", "part", "split"]

MOVES = ("Flatten", "Reshape", "Squeeze", "Transpose", "Unsqueeze")
PARTS = ("Gather", "Slice")
"""Nodes that leave numbers out."""


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
    apart = batch > 1 or tensor.place.size == 1
    if place.ndim == 0 or (apart and place.shape[0] != 1) or place.size != tensor.place.size:
        raise ModelError("must make a row of a whole frame")
    return tensor.placed(place)


def part(node: Node, tensor: Tensor, parameters: list[NDArray[Any] | None]) -> Tensor:
    """A ``Gather`` or a ``Slice`` of what a frame has; the rest is read by nobody."""
    try:
        place = (_gather if node.op == "Gather" else _slice)(node, tensor.place, parameters)
    except (IndexError, TypeError, ValueError) as error:
        raise ModelError("does not fit the shape that it reads") from error
    if not place.size or len(set(place.reshape(-1).tolist())) != place.size:
        raise ModelError("must give each number once, and some")
    return tensor.placed(place)


def split(node: Node, tensor: Tensor, sizes: NDArray[Any] | None) -> list[Tensor]:
    """The parts that a ``Split`` gives, one for each of its outputs."""
    place, count = tensor.place, len(node.outputs)
    axis = node.attributes.get("axis", 0) % place.ndim
    given = node.attributes.get("split") if sizes is None else sizes.reshape(-1).tolist()
    if given is None:
        each = -(-place.shape[axis] // count)
        given = [each] * (count - 1) + [place.shape[axis] - each * (count - 1)]
    if len(given) != count or sum(given) != place.shape[axis] or min(given) < 1:
        raise ModelError("must split an axis into as many parts as it has outputs")
    ends = np.cumsum(given)[:-1]
    return [tensor.placed(one) for one in np.split(place, ends, axis)]


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


def _gather(node: Node, place: Place, parameters: list[NDArray[Any] | None]) -> Place:
    (indices,) = parameters
    axis = node.attributes.get("axis", 0)
    # Nothing is given twice, so there are never more than there were.
    if indices is None or indices.size > place.shape[axis]:
        raise ValueError
    return np.take(place, indices, axis=axis)


def _slice(node: Node, place: Place, parameters: list[NDArray[Any] | None]) -> Place:
    # Attributes were given up for inputs with opset 10.
    names = ("starts", "ends", "axes", "steps")
    given = [node.attributes.get(name) for name in names]
    for k, array in enumerate(parameters):
        given[k] = given[k] if array is None else array.reshape(-1).tolist()
    starts, ends, axes, steps = given
    if starts is None or ends is None or not len(starts) == len(ends):
        raise ValueError
    axes = list(range(len(starts))) if axes is None else axes
    steps = [1] * len(starts) if steps is None else steps
    cuts = [slice(None)] * place.ndim
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        # Far below zero is the beginning, whatever the direction.
        stop = None if step < 0 and end < -place.shape[axis] else end
        cuts[axis] = slice(start, stop, step)
    return place[tuple(cuts)]


_MOVES = {
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Squeeze": _squeeze,
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
}
