"""Maximum over windows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from hwgen.errors import ModelError, describe, times
from hwgen.model.kinds.base import BaseLayer, Context, Definitions, layer_schema
from hwgen.model.kinds.padding import (
    PADDING,
    UNPADDED,
    Padding,
    check_padding,
    read_padding,
    write_margin,
)
from hwgen.model.kinds.pairs import (
    PAIRS,
    WINDOW,
    check_pair,
    pooled_shape,
    read_pair,
    write_pair,
)
from hwgen.model.kinds.shape import Shape

__all__ = ["MaxPool"]


@dataclass(frozen=True, eq=False)
class MaxPool(BaseLayer):
    """Maximum over windows (rows, columns); ``ceil`` keeps windows that overhang the far edges.

    ``padding`` has no value: nothing that it adds is ever the maximum.
    """

    window: tuple[int, int]
    stride: tuple[int, int]
    ceil: bool = False
    padding: Padding = UNPADDED

    kind: ClassVar[str] = "max_pool"
    schema: ClassVar[Mapping[str, Any]] = layer_schema(
        "Maximum over windows.",
        {
            **WINDOW,
            "mode": {
                "description": '"floor" (the default) drops windows that overhang the bottom or '
                'right edge, "ceil" keeps what lies inside of them.',
                "enum": ["floor", "ceil"],
            },
            "padding": {"$ref": "#/$defs/padding"},
        },
        required=["window"],
    )
    definitions: ClassVar[Definitions] = {**PAIRS, **PADDING}

    @property
    def reach(self) -> tuple[int, int]:
        """Rows and columns of the window."""
        return self.window

    @classmethod
    def read(cls, entry: Mapping[str, Any], context: Context) -> Self:
        """Read the window; the stride is the same unless it is given."""
        window = read_pair(entry["window"])
        return cls(
            context.name,
            context.inputs,
            window,
            read_pair(entry["stride"]) if "stride" in entry else window,
            entry.get("mode", "floor") == "ceil",
            read_padding(entry.get("padding", "valid"), 0),
        )

    def write(self) -> dict[str, Any]:
        """Write the window, and a padding only where there is one."""
        return {
            "window": write_pair(self.window),
            "stride": write_pair(self.stride),
            "mode": "ceil" if self.ceil else "floor",
            **({} if self.padding.mode == "valid" else {"padding": write_margin(self.padding)}),
        }

    def check(self) -> None:
        """Refuse a padding with a value, or one in which a window could lie altogether."""
        check_pair("window", self.window)
        check_pair("stride", self.stride)
        if not isinstance(self.ceil, bool):
            raise ModelError(f"ceil must be True or False, not {describe(self.ceil)}")
        padding = self.padding
        check_padding(padding, self.inputs)
        if padding.value or padding.pixel is not None:
            raise ModelError("padding of a maximum has no value")
        if self.ceil and padding.mode == "same":
            raise ModelError('mode must be "floor" with padding "same", which drops no window')
        if padding.mode != "explicit":
            return
        sides = ((padding.top, padding.bottom), (padding.left, padding.right))
        for axis, counts in enumerate(sides):
            if max(counts) >= self.window[axis]:
                raise ModelError(
                    f"padding must be less than the window of {times(self.window)}, "
                    f"not {max(counts)}"
                )

    def output_shape(self, shapes: Sequence[Shape]) -> Shape:
        """One pixel for each window."""
        (in_shape,) = shapes
        padding = self.padding.counts(self.reach, self.stride, in_shape)
        counts = []
        for inner, window, stride, (before, after) in zip(
            in_shape, self.window, self.stride, (padding[:2], padding[2:]), strict=False
        ):
            size = inner + before + after
            if self.ceil:
                # A window has to start inside the input, or its maximum would be over nothing.
                starts = -(-(before + inner) // stride)
                counts.append(min(-((window - size) // stride) + 1, starts))
            else:
                counts.append((size - window) // stride + 1)
        return pooled_shape(self.window, counts, in_shape)
