"""Numbers for rows and columns: strides, windows, kernels."""

from collections.abc import Sequence
from typing import Any

from hwgen.errors import ModelError, describe, times
from hwgen.model.kinds.base import Definitions
from hwgen.model.kinds.shape import Shape
from hwgen.model.values import check_int

__all__ = ["MAX_STEP", "PAIRS", "WINDOW", "check_pair", "pooled_shape", "read_pair", "write_pair"]

MAX_STEP = 65535
"""Largest stride, pooling window and padding."""

PAIRS: Definitions = {
    "step": {
        "description": "One number for rows and columns, or [rows, columns].",
        "type": ["integer", "array"],
        "minimum": 1,
        "maximum": MAX_STEP,
        "minItems": 2,
        "maxItems": 2,
        "items": {"type": "integer", "minimum": 1, "maximum": MAX_STEP},
    }
}

WINDOW = {
    "window": {"description": "Window size, or [rows, columns].", "$ref": "#/$defs/step"},
    "stride": {
        "description": "Stride, or [rows, columns]; the window by default.",
        "$ref": "#/$defs/step",
    },
}
"""Keys of a layer over windows."""


def read_pair(value: Any) -> tuple[int, int]:
    """Rows and columns as the file has them."""
    rows, columns = value if isinstance(value, list) else (value, value)
    return (int(rows), int(columns))


def write_pair(pair: Sequence[int]) -> int | list[int]:
    """Rows and columns for the file."""
    return pair[0] if pair[0] == pair[1] else list(pair)


def check_pair(what: str, value: object) -> None:
    """Refuse what is not (rows, columns), each from 1 to `MAX_STEP`."""
    if not isinstance(value, tuple) or len(value) != 2:
        raise ModelError(f"{what} must be (rows, columns), not {describe(value)}")
    for size in value:
        check_int(what, size, 1, MAX_STEP)


def pooled_shape(window: tuple[int, int], counts: Sequence[int], in_shape: Shape) -> Shape:
    """Shape of ``counts`` rows and columns of windows; refuses a window that fits nowhere."""
    rows, columns = counts
    if rows < 1 or columns < 1:
        raise ModelError(f"window {times(window)} is larger than its input {times(in_shape[:2])}")
    return (rows, columns, in_shape[2])
