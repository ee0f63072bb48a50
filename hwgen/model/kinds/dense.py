"""Fully connected layer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Self

from hwgen.errors import ModelError, times
from hwgen.model.kinds.base import BaseLayer, Context, Definitions, Format, layer_schema
from hwgen.model.kinds.shape import Shape
from hwgen.model.kinds.weighted import (
    WEIGHT_FORMAT,
    WEIGHTS,
    Bias,
    Weights,
    check_bias,
    check_weights,
    format_of_sums,
    read_bias,
    read_weight_format,
    weights_in,
    write_bias,
    write_weights,
)

__all__ = ["Dense"]


@dataclass(frozen=True, eq=False)
class Dense(BaseLayer):
    """Fully connected layer: weights and bias as in `Conv2d`, weights of shape (units, inputs).

    Inputs are the flattened source in HWC order.
    """

    weights: Weights
    weight_bits: int = 1
    weight_fraction_bits: int = 0
    bias: Bias = (Fraction(0),)

    kind: ClassVar[str] = "dense"
    schema: ClassVar[Mapping[str, Any]] = layer_schema(
        "Fully connected layer.",
        {
            "units": {"description": "Outputs.", "$ref": "#/$defs/size"},
            "weights": {
                "description": "Weights in (unit, input) order, inputs in HWC order.",
                "type": ["array", "object"],
                "items": {"$ref": "#/$defs/weight_row"},
                "if": {"type": "object"},
                "then": {"$ref": "#/$defs/stored_weights"},
            },
            **WEIGHT_FORMAT,
        },
        required=["units", "weights"],
    )
    definitions: ClassVar[Definitions] = WEIGHTS

    @classmethod
    def read(cls, entry: Mapping[str, Any], context: Context) -> Self:
        """Read the weights; how many a unit has follows from the shape of the input."""
        _check_flat(context.in_shape)
        shape = (int(entry["units"]), context.in_shape[2])
        weights = weights_in(entry, shape, context)
        bias = read_bias(entry, shape[0])
        return cls(context.name, context.inputs, weights, *read_weight_format(entry), bias)

    def write(self) -> dict[str, Any]:
        """Write the weights packed."""
        weights = write_weights(self.weights, self.weight_bits, self.weight_fraction_bits)
        return {"units": self.weights.shape[0], **weights, **write_bias(self.bias)}

    def check(self) -> None:
        """Refuse weights of another format, and a bias for other units."""
        check_weights(self.weights, self.weight_bits, self.weight_fraction_bits, "(units, inputs)")
        check_bias(self.bias, len(self.weights))

    def output_shape(self, shapes: Sequence[Shape]) -> Shape:
        """One pixel; refuses an input of more than one."""
        (in_shape,) = shapes
        _check_flat(in_shape)
        units, inputs = self.weights.shape
        if inputs != in_shape[2]:
            raise ModelError(f"weights take {inputs} inputs, but the input has {in_shape[2]}")
        return (1, 1, units)

    def output_format(self, read: Sequence[Format]) -> Format:
        """That of the sums."""
        return format_of_sums(self.weights, self.weight_bits, read[0])


def _check_flat(in_shape: Shape) -> None:
    """Refuse a shape that a dense layer cannot read."""
    if in_shape[:2] != (1, 1):
        raise ModelError(
            f"dense reads 1 x 1 pixels, but its input is {times(in_shape)}: "
            "put a flatten layer before it"
        )
