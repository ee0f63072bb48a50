"""Rows and columns that a layer adds around its input."""

from dataclasses import dataclass
from typing import Any, Literal

from hwgen.errors import ModelError, describe
from hwgen.model.kinds.base import MAX_BITS, Definitions
from hwgen.model.kinds.pairs import MAX_STEP
from hwgen.model.kinds.shape import Shape
from hwgen.model.names import INPUT_NAME
from hwgen.model.values import check_int

__all__ = [
    "PADDING",
    "UNPADDED",
    "Padding",
    "check_padding",
    "read_padding",
    "write_margin",
    "write_padding",
]

SIDES = ("top", "bottom", "left", "right")

LEAST_PIXEL, GREATEST_PIXEL = -(1 << MAX_BITS - 1), (1 << MAX_BITS) - 1
"""Of all formats that a picture can have; what its own has is checked with the picture."""

PADDING: Definitions = {
    "margin": {"type": "integer", "minimum": 0, "maximum": MAX_STEP},
    "padding": {
        "description": '"valid" (none, the default), "same" (output is input / stride rounded up, '
        "an odd extra row or column at the bottom or right), or rows and columns to add.",
        "type": ["string", "object"],
        "if": {"type": "string"},
        "then": {"enum": ["valid", "same"]},
        "required": list(SIDES),
        "additionalProperties": False,
        "properties": {
            "top": {"description": "Rows above.", "$ref": "#/$defs/margin"},
            "bottom": {"description": "Rows below.", "$ref": "#/$defs/margin"},
            "left": {"description": "Columns on the left.", "$ref": "#/$defs/margin"},
            "right": {"description": "Columns on the right.", "$ref": "#/$defs/margin"},
        },
    },
    "pad_value": {
        "description": "What padding stands for: -1, +1, true zero, or a pixel where the layer "
        'reads the picture. Needed with every padding but "valid".',
        "type": ["integer", "object"],
        "minimum": -1,
        "maximum": 1,
        "required": ["pixel"],
        "additionalProperties": False,
        "properties": {
            "pixel": {
                "description": "A pixel, before the transform.",
                "type": "integer",
                "minimum": LEAST_PIXEL,
                "maximum": GREATEST_PIXEL,
            }
        },
    },
}


@dataclass(frozen=True)
class Padding:
    """Rows and columns added around the input: ``mode`` says how they were asked for.

    For ``"same"`` and ``"valid"`` the four counts are ignored; ``counts`` computes them from the
    input's size. ``value`` is -1, 0 (true zero) or +1; ``pixel``, when not None, pads with that
    pixel instead and is for layers that read the picture only.
    """

    mode: Literal["same", "valid", "explicit"] = "valid"
    top: int = 0
    bottom: int = 0
    left: int = 0
    right: int = 0
    value: int = 0
    pixel: int | None = None

    def counts(
        self, reach: tuple[int, int], stride: tuple[int, int], in_shape: Shape
    ) -> tuple[int, int, int, int]:
        """Count the rows and columns added, (top, bottom, left, right).

        Parameters
        ----------
        reach : (rows, columns)
            From the first to the last tap of a kernel, or of a window.
        """
        if self.mode == "valid":
            return (0, 0, 0, 0)
        if self.mode == "explicit":
            return (self.top, self.bottom, self.left, self.right)
        found = []
        for size, taps, step in zip(in_shape, reach, stride, strict=False):
            total = max((-(-size // step) - 1) * step + taps - size, 0)
            found += [total // 2, total - total // 2]
        top, bottom, left, right = found
        return (top, bottom, left, right)


UNPADDED = Padding()
"""No padding."""


def read_padding(padding: Any, value: Any) -> Padding:
    """Padding from the keys ``padding`` and ``pad_value``."""
    pixel = int(value["pixel"]) if isinstance(value, dict) else None
    number = 0 if isinstance(value, dict) else int(value)
    if isinstance(padding, str):
        return Padding("same" if padding == "same" else "valid", value=number, pixel=pixel)
    counts = {side: int(count) for side, count in padding.items()}
    return Padding("explicit", **counts, value=number, pixel=pixel)


def write_padding(padding: Padding) -> dict[str, Any]:
    """Both keys, ``pad_value`` only where it is needed."""
    if padding.mode == "valid":
        return {"padding": "valid"}
    return {
        "padding": write_margin(padding),
        "pad_value": padding.value if padding.pixel is None else {"pixel": padding.pixel},
    }


def write_margin(padding: Padding) -> str | dict[str, int]:
    """The key ``padding`` of a padding other than "valid"."""
    return "same" if padding.mode == "same" else {s: getattr(padding, s) for s in SIDES}


def check_padding(padding: object, inputs: tuple[str, ...]) -> None:
    """Refuse a padding that breaks a rule, for a layer that reads ``inputs``."""
    if not isinstance(padding, Padding) or padding.mode not in ("same", "valid", "explicit"):
        raise ModelError(f"padding must be a Padding with a known mode, not {describe(padding)}")
    for side in SIDES:
        check_int(f"padding {side}", getattr(padding, side), 0, MAX_STEP)
    check_int("pad_value", padding.value, -1, 1)
    if padding.pixel is not None:
        check_int("pad_value pixel", padding.pixel, LEAST_PIXEL, GREATEST_PIXEL)
        if inputs != (INPUT_NAME,):
            raise ModelError(
                f"pad_value can be a pixel only where the picture is read, not {inputs[0]!r}"
            )
