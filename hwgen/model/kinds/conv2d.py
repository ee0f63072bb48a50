"""Convolution."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Self

from hwgen.errors import ModelError, times
from hwgen.model.kinds.base import BaseLayer, Context, Definitions, Format, layer_schema
from hwgen.model.kinds.padding import (
    PADDING,
    UNPADDED,
    Padding,
    check_padding,
    read_padding,
    write_padding,
)
from hwgen.model.kinds.pairs import PAIRS, check_pair, read_pair, write_pair
from hwgen.model.kinds.shape import Shape, check_elements
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

__all__ = ["KERNEL", "MAX_KERNEL", "PADDED", "Conv2d"]

MAX_KERNEL = 11
"""Rows and columns a kernel may have."""

KERNEL: Mapping[str, Any] = {
    "kernel": {"$ref": "#/$defs/kernel_size"},
    "stride": {"description": "Stride, or [rows, columns]; 1 by default.", "$ref": "#/$defs/step"},
    "dilation": {
        "description": "Rows and columns from one tap to the next, or [rows, columns]; "
        "1 by default.",
        "$ref": "#/$defs/step",
    },
    "padding": {"$ref": "#/$defs/padding"},
    "pad_value": {"$ref": "#/$defs/pad_value"},
    "weights": {"$ref": "#/$defs/kernels"},
    **WEIGHT_FORMAT,
}
"""Keys of all kinds of convolution."""

PADDED: Mapping[str, Any] = {
    "if": {"properties": {"padding": {"const": "valid"}}},
    "then": {
        "properties": {
            "pad_value": {
                "description": 'pad_value is for a padding other than "valid"',
                "not": {},
            }
        }
    },
    "else": {"required": ["pad_value"]},
}
"""Which paddings have a value."""


@dataclass(frozen=True, eq=False)
class Conv2d(BaseLayer):
    """Convolution.

    ``weights`` have the shape (filters, ky, kx, in_channels): int8 -1/+1 where ``weight_bits`` is
    1; else two's complement of so many bits, int8 up to 8 bits and int16 above, which stand for
    ``weights * 2**-weight_fraction_bits``. ``dilation`` are the rows and columns from one tap to
    the next. ``bias``, one for all filters or one for each, is added to what the sums stand for.
    """

    weights: Weights
    stride: tuple[int, int] = (1, 1)
    padding: Padding = UNPADDED
    weight_bits: int = 1
    weight_fraction_bits: int = 0
    dilation: tuple[int, int] = (1, 1)
    bias: Bias = (Fraction(0),)

    kind: ClassVar[str] = "conv2d"
    schema: ClassVar[Mapping[str, Any]] = layer_schema(
        "Convolution.",
        {"filters": {"description": "Output channels.", "$ref": "#/$defs/size"}, **KERNEL},
        required=["filters", "kernel", "weights"],
        **PADDED,
    )
    definitions: ClassVar[Definitions] = {
        **PAIRS,
        **PADDING,
        **WEIGHTS,
        "kernel_size": {
            "description": "Kernel size, or [rows, columns].",
            "type": ["integer", "array"],
            "minimum": 1,
            "maximum": MAX_KERNEL,
            "minItems": 2,
            "maxItems": 2,
            "items": {"type": "integer", "minimum": 1, "maximum": MAX_KERNEL},
        },
        "kernels": {
            "description": "Weights in (filter, kernel row, kernel column, input channel) order.",
            "type": ["array", "object"],
            "items": {
                "type": "array",
                "items": {"type": "array", "items": {"$ref": "#/$defs/weight_row"}},
            },
            "if": {"type": "object"},
            "then": {"$ref": "#/$defs/stored_weights"},
        },
    }

    @property
    def reach(self) -> tuple[int, int]:
        """Rows and columns from the first to the last tap of the kernel."""
        rows, columns = (
            (taps - 1) * step + 1
            for taps, step in zip(self.weights.shape[1:3], self.dilation, strict=True)
        )
        return (rows, columns)

    @classmethod
    def read(cls, entry: Mapping[str, Any], context: Context) -> Self:
        """Read the kernels, whose input channels follow from the shape of the input."""
        shape = cls._weight_shape(entry, read_pair(entry["kernel"]), context.in_shape[2])
        return cls(
            context.name,
            context.inputs,
            weights_in(entry, shape, context),
            read_pair(entry.get("stride", 1)),
            read_padding(entry.get("padding", "valid"), entry.get("pad_value", 0)),
            *read_weight_format(entry),
            read_pair(entry.get("dilation", 1)),
            read_bias(entry, shape[0]),
        )

    @classmethod
    def _weight_shape(
        cls, entry: Mapping[str, Any], kernel: tuple[int, int], channels: int
    ) -> tuple[int, ...]:
        return (int(entry["filters"]), *kernel, channels)

    def write(self) -> dict[str, Any]:
        """Write the kernels packed, and a dilation only where there is one."""
        return {"filters": self.weights.shape[0], **self._written()}

    def _written(self) -> dict[str, Any]:
        """Keys of all kinds of convolution."""
        return {
            "kernel": write_pair(self.weights.shape[1:3]),
            "stride": write_pair(self.stride),
            **({"dilation": write_pair(self.dilation)} if max(self.dilation) > 1 else {}),
            **write_padding(self.padding),
            **write_weights(self.weights, self.weight_bits, self.weight_fraction_bits),
            **write_bias(self.bias),
        }

    def check(self) -> None:
        """Refuse weights of another format, large kernels, and bad strides or padding."""
        self._check_weights()
        kernel = self.weights.shape[1:3]
        if max(kernel) > MAX_KERNEL:
            raise ModelError(
                f"kernel must be at most {MAX_KERNEL} x {MAX_KERNEL}, not {times(kernel)}"
            )
        check_pair("stride", self.stride)
        check_pair("dilation", self.dilation)
        check_padding(self.padding, self.inputs)
        check_bias(self.bias, len(self.weights))

    def _check_weights(self) -> None:
        check_weights(
            self.weights, self.weight_bits, self.weight_fraction_bits,
            "(filters, rows, columns, channels)",
        )  # fmt: skip

    def output_shape(self, shapes: Sequence[Shape]) -> Shape:
        """One pixel for each place of the kernel; refuses other channels than the weights'."""
        (in_shape,) = shapes
        height, width, channels = in_shape
        kernel, wanted = self.reach, self._channels_read()
        if wanted != channels:
            raise ModelError(f"weights take {wanted} channels, but the input has {channels}")
        top, bottom, left, right = self.padding.counts(kernel, self.stride, in_shape)
        padded = (height + top + bottom, width + left + right)
        check_elements("padded input", (*padded, channels))
        if kernel[0] > padded[0] or kernel[1] > padded[1]:
            dilated = ", dilated," if max(self.dilation) > 1 else ""
            raise ModelError(
                f"kernel {times(kernel)}{dilated} is larger than its input {times(padded)}"
            )
        rows, columns = (
            (size - k) // stride + 1
            for size, k, stride in zip(padded, kernel, self.stride, strict=True)
        )
        return (rows, columns, self.weights.shape[0])

    def _channels_read(self) -> int:
        return self.weights.shape[3]

    def output_format(self, read: Sequence[Format]) -> Format:
        """That of the sums."""
        return format_of_sums(self.weights, self.weight_bits, read[0])
