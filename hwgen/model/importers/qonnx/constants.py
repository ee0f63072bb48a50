"""Operations of an ONNX graph on arrays that the file holds, as its own executor computes them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx.operations import MOVING, OPERATIONS
from hwgen.model.importers.qonnx.quantiser import quant_format
from hwgen.model.importers.qonnx.remedies import unknown_kind
from hwgen.model.importers.qonnx.scales import dequantised
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
        values = [self[name] if name else None for name in node.inputs]
        with refusing("does not fit the arrays that it reads"), np.errstate(all="ignore"):
            if node.op in QUANTISERS:
                array, *more = [value for value in values if value is not None]
                format_ = quant_format(node, more)
                self.spend(3 * array.size)
                integers = format_.integers(array)
                scale = np.broadcast_to(format_.scale, integers.shape)
                self.quantised[node.outputs[0]] = Quantised(integers, scale)
                found = integers.astype(scale.dtype) * scale
            elif node.op == "DequantizeLinear":
                self.spend(3 * self[node.inputs[0]].size)
                integers, scale = dequantised(node, self[node.inputs[0]], values[1:])
                self.quantised[node.outputs[0]] = Quantised(integers, scale)
                found = integers.astype(scale.dtype) * scale
            elif node.op in OPERATIONS:
                numbers, compute = OPERATIONS[node.op]
                self.spend(numbers(node.attributes, *values))
                found = np.asarray(compute(node.attributes, *values))
                self._follow(node, values, compute)
            else:
                raise unknown_kind(node)
        if found.dtype.kind not in "biuf":
            raise ModelError("does not make an array of numbers")
        self[node.outputs[0]] = found

    def _follow(self, node: Node, values: list[Any], compute: Callable[..., Any]) -> None:
        """Keep the integers and scales of what is moved, or multiplied by numbers."""
        known = [self.quantised.get(name) for name in node.inputs]
        if node.op in MOVING and known[0] is not None:
            both = known[0].integers, known[0].scale
            moved = [np.asarray(compute(node.attributes, array, *values[1:])) for array in both]
            self.quantised[node.outputs[0]] = Quantised(moved[0], moved[1])
        elif node.op == "Mul":
            for made, factor in zip(known, reversed(values), strict=True):
                # In float64 the product of two numbers of 24 bits is exact.
                scale = None if made is None else made.scale.astype(np.float64) * factor
                if made is None or scale is None or scale.shape != made.integers.shape:
                    continue
                if (scale > 0).all():
                    self.quantised[node.outputs[0]] = Quantised(made.integers, scale)


def folds(node: Node) -> bool:
    """Whether its kind is known for arrays."""
    return node.op in OPERATIONS or node.op == "DequantizeLinear"
