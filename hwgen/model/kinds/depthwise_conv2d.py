"""Convolution of each channel with a kernel of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from hwgen.errors import ModelError
from hwgen.model.kinds.base import layer_schema
from hwgen.model.kinds.conv2d import KERNEL, PADDED, Conv2d

__all__ = ["DepthwiseConv2d"]


@dataclass(frozen=True, eq=False)
class DepthwiseConv2d(Conv2d):
    """Convolution of each channel with a kernel of its own: weights as in `Conv2d`, of shape
    (channels, ky, kx, 1)."""

    kind: ClassVar[str] = "depthwise_conv2d"
    schema: ClassVar[Mapping[str, Any]] = layer_schema(
        "Convolution of each channel with a kernel of its own; weights have 1 input channel.",
        KERNEL,
        required=["kernel", "weights"],
        **PADDED,
    )

    @classmethod
    def _weight_shape(
        cls, entry: Mapping[str, Any], kernel: tuple[int, int], channels: int
    ) -> tuple[int, ...]:
        return (channels, *kernel, 1)

    def write(self) -> dict[str, Any]:
        """Write the kernels packed; as many as its input has channels."""
        return self._written()

    def _check_weights(self) -> None:
        super()._check_weights()
        if self.weights.shape[3] != 1:
            raise ModelError(
                "weights must have the shape (channels, rows, columns, 1), "
                f"not {self.weights.shape}"
            )

    def _channels_read(self) -> int:
        return self.weights.shape[0]
