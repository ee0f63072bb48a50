"""What a Keras model reads: pictures, signals or rows of numbers, channels last."""

from math import prod

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx import frames as graphs
from hwgen.model.importers.qonnx.frames import Frame
from hwgen.model.importers.qonnx.tensor import Tensor, raster
from hwgen.model.layers import INPUT_NAME
from hwgen.readers.onnx_file import MAX_NUMBERS

__all__ = ["frame_of"]


def frame_of(shape: tuple[int | None, ...]) -> Frame:
    """Take a shape without its batch as one picture.

    Raises
    ------
    ModelError
        If it is none, leaves a size open, or is too large.
    """
    sizes = [size for size in shape if size is not None]
    if len(sizes) < len(shape):
        raise ModelError(
            "its input leaves a size open; give it the size of its frames, rows x columns x "
            "channels, and save it again"
        )
    if prod(sizes) > MAX_NUMBERS:
        raise ModelError(f"its input has more than {MAX_NUMBERS:,} numbers")
    match sizes:
        case [rows, columns, channels]:
            size, layout = (rows, columns, channels), "channels last"
            place = raster(size)[None]
        case [columns, channels]:
            size, layout = (1, columns, channels), "channels last, a signal"
            place = raster(size).reshape(1, channels, columns)
        case [_]:
            return graphs.frame_of((1, *sizes))
        case _:
            raise ModelError(
                "its input must be frames of rows x columns x channels, signals of columns x "
                "channels, or rows of numbers"
            )
    return Frame(*size, layout, Tensor(INPUT_NAME, size, place, 0, 255, narrow=True, pixel=True))
