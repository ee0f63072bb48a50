"""Mean over windows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar, Self

from hwgen.model.kinds.base import BaseLayer, Context, Definitions, Format, layer_schema
from hwgen.model.kinds.pairs import (
    PAIRS,
    WINDOW,
    check_pair,
    pooled_shape,
    read_pair,
    write_pair,
)
from hwgen.model.kinds.shape import Shape

__all__ = ["AveragePool"]


@dataclass(frozen=True, eq=False)
class AveragePool(BaseLayer):
    """Mean over windows (rows, columns), exactly; windows that overhang an edge are dropped."""

    window: tuple[int, int]
    stride: tuple[int, int]

    kind: ClassVar[str] = "average_pool"
    schema: ClassVar[Mapping[str, Any]] = layer_schema(
        "Average over windows.",
        {
            **WINDOW,
            "mode": {
                "description": '"floor": windows that overhang the bottom or right edge are '
                "dropped.",
                "enum": ["floor"],
            },
        },
        required=["window"],
    )
    definitions: ClassVar[Definitions] = PAIRS

    @classmethod
    def read(cls, entry: Mapping[str, Any], context: Context) -> Self:
        """Read the window; the stride is the same unless it is given."""
        window = read_pair(entry["window"])
        stride = read_pair(entry["stride"]) if "stride" in entry else window
        return cls(context.name, context.inputs, window, stride)

    def write(self) -> dict[str, Any]:
        """Write window and stride."""
        return {"window": write_pair(self.window), "stride": write_pair(self.stride)}

    def check(self) -> None:
        """Refuse windows that are none."""
        check_pair("window", self.window)
        check_pair("stride", self.stride)

    def output_shape(self, shapes: Sequence[Shape]) -> Shape:
        """One pixel for each window."""
        (in_shape,) = shapes
        counts = [
            (size - window) // stride + 1
            for size, window, stride in zip(in_shape, self.window, self.stride, strict=False)
        ]
        return pooled_shape(self.window, counts, in_shape)

    def output_format(self, read: Sequence[Format]) -> Format:
        """That of the windows' sums."""
        return Format.of_magnitude(read[0].magnitude * prod(self.window))
