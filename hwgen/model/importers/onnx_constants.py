"""Operations of an ONNX graph on arrays that the file holds, as its own executor computes them."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.readers.files import refusing
from hwgen.readers.onnx_file import MAX_NUMBERS, Node

__all__ = ["QUANTISERS", "Constants", "bipolar_scale", "check_domain", "exact"]

Arrays = list[NDArray[Any]]

MAX_FOLLOWING = 2 * MAX_NUMBERS
"""Numbers of all arrays that follow from those of a file."""

_QUANTISER_DOMAINS = ("qonnx.custom_op.general", "onnx.brevitas", "finn.custom_op.general")
_STANDARD_DOMAINS = ("", "ai.onnx")

QUANTISERS = ("BipolarQuant", "Quant", "IntQuant")


def check_domain(node: Node) -> None:
    """Refuse operations that only share their name with those known here."""
    allowed = _QUANTISER_DOMAINS if node.op in QUANTISERS else _STANDARD_DOMAINS
    if node.domain not in allowed:
        raise ModelError(f"is of the domain {node.domain!r}, not {' or '.join(map(repr, allowed))}")


def bipolar_scale(node: Node, parameters: Arrays) -> NDArray[Any]:
    """Scale of a quantiser to two values, given its inputs but the first.

    A signed ``Quant`` of one bit is one: by its definition it would be -1 and 0, but what exports
    it means -1 and +1, and the reference executor computes that.
    """
    if node.op == "BipolarQuant":
        wanted = 1
    else:
        wanted = 3
        signed = node.attributes.get("signed", 1)
        if len(parameters) == wanted and (
            signed != 1 or parameters[2].size != 1 or float(parameters[2].item()) != 1
        ):
            raise ModelError("must be signed and of 1 bit; other quantisers are not imported")
    if len(parameters) != wanted:
        raise ModelError(f"must have {wanted + 1} inputs, not {len(parameters) + 1}")
    if wanted == 3 and np.any(parameters[1] != 0):
        raise ModelError("must have 0 as its zero point")
    scale = parameters[0]
    if scale.size != 1 or not np.isfinite(scale).all() or not (scale > 0).all():
        raise ModelError("must have one positive number as its scale")
    return scale


class Constants(dict[str, NDArray[Any]]):
    """Arrays by name: those of a file, and those that follow from them.

    All that follows has at most `MAX_FOLLOWING` numbers, which is known before any of it is
    computed: a few bytes of a file can ask for terabytes.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]]):
        super().__init__(arrays)
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
        values = [self[name] for name in node.inputs]
        with refusing("does not fit the arrays that it reads"), np.errstate(all="ignore"):
            if node.op in QUANTISERS:
                scale = bipolar_scale(node, values[1:])
                self.spend(values[0].size)
                found = np.where(values[0] >= 0, scale.reshape(()), -scale.reshape(()))
            elif node.op in _OPERATIONS:
                numbers, compute = _OPERATIONS[node.op]
                self.spend(numbers(node.attributes, *values))
                found = np.asarray(compute(node.attributes, *values))
            else:
                raise ModelError("is of a kind that is not imported")
        if found.dtype.kind not in "biuf":
            raise ModelError("does not make an array of numbers")
        self[node.outputs[0]] = found


def exact(values: Any) -> Any:
    """Rationals that floats are, as an object array of the same shape."""
    array = np.asarray(values)
    if array.dtype.kind not in "fiu" or not np.isfinite(array).all():
        raise ModelError("must have finite numbers")
    flat = [Fraction(number) for number in array.reshape(-1).tolist()]
    rationals = np.empty(len(flat), object)
    rationals[:] = flat
    return rationals.reshape(array.shape)


def _unsqueeze(attributes: dict[str, Any], x: NDArray[Any], *axes: NDArray[Any]) -> NDArray[Any]:
    # Axes were an attribute before opset 13.
    places = axes[0].tolist() if axes else list(attributes["axes"])
    return np.expand_dims(x, tuple(places))


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
    "Gather": (_gathered, lambda a, x, i: np.take(x, i, axis=a.get("axis", 0))),
    "Identity": (_same, lambda a, x: x),
    "Mul": (_paired, lambda a, x, y: x * y),
    "Pow": (_paired, lambda a, x, y: np.power(x, y)),
    "Reshape": (_same, lambda a, x, shape: x.reshape(shape.tolist())),
    "Sqrt": (_same, lambda a, x: np.sqrt(x)),
    "Sub": (_paired, lambda a, x, y: x - y),
    "Transpose": (_same, lambda a, x: np.transpose(x, a.get("perm"))),
    "Unsqueeze": (_same, _unsqueeze),
}  # fmt: skip
"""Of each operation, how many numbers it makes, and how."""
