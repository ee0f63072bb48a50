"""What a graph's input is: its layout, and what the file does not say, what its pixels mean."""

from dataclasses import dataclass
from fractions import Fraction
from math import isqrt, prod

import numpy as np

from hwgen.errors import ModelError
from hwgen.model.importers.options import Layout, Pixels
from hwgen.model.importers.qonnx.steps import Linear
from hwgen.model.importers.qonnx.tensor import Tensor, raster, rationals
from hwgen.model.layers import INPUT_NAME
from hwgen.readers.onnx_file import MAX_NUMBERS

__all__ = ["MEANINGS", "NO_FRAME", "Frame", "frame_of", "meaning_of", "said_of"]

_MOST_COLOURS = 4
_RAW = Fraction(1, 64)
"""Graphs that multiply their input by this or less scale pixels themselves."""

MEANINGS = {
    Pixels.UNIT: (Fraction(1, 255), Fraction(0), "pixel / 255, which torchvision's ToTensor gives"),
    Pixels.SIGNED: (Fraction(2, 255), Fraction(-1), "-1 to 1: 2 * pixel / 255 - 1"),
    Pixels.RAW: (Fraction(1), Fraction(0), "0 to 255"),
}
"""What a graph may read for a pixel: slope, offset, and how a person says it."""

_BITS_SAID = "bits: 1 above 127, else 0"

_NAMES = {Layout.FIRST: "channels first", Layout.LAST: "channels last"}


@dataclass(frozen=True, eq=False)
class Frame:
    """The input: the size of the picture, and the tensor that the graph begins with.

    ``layout`` says where the graph has the channels, and how that was found; ``batch`` is the
    graph's number of frames, None where it is open.
    """

    height: int
    width: int
    channels: int
    layout: str
    batch: int | None
    tensor: Tensor


def frame_of(
    shape: tuple[int | None, ...], asked: str | None = None, shown: Layout | None = None
) -> Frame:
    """Take a shape of the graph's input as one picture.

    Its layout is the one ``asked`` for, else the one ``shown`` by the graph, else that which the
    shape shows.

    Raises
    ------
    ModelError
        If it is none, leaves a size open, or is too large.
    """
    sizes = shape[1:]
    found = " x ".join("?" if size is None else str(size) for size in shape)
    if any(size is None for size in sizes):
        raise ModelError(
            "its input leaves a size open",
            remedy="export it with the size of its frames, channels x rows x columns",
            found=found,
        )
    whole = [size for size in sizes if size is not None]
    if prod(whole) > MAX_NUMBERS:
        raise ModelError(
            f"its input has more than {MAX_NUMBERS:,} numbers",
            remedy="export it for smaller frames",
            found=found,
        )
    layout, how = _layout(whole, asked, shown)
    last = layout == Layout.LAST
    match whole:
        case [_, _, _]:
            (rows, columns, channels) = whole if last else (*whole[1:], whole[0])
            said = f"{_NAMES[layout]}; {how}"
        case [_, _]:
            (columns, channels), rows = whole if last else reversed(whole), 1
            said = f"{_NAMES[layout]}, a signal; {how}"
        case [inputs]:
            side, last = isqrt(inputs), False
            square = side * side == inputs
            rows, columns, channels = (side, side, 1) if square else (1, inputs, 1)
            said = "a row of numbers"
        case _:
            raise ModelError(
                "its input must be frames of channels x rows x columns, signals of channels x "
                "columns, or rows of numbers",
                remedy="export it for one of these",
                found=found,
            )
    size = rows, columns, channels
    place = raster(size)
    if last:
        place = place.transpose(1, 2, 0)
    tensor = Tensor(INPUT_NAME, size, place.reshape(1, *whole), 0, 255, narrow=True, pixel=True)
    return Frame(*size, said, shape[0], tensor)


def _layout(sizes: list[int], asked: str | None, shown: Layout | None) -> tuple[Layout, str]:
    """Where the channels are, and how that was found."""
    if asked is not None:
        return Layout(asked), "as asked for"
    if shown is not None:
        return shown, "as the graph shows"
    if len(sizes) == 3:
        first, *_, last = sizes
        # A picture has few colours, and more rows and columns than that.
        if last <= _MOST_COLOURS < min(sizes[:-1]):
            return Layout.LAST, "as its shape shows"
        if first <= _MOST_COLOURS < min(sizes[1:]):
            return Layout.FIRST, "as its shape shows"
    return Layout.FIRST, "as ONNX has it; --layout last where that is wrong"


def meaning_of(seen: Linear) -> Pixels:
    """What a graph reads for a pixel, told from what it makes of its input ahead of all else.

    One that scales by 1/64 or less reads 0 to 255; one that begins by adding 1 reads -1 to 1.
    """
    if all(abs(slope) <= _RAW for slope in seen.slope):
        return Pixels.RAW
    return Pixels.SIGNED if (seen.slope == seen.offset).all() else Pixels.UNIT


def said_of(meaning: Pixels) -> str:
    """How a person says what a pixel stands for."""
    return _BITS_SAID if meaning == Pixels.BITS else MEANINGS[meaning][2]


def pixels_as(meaning: Pixels, channels: int) -> Linear:
    """What a pixel stands for."""
    slope, offset, _ = MEANINGS[meaning]
    ones = rationals(np.ones(channels, np.int64))
    return Linear(ones * slope, ones * offset)


NO_FRAME = frame_of((1, 1))
"""Stands for an input that is none, and is never read."""
