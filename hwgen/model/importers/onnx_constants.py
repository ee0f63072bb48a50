"""Operations of an ONNX graph on arrays that the file holds, as its own executor computes them."""

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.importers.onnx_file import Node

__all__ = ["QUANTISERS", "bipolar_scale", "check_domain", "exact", "fold"]

Arrays = list[NDArray[Any]]

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


def fold(node: Node, values: Arrays) -> NDArray[Any]:
    """Result of a node whose inputs are all arrays.

    Raises
    ------
    ModelError
        For operations that are not known here, or that their arrays do not fit.
    """
    check_domain(node)
    try:
        if node.op in QUANTISERS:
            scale = bipolar_scale(node, values[1:])
            return np.where(values[0] >= 0, scale, -scale)
        if node.op not in _OPERATIONS:
            raise ModelError("is of a kind that is not imported")
        with np.errstate(all="ignore"):
            return np.asarray(_OPERATIONS[node.op](node.attributes, *values))
    except (IndexError, KeyError, TypeError, ValueError) as error:
        raise ModelError("does not fit the arrays that it reads") from error


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


_OPERATIONS: dict[str, Any] = {
    "Add": lambda a, x, y: x + y,
    "Concat": lambda a, *xs: np.concatenate(xs, axis=a["axis"]),
    "Constant": lambda a: a["value"],
    "Div": lambda a, x, y: x / y,
    "Gather": lambda a, x, i: np.take(x, i, axis=a.get("axis", 0)),
    "Identity": lambda a, x: x,
    "Mul": lambda a, x, y: x * y,
    "Pow": lambda a, x, y: np.power(x, y),
    "Reshape": lambda a, x, shape: x.reshape(shape.tolist()),
    "Sqrt": lambda a, x: np.sqrt(x),
    "Sub": lambda a, x, y: x - y,
    "Transpose": lambda a, x: np.transpose(x, a.get("perm")),
    "Unsqueeze": _unsqueeze,
}
