"""Rounding to fixed point."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Self

from hwgen.errors import ModelError, describe
from hwgen.model.kinds.base import MAX_BITS, BaseLayer, Context, Format, layer_schema
from hwgen.model.kinds.figures import FIGURES, check_rationals, read_rationals, write_rationals
from hwgen.model.kinds.shape import Shape
from hwgen.model.values import check_int

__all__ = ["ROUNDINGS", "Quantise"]

ROUNDINGS = ("half_up", "half_even")
"""Where a number halfway between two goes: to the larger, or to the even one."""


@dataclass(frozen=True, eq=False)
class Quantise(BaseLayer):
    """Nearest number ``k * scale``, saturating.

    ``scales`` are one for all channels or one a channel. ``k`` has ``bits`` bits: two's complement
    where ``signed``, else not negative; where ``narrow``, without the least of the one or the
    greatest of the other. ``rounding`` is one of `ROUNDINGS`.
    """

    bits: int
    signed: bool
    scales: tuple[Fraction, ...] = (Fraction(1),)
    narrow: bool = False
    rounding: str = "half_up"

    kind: ClassVar[str] = "quantise"
    schema: ClassVar[Mapping[str, Any]] = layer_schema(
        "Rounds to multiples of a scale, saturating.",
        {
            "bits": {
                "description": "Width.",
                "type": "integer",
                "minimum": 1,
                "maximum": MAX_BITS,
            },
            "signed": {"description": "Two's complement, or not negative.", "type": "boolean"},
            "fraction_bits": {
                "description": "Bits behind the binary point, for a scale of 2**-fraction_bits.",
                "type": "integer",
                "minimum": 0,
                "maximum": MAX_BITS - 1,
            },
            "scale": {"description": "Value of one step, above 0.", **FIGURES},
            "narrow": {
                "description": "Without the least number, or unsigned without the greatest; "
                "false by default.",
                "type": "boolean",
            },
            "rounding": {
                "description": "Where halves go; half_up by default.",
                "enum": list(ROUNDINGS),
            },
        },
        required=["bits", "signed"],
        **{
            "if": {"required": ["scale"]},
            "then": {
                "properties": {
                    "fraction_bits": {
                        "description": "fraction_bits and scale say the same: leave one out",
                        "not": {},
                    }
                }
            },
            "else": {"required": ["fraction_bits"]},
        },
    )

    @property
    def levels(self) -> tuple[int, int]:
        """The least and the greatest ``k``."""
        low = -(1 << self.bits - 1) if self.signed else 0
        high = low + (1 << self.bits) - 1
        return low + (self.narrow and self.signed), high - (self.narrow and not self.signed)

    @property
    def by_channel(self) -> bool:
        """Whether channels have scales of their own."""
        return len(self.scales) > 1

    @classmethod
    def read(cls, entry: Mapping[str, Any], context: Context) -> Self:
        """Read the format."""
        scales = (Fraction(1, 1 << int(entry.get("fraction_bits", 0))),)
        if "scale" in entry:
            scales = read_rationals("scale", entry["scale"], context.in_shape[2])
        return cls(
            context.name, context.inputs, int(entry["bits"]), entry["signed"], scales,
            entry.get("narrow", False), entry.get("rounding", "half_up"),
        )  # fmt: skip

    def write(self) -> dict[str, Any]:
        """Write the format: a scale only where bits behind a binary point do not say it."""
        entry: dict[str, Any] = {"bits": self.bits, "signed": self.signed}
        fraction_bits = (1 / self.scales[0]).numerator.bit_length() - 1
        if self.scales == (Fraction(1, 1 << fraction_bits),) and fraction_bits < MAX_BITS:
            entry["fraction_bits"] = fraction_bits
        else:
            entry["scale"] = write_rationals(self.scales)
        if self.narrow:
            entry["narrow"] = True
        if self.rounding != "half_up":
            entry["rounding"] = self.rounding
        return entry

    def check(self) -> None:
        """Refuse a format that is not built."""
        check_int("bits", self.bits, 1, MAX_BITS)
        for what in ("signed", "narrow"):
            if not isinstance(value := getattr(self, what), bool):
                raise ModelError(f"{what} must be True or False, not {describe(value)}")
        if self.signed and self.bits == 1:
            raise ModelError("bits must be at least 2 for signed numbers: use sign for -1/+1")
        if self.narrow and self.bits == 1:
            raise ModelError(
                "bits must be at least 2 for a narrow range: of 1 it has nothing but 0"
            )
        if self.rounding not in ROUNDINGS:
            raise ModelError(
                f"rounding must be {' or '.join(map(repr, ROUNDINGS))}, "
                f"not {describe(self.rounding)}"
            )
        check_rationals("scale", self.scales)
        if min(self.scales) <= 0:
            raise ModelError(f"scale must be above 0, not {min(self.scales)}")

    def output_shape(self, shapes: Sequence[Shape]) -> Shape:
        """That of the input; refuses another number of channels."""
        (in_shape,) = shapes
        if len(self.scales) not in (1, in_shape[2]):
            raise ModelError(
                f"scales are for {len(self.scales)} channels, but the input has {in_shape[2]}"
            )
        return in_shape

    def output_format(self, read: Sequence[Format]) -> Format:
        """Its own."""
        low, high = self.levels
        return Format(self.bits, max(-low, high))
