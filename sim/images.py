"""Pictures for a network as arrays: which ones it takes, and some at random."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
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

Pixels = NDArray[np.uint8]


def check_images(images: Pixels, model: Model) -> Pixels:
    """Refuse an array that is no pictures of the size that a network reads; returns it.

    Parameters
    ----------
    images : uint8 array (N, H, W, C), N >= 1

    Raises
    ------
    ModelError
        If it is anything else.
    """
    shape = picture_shape(model.input)
    if images.dtype != np.uint8:
        raise ModelError(f"{model.source}: pictures must be uint8, not {images.dtype}")
    if images.shape[1:] != shape or not len(images):
        raise ModelError(
            f"{model.source}: pictures must have shape (N, {_write(shape)}), "
            f"not ({_write(images.shape)})"
        )
    return images


def picture_check(input_: Input) -> Check:
    """Make the check of a file's array: `as_frames` takes what it lets pass."""
    shape = picture_shape(input_)

    def check(header: Header) -> None:
        _check_type(header)
        found = header.shape
        one = found == shape or (shape[2] == 1 and found == shape[:2])
        many = found[1:] == shape or (shape[2] == 1 and len(found) == 3 and found[1:] == shape[:2])
        if not one and not many:
            raise ModelError(
                f"pictures must have shape (N, {_write(shape)}), not ({_write(found)})"
            )
        if not one and not found[0]:
            raise ModelError("holds no picture")

    return check


def as_frames(array: NDArray[Any], input_: Input) -> Pixels:
    """Bring an array into the form (N, H, W, C), C-contiguous."""
    return np.ascontiguousarray(array.reshape(-1, *picture_shape(input_)))


def check_unsized(header: Header) -> None:
    """Refuse a file's array that is no pictures (N, H, W, C) of whatever size."""
    _check_type(header)
    if len(header.shape) != 4:
        raise ModelError(f"pictures must have shape (N, H, W, C), not ({_write(header.shape)})")
    if not header.nbytes:
        raise ModelError("holds no picture")


def random_images(model: Model, frames: int, seed: int) -> Pixels:
    """Draw ``frames`` pictures of uniform noise, uint8 (frames, H, W, C), from ``seed`` alone."""
    return np.random.default_rng(seed).integers(
        0, 256, (frames, *picture_shape(model.input)), dtype=np.uint8
    )


def picture_shape(input_: Input) -> tuple[int, int, int]:
    """Rows, columns and channels of a picture."""
    return input_.height, input_.width, input_.channels


def _check_type(header: Header) -> None:
    if header.dtype != np.uint8:
        raise ModelError(f"pictures must be uint8, not {header.dtype}")


def _write(shape: tuple[int, ...]) -> str:
    return ", ".join(map(str, shape))
