"""All pixels as channels of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

from hwgen.model.kinds.base import BaseLayer, layer_schema
from hwgen.model.kinds.shape import Shape

__all__ = ["Flatten"]


@dataclass(frozen=True, eq=False)
class Flatten(BaseLayer):
    """(H, W, C) to (1, 1, H*W*C), channel fastest."""

    kind: ClassVar[str] = "flatten"
    schema: ClassVar[Mapping[str, Any]] = layer_schema(
        "(height, width, channels) to (1, 1, height * width * channels), channel fastest."
    )

    def output_shape(self, shapes: Sequence[Shape]) -> Shape:
        """One pixel."""
        return (1, 1, prod(shapes[0]))
