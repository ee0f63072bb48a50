"""Operations of an ONNX graph on arrays that the file holds, as its own executor computes them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx.quantiser import quant_format
from hwgen.model.importers.qonnx.remedies import unknown_kind
from hwgen.readers.files import refusing
from hwgen.readers.onnx_file import MAX_NUMBERS, STANDARD_DOMAINS, Node

__all__ = ["QUANTISERS", "Constants", "Quantised", "check_domain", "folds"]

Arrays = list[NDArray[Any]]

MAX_FOLLOWING = 2 * MAX_NUMBERS
"""Numbers of all arrays that follow from those of a file."""

_QUANTISER_DOMAINS = ("qonnx.custom_op.general", "onnx.brevitas", "finn.custom_op.general")

QUANTISERS = ("BipolarQuant", "Quant", "IntQuant")

_CUSTOM = (*QUANTISERS, "MultiThreshold", "Trunc")


def check_domain(node: Node) -> None:
    """Refuse operations that only share their name with those known here."""
    allowed = _QUANTISER_DOMAINS if node.op in _CUSTOM else STANDARD_DOMAINS
    if node.domain not in allowed:
        raise ModelError(f"is of the domain {node.domain!r}, not {' or '.join(map(repr, allowed))}")


@dataclass(frozen=True, eq=False)
class Quantised:
    """Integers and the scale of each, of one shape; the array is their product, rounded."""

    integers: NDArray[np.int64]
    scale: NDArray[Any]


class Constants(dict[str, NDArray[Any]]):
    """Arrays by name: those of a file, and those that follow from them.

    ``quantised`` has those that are integers times a scale, exactly.

    All that follows has at most `MAX_FOLLOWING` numbers, which is known before any of it is
    computed: a few bytes of a file can ask for terabytes.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]]):
        super().__init__(arrays)
        self.quantised: dict[str, Quantised] = {}
        self._left = MAX_FOLLOWING

    def spend(self, numbers: int) -> None:
        """Count numbers that are about to be computed.

        Raises
        ------
        ModelError
            If they are too many, alone or with all before them.
        """
        self._left -= numbers
        if numbers > MAX_NUMBERS or self._left < 0:
            raise ModelError(
                f"makes arrays of more than {MAX_NUMBERS:,} numbers, "
                f"or {MAX_FOLLOWING:,} with those before it"
            )

    def fold(self, node: Node) -> None:
        """Add the result of a node whose inputs are all here.

        Raises
        ------
        ModelError
            For operations that are not known here, that their arrays do not fit, or that make too
            many numbers.
        """
        check_domain(node)
        values = [self[name] for name in node.inputs if name]
        with refusing("does not fit the arrays that it reads"), np.errstate(all="ignore"):
            if node.op in QUANTISERS:
                format_ = quant_format(node, values[1:])
                self.spend(3 * values[0].size)
                integers = format_.integers(values[0])
                scale = np.broadcast_to(format_.scale, integers.shape)
                self.quantised[node.outputs[0]] = Quantised(integers, scale)
                found = integers.astype(scale.dtype) * scale
            elif node.op in _OPERATIONS:
                numbers, compute = _OPERATIONS[node.op]
                self.spend(numbers(node.attributes, *values))
                found = np.asarray(compute(node.attributes, *values))
                if node.op in _MOVING and node.inputs[0] in self.quantised:
                    before = self.quantised[node.inputs[0]]
                    moved = (before.integers, before.scale)
                    integers, scale = (
                        np.asarray(compute(node.attributes, array, *values[1:])) for array in moved
                    )
                    self.quantised[node.outputs[0]] = Quantised(integers, scale)
            else:
                raise unknown_kind(node)
        if found.dtype.kind not in "biuf":
            raise ModelError("does not make an array of numbers")
        self[node.outputs[0]] = found


def folds(node: Node) -> bool:
    """Whether its kind is known for arrays."""
    return node.op in _OPERATIONS or node.op == "Shape"


def _unsqueeze(attributes: dict[str, Any], x: NDArray[Any], *axes: NDArray[Any]) -> NDArray[Any]:
    # Axes were an attribute before opset 13.
    places = axes[0].tolist() if axes else list(attributes["axes"])
    return np.expand_dims(x, tuple(places))


def _squeeze(attributes: dict[str, Any], x: NDArray[Any], *axes: NDArray[Any]) -> NDArray[Any]:
    places = axes[0].tolist() if axes else attributes.get("axes")
    return np.squeeze(x, None if places is None else tuple(places))


def _flatten(attributes: dict[str, Any], x: NDArray[Any]) -> NDArray[Any]:
    axis = attributes.get("axis", 1)
    return x.reshape(prod(x.shape[:axis]), -1)


def _same(attributes: dict[str, Any], x: NDArray[Any], *others: NDArray[Any]) -> int:
    return x.size


def _paired(attributes: dict[str, Any], x: NDArray[Any], y: NDArray[Any]) -> int:
    return prod(np.broadcast_shapes(x.shape, y.shape))


def _gathered(attributes: dict[str, Any], x: NDArray[Any], places: NDArray[Any]) -> int:
    rest = list(x.shape)
    del rest[attributes.get("axis", 0)]
    return prod(rest) * places.size


_OPERATIONS: dict[str, tuple[Callable[..., int], Callable[..., Any]]] = {
    "Add": (_paired, lambda a, x, y: x + y),
    "Concat": (lambda a, *xs: sum(x.size for x in xs),
               lambda a, *xs: np.concatenate(xs, axis=a["axis"])),
    "Constant": (lambda a: a["value"].size, lambda a: a["value"]),
    "Div": (_paired, lambda a, x, y: x / y),
    "Flatten": (_same, _flatten),
    "Gather": (_gathered, lambda a, x, i: np.take(x, i, axis=a.get("axis", 0))),
    "Identity": (_same, lambda a, x: x),
    "Mul": (_paired, lambda a, x, y: x * y),
    "Pow": (_paired, lambda a, x, y: np.power(x, y)),
    "Reshape": (_same, lambda a, x, shape: x.reshape(shape.tolist())),
    "Sqrt": (_same, lambda a, x: np.sqrt(x)),
    "Squeeze": (_same, _squeeze),
    "Sub": (_paired, lambda a, x, y: x - y),
    "Transpose": (_same, lambda a, x: np.transpose(x, a.get("perm"))),
    "Unsqueeze": (_same, _unsqueeze),
}  # fmt: skip
"""Of each operation, how many numbers it makes, and how."""

_MOVING = ("Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze")
"""Operations that leave every number as it is."""
