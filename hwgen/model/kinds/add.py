"""Sum of layers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from hwgen.errors import ModelError, times
from hwgen.model.kinds.base import BaseLayer, Format, layer_schema
from hwgen.model.kinds.shape import Shape

__all__ = ["Add"]


@dataclass(frozen=True, eq=False)
class Add(BaseLayer):
    """Sum of two or more layers of one shape."""

    kind: ClassVar[str] = "add"
    schema: ClassVar[Mapping[str, Any]] = layer_schema(
        "Sum of layers of one shape.", required=["inputs"], inputs="many_inputs"
    )
    joins: ClassVar[bool] = True

    def output_shape(self, shapes: Sequence[Shape]) -> Shape:
        """That of all of its inputs."""
        for name, shape in zip(self.inputs, shapes, strict=True):
            if shape != shapes[0]:
                raise ModelError(
                    f"adds layers of one shape, but {self.inputs[0]!r} is {times(shapes[0])} "
                    f"and {name!r} is {times(shape)}"
                )
        return shapes[0]

    def output_format(self, read: Sequence[Format]) -> Format:
        """That of the sum."""
        return Format.of_magnitude(sum(format_.magnitude for format_ in read))
