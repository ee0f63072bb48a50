"""What a graph's input is: its layout, and what the file does not say, what its pixels mean."""

from dataclasses import dataclass
from fractions import Fraction
from math import isqrt, prod

import numpy as np

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx.steps import Linear
from hwgen.model.importers.qonnx.tensor import Tensor, raster, rationals
from hwgen.model.layers import INPUT_NAME
from hwgen.readers.onnx_file import MAX_NUMBERS

__all__ = ["MEANINGS", "Frame", "frame_of", "meaning_of"]

_MOST_COLOURS = 4
_RAW = Fraction(1, 64)
"""Graphs that multiply their input by this or less scale pixels themselves."""

MEANINGS = {
    "unit": (Fraction(1, 255), Fraction(0), "pixel / 255, as torchvision's ToTensor gives them"),
    "signed": (Fraction(2, 255), Fraction(-1), "-1 to 1: 2 * pixel / 255 - 1"),
    "raw": (Fraction(1), Fraction(0), "0 to 255"),
}
"""What a graph may read for a pixel: slope, offset, and how a person says it."""


@dataclass(frozen=True, eq=False)
class Frame:
    """The input: the size of the picture, and the tensor that the graph begins with."""

    height: int
    width: int
    channels: int
    layout: str
    tensor: Tensor


def frame_of(shape: tuple[int | None, ...]) -> Frame:
    """Take a shape of the graph's input as one picture.

    Raises
    ------
    ModelError
        If it is none, leaves a size open, or is too large.
    """
    sizes = shape[1:]
    if any(size is None for size in sizes):
        raise ModelError(
            "its input leaves a size open; export it with the size of its frames, "
            "channels x rows x columns"
        )
    whole = [size for size in sizes if size is not None]
    if prod(whole) > MAX_NUMBERS:
        raise ModelError(f"its input has more than {MAX_NUMBERS:,} numbers")
    match whole:
        case [rows, columns, channels] if (
            channels <= _MOST_COLOURS < min(rows, columns)
        ):  # channels last, as TensorFlow has them
            layout, size = "channels last", (rows, columns, channels)
        case [channels, rows, columns]:
            layout, size = "channels first", (rows, columns, channels)
        case [channels, columns]:
            layout, size = "channels first, a signal", (1, columns, channels)
        case [inputs]:
            side = isqrt(inputs)
            layout = "a row of numbers"
            size = (side, side, 1) if side * side == inputs else (1, inputs, 1)
        case _:
            raise ModelError(
                "its input must be frames of channels x rows x columns, signals of channels x "
                "columns, or rows of numbers"
            )
    places = raster(size)
    if layout == "channels last":
        places = places.transpose(1, 2, 0)
    place = places.reshape(1, *whole)
    return Frame(*size, layout, Tensor(INPUT_NAME, size, place, 0, 255, narrow=True, pixel=True))


def meaning_of(seen: Linear) -> str:
    """What a graph reads for a pixel, told from what it makes of its input ahead of all else.

    One that scales by 1/64 or less reads 0 to 255; one that begins by adding 1 reads -1 to 1.
    """
    if all(abs(slope) <= _RAW for slope in seen.slope):
        return "raw"
    return "signed" if (seen.slope == seen.offset).all() else "unit"


def pixels_as(meaning: str, channels: int) -> Linear:
    """What a pixel stands for."""
    slope, offset, _ = MEANINGS[meaning]
    ones = rationals(np.ones(channels, np.int64))
    return Linear(ones * slope, ones * offset)
