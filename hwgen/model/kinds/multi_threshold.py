"""Thresholds of any spacing, counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, describe
from hwgen.model.kinds.base import BaseLayer, Context, Definitions, Format, layer_schema
from hwgen.model.kinds.shape import Shape
from hwgen.model.values import check_int, check_rational, write_rational

__all__ = ["MAX_COUNT_BITS", "MultiThreshold"]

MAX_COUNT_BITS = 8
"""Width of the widest count."""


@dataclass(frozen=True, eq=False)
class MultiThreshold(BaseLayer):
    """``out_scale * k + out_bias``, ``k`` being the number of thresholds that are <= x.

    ``thresholds`` float64, ascending along a row, are taken as the exact rationals that they are:
    (channels, count), or (1, count) where all channels share them. ``k`` has ``bits`` bits, so a
    row has ``2**bits - 1`` of them at most.
    """

    thresholds: NDArray[np.float64]
    bits: int
    out_scale: Fraction = Fraction(1)
    out_bias: Fraction = Fraction(0)

    kind: ClassVar[str] = "multi_threshold"
    schema: ClassVar[Mapping[str, Any]] = layer_schema(
        "Counts the thresholds that are not above a value.",
        {
            "thresholds": {
                "description": "Ascending numbers, or as many for each channel.",
                "type": "array",
                "minItems": 1,
                "if": {"items": {"type": "array"}},
                "then": {"items": {"$ref": "#/$defs/ascending"}},
                "else": {"$ref": "#/$defs/ascending"},
            },
            "bits": {
                "description": "Width of the count.",
                "type": "integer",
                "minimum": 1,
                "maximum": MAX_COUNT_BITS,
            },
            "out_scale": {
                "description": "Value of one threshold, above 0; 1 by default.",
                "$ref": "#/$defs/rational",
            },
            "out_bias": {
                "description": "Value where no threshold is reached; 0 by default.",
                "$ref": "#/$defs/rational",
            },
        },
        required=["thresholds", "bits"],
    )
    definitions: ClassVar[Definitions] = {
        "ascending": {
            "type": "array",
            "minItems": 1,
            "maxItems": (1 << MAX_COUNT_BITS) - 1,
            "items": {"type": "number"},
        }
    }

    @property
    def count(self) -> int:
        """Thresholds of a channel: the greatest count."""
        return self.thresholds.shape[1]

    @property
    def by_channel(self) -> bool:
        """Whether channels have thresholds of their own."""
        return len(self.thresholds) > 1

    @property
    def levels(self) -> tuple[int, int]:
        """The least and the greatest integer that it puts out."""
        return (-1, 1) if self.signs else (0, self.count)

    @property
    def signs(self) -> bool:
        """Whether it puts out -1 and +1, as a sign does."""
        return (self.count, self.out_scale, self.out_bias) == (1, 2, -1)

    @classmethod
    def read(cls, entry: Mapping[str, Any], context: Context) -> Self:
        """Read the thresholds of each channel, or of all."""
        given = entry["thresholds"]
        rows = given if isinstance(given[0], list) else [given]
        for channel, row in enumerate(rows):
            if len(row) != len(rows[0]):
                raise ModelError(
                    f"thresholds must be as many for each channel, not {len(rows[0])} and "
                    f"{len(row)} at channel {channel}"
                )
        thresholds = np.array(rows, dtype=np.float64)
        thresholds.flags.writeable = False
        scale, bias = Fraction(entry.get("out_scale", 1)), Fraction(entry.get("out_bias", 0))
        return cls(context.name, context.inputs, thresholds, int(entry["bits"]), scale, bias)

    def write(self) -> dict[str, Any]:
        """Write thresholds of all channels once; scale and bias only where they change anything."""
        rows = self.thresholds.tolist()
        entry = {"thresholds": rows if len(rows) > 1 else rows[0], "bits": self.bits}
        if self.out_scale != 1:
            entry["out_scale"] = write_rational(self.out_scale)
        if self.out_bias:
            entry["out_bias"] = write_rational(self.out_bias)
        return entry

    def check(self) -> None:
        """Refuse thresholds that do not ascend, and more than its bits count."""
        check_int("bits", self.bits, 1, MAX_COUNT_BITS)
        rows = self.thresholds
        if not isinstance(rows, np.ndarray) or rows.dtype != np.float64:
            raise ModelError(f"thresholds must be a float64 array, not {describe(rows)}")
        if rows.ndim != 2 or rows.size == 0:
            raise ModelError(f"thresholds must have the shape (channels, count), not {rows.shape}")
        most = (1 << self.bits) - 1
        if self.count > most:
            raise ModelError(
                f"thresholds must be at most {most} ({self.bits} bits) a channel, not {self.count}"
            )
        if not np.isfinite(rows).all():
            raise ModelError("thresholds must be finite")
        falls = (rows[:, 1:] < rows[:, :-1]).any(axis=1)
        if falls.any():
            raise ModelError(f"thresholds must ascend, but do not at channel {np.argmax(falls)}")
        check_rational("out_scale", self.out_scale)
        check_rational("out_bias", self.out_bias)
        if self.out_scale <= 0:
            raise ModelError(f"out_scale must be above 0, not {self.out_scale}")

    def output_shape(self, shapes: Sequence[Shape]) -> Shape:
        """That of the input; refuses another number of channels."""
        (in_shape,) = shapes
        if len(self.thresholds) not in (1, in_shape[2]):
            raise ModelError(
                f"thresholds are for {len(self.thresholds)} channels, "
                f"but the input has {in_shape[2]}"
            )
        return in_shape

    def output_format(self, read: Sequence[Format]) -> Format:
        """That of the count."""
        ends = (self.out_bias / self.out_scale, self.out_bias / self.out_scale + self.count)
        return Format(self.bits, max(ceil(abs(end)) for end in ends))
