"""Rounding to fixed point."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from hwgen.errors import ModelError, describe
from hwgen.model.kinds.base import MAX_BITS, BaseLayer, Context, Format, layer_schema
from hwgen.model.values import check_int

__all__ = ["Quantise"]


@dataclass(frozen=True, eq=False)
class Quantise(BaseLayer):
    """Nearest fixed-point number, halves up, saturating: ``k * 2**-fraction_bits``.

    ``k`` has ``bits`` bits: two's complement where ``signed``, else not negative.
    """

    bits: int
    signed: bool
    fraction_bits: int = 0

    kind: ClassVar[str] = "quantise"
    schema: ClassVar[Mapping[str, Any]] = layer_schema(
        "Rounds half up to fixed point, saturating.",
        {
            "bits": {
                "description": "Width.",
                "type": "integer",
                "minimum": 1,
                "maximum": MAX_BITS,
            },
            "signed": {"description": "Two's complement, or not negative.", "type": "boolean"},
            "fraction_bits": {
                "description": "Bits behind the binary point.",
                "type": "integer",
                "minimum": 0,
                "maximum": MAX_BITS - 1,
            },
        },
        required=["bits", "signed", "fraction_bits"],
    )

    @property
    def levels(self) -> tuple[int, int]:
        """The least and the greatest ``k``."""
        low = -(1 << self.bits - 1) if self.signed else 0
        return low, low + (1 << self.bits) - 1

    @classmethod
    def read(cls, entry: Mapping[str, Any], context: Context) -> Self:
        """Read the format."""
        bits, fraction_bits = int(entry["bits"]), int(entry["fraction_bits"])
        return cls(context.name, context.inputs, bits, entry["signed"], fraction_bits)

    def write(self) -> dict[str, Any]:
        """Write the format."""
        return {"bits": self.bits, "signed": self.signed, "fraction_bits": self.fraction_bits}

    def check(self) -> None:
        """Refuse a format that is not built."""
        check_int("bits", self.bits, 1, MAX_BITS)
        check_int("fraction_bits", self.fraction_bits, 0, MAX_BITS - 1)
        if not isinstance(self.signed, bool):
            raise ModelError(f"signed must be True or False, not {describe(self.signed)}")
        if self.signed and self.bits == 1:
            raise ModelError("bits must be at least 2 for signed numbers: use sign for -1/+1")

    def output_format(self, read: Sequence[Format]) -> Format:
        """Its own."""
        return Format(self.bits, (1 << self.bits - self.signed) - (not self.signed))
