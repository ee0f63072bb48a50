"""Pictures, signals and vectors as arrays: which ones a network takes, and some at random."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, located
from hwgen.model.layers import Input, Model
from hwgen.readers.npy import Check, Header

__all__ = [
    "Pixels",
    "as_frames",
    "check_images",
    "check_unsized",
    "picture_check",
    "picture_shape",
    "random_images",
]

Pixels = NDArray[np.integer[Any]]


def check_images(images: Pixels, model: Model) -> Pixels:
    """Refuse an array that is no pictures of the size and type that a network reads.

    Parameters
    ----------
    images : integer array (N, H, W, C), N >= 1

    Returns
    -------
    array (N, H, W, C)
        The same, of the input's type.

    Raises
    ------
    ModelError
        If it is anything else, or has pixels that the network cannot read.
    """
    shape = picture_shape(model.input)
    with located(model.source):
        _check_type(images.dtype, model.input)
        if images.shape[1:] != shape or not len(images):
            raise ModelError(
                f"pictures must have shape (N, {_write(shape)}), not ({_write(images.shape)})"
            )
        return as_frames(images, model.input)


def picture_check(input_: Input) -> Check:
    """Make the check of a file's array: `as_frames` takes what it lets pass, if pixels fit."""
    shape, forms = picture_shape(input_), _forms(input_)

    def check(header: Header) -> None:
        _check_type(header.dtype, input_)
        found = header.shape
        one = found in forms
        many = len(found) > 1 and found[1:] in forms
        if not one and not many:
            raise ModelError(
                f"pictures must have shape (N, {_write(shape)}), not ({_write(found)})"
            )
        if not one and found[:1] == (0,):
            raise ModelError("holds no picture")

    return check


def as_frames(array: NDArray[Any], input_: Input) -> Pixels:
    """Bring integers into the form (N, H, W, C), C-contiguous, and into the input's type.

    Raises
    ------
    ModelError
        If the network cannot read one of them.
    """
    for value in map(int, (array.min(), array.max())):
        if not input_.low <= value <= input_.high:
            raise ModelError(
                f"pictures must be {input_.number_type}, {input_.low} to {input_.high}, but hold "
                f"{value}"
            )
    frames = array.reshape(-1, *picture_shape(input_))
    return np.ascontiguousarray(frames, dtype=input_.dtype)


def check_unsized(header: Header) -> None:
    """Refuse a file's array that is no uint8 pictures (N, H, W, C) of whatever size."""
    if header.dtype != np.uint8:
        raise ModelError(f"pictures must be uint8, not {header.dtype}")
    if len(header.shape) != 4:
        raise ModelError(f"pictures must have shape (N, H, W, C), not ({_write(header.shape)})")
    if not header.nbytes:
        raise ModelError("holds no picture")


def random_images(model: Model, frames: int, seed: int) -> Pixels:
    """Draw ``frames`` pictures of uniform noise, (frames, H, W, C), from ``seed`` alone."""
    low, high = model.input.low, model.input.high
    shape = (frames, *picture_shape(model.input))
    return np.random.default_rng(seed).integers(low, high + 1, shape, dtype=model.input.dtype)


def picture_shape(input_: Input) -> tuple[int, int, int]:
    """Rows, columns and channels of a picture."""
    return input_.height, input_.width, input_.channels


def _forms(input_: Input) -> list[tuple[int, ...]]:
    """Shapes that one picture may have in a file: without sizes of 1 at either end, too."""
    height, width, channels = picture_shape(input_)
    forms: list[tuple[int, ...]] = [(height, width, channels)]
    if channels == 1:
        forms.append((height, width))
    if height == 1:
        forms.append((width, channels))
        if width == 1:
            forms.append((channels,))
        if channels == 1:
            forms.append((width,))
    return forms


def _check_type(dtype: np.dtype[Any], input_: Input) -> None:
    if dtype.kind not in "iub":
        raise ModelError(f"pictures must be {input_.number_type}, not {dtype}")


def _write(shape: tuple[int, ...]) -> str:
    return ", ".join(map(str, shape))
