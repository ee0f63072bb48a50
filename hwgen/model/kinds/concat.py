"""Channels of layers, one after another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from hwgen.errors import ModelError, times
from hwgen.model.kinds.base import BaseLayer, Format, layer_schema
from hwgen.model.kinds.shape import Shape

__all__ = ["Concat"]


@dataclass(frozen=True, eq=False)
class Concat(BaseLayer):
    """Channels of two or more layers of one height and width, one after another."""

    kind: ClassVar[str] = "concat"
    schema: ClassVar[Mapping[str, Any]] = layer_schema(
        "Channels of several layers, one after another.",
        required=["inputs"],
        inputs="many_inputs",
    )
    joins: ClassVar[bool] = True

    def output_shape(self, shapes: Sequence[Shape]) -> Shape:
        """That of its inputs, with the channels of all."""
        for name, shape in zip(self.inputs, shapes, strict=True):
            if shape[:2] != shapes[0][:2]:
                raise ModelError(
                    f"joins layers of one height and width, but {self.inputs[0]!r} is "
                    f"{times(shapes[0][:2])} and {name!r} is {times(shape[:2])}"
                )
        return (*shapes[0][:2], sum(shape[2] for shape in shapes))

    def output_format(self, read: Sequence[Format]) -> Format:
        """The widest of them."""
        return max(read, key=lambda format_: format_.bits)
