"""Pictures, signals and vectors for a network: read from files, or drawn at random."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, located
from hwgen.model.layers import Input, Model
from hwgen.readers import picture
from hwgen.readers.npy import Header, read_npy

__all__ = ["check_images", "load_images", "load_unsized", "random_images"]

Note = Callable[[str], object]

SUFFIXES = (".npy", *picture.SUFFIXES)

MAX_BYTES = 1 << 28
"""Of all pictures that are in memory at once."""

Pixels = NDArray[np.integer[Any]]


def load_images(
    paths: Path | str | Sequence[Path | str],
    model: Model,
    note: Note = lambda text: None,
) -> Pixels:
    """Read pictures of exactly the size that a network reads, file after file.

    Parameters
    ----------
    paths : path or sequence of paths
        ``.npy`` files of integers (N, H, W, C), or (H, W, C) for one picture; where the network
        reads one channel also (N, H, W) or (H, W), where it reads signals (N, W, C) or (W, C), and
        of a vector (N, C) or (C,). And pictures, one a file, of the endings that
        `hwgen.readers.picture` knows. Grey ones are read as red, green and blue where three
        channels are asked for; opacity is left out where it is full everywhere.
    model : Model
    note : callable
        Told what was done to a picture to make it fit.

    Returns
    -------
    array (N, H, W, C) of the input's type, C-contiguous, N >= 1

    Raises
    ------
    ModelError
        Names the file and why it cannot be used: pixels have to be integers that the network can
        read, whatever type they are stored in. Nothing is scaled, cropped or rounded to fit.
    """
    if isinstance(paths, Path | str):
        paths = [paths]
    found: list[Pixels] = []
    for path in map(Path, paths):
        with located(str(path)):
            found.append(_load(path, model.input, note))
            if sum(images.nbytes for images in found) > MAX_BYTES:
                raise ModelError(f"brings the pictures to more than {MAX_BYTES:,} bytes")
    return found[0] if len(found) == 1 else np.concatenate(found)


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
    shape = _shape(model.input)
    with located(model.source):
        _check_type(images.dtype, model.input)
    if images.shape[1:] != shape or not len(images):
        raise ModelError(
            f"{model.source}: pictures must have shape (N, {_write(shape)}), "
            f"not ({_write(images.shape)})"
        )
    with located(model.source):
        return _narrowed(images, model.input)


def load_unsized(path: Path) -> Pixels:
    """Read pictures of whatever size the file has, uint8 (N, H, W, C).

    Raises
    ------
    ModelError
        Names the file and why it cannot be used.
    """
    with located(str(path)):
        if _suffix(path) == ".npy":

            def check(header: Header) -> None:
                if header.dtype != np.uint8:
                    raise ModelError(f"pictures must be uint8, not {header.dtype}")
                if len(header.shape) != 4:
                    raise ModelError(
                        f"pictures must have shape (N, H, W, C), not ({_write(header.shape)})"
                    )

            images = np.ascontiguousarray(read_npy(path, check))
            if not images.size:
                raise ModelError("holds no picture")
            return images
        pixels = picture.read_picture(path)
        if pixels.shape[2] == 4:
            raise _transparent()
        return pixels[np.newaxis]


def random_images(model: Model, frames: int, seed: int) -> Pixels:
    """Draw ``frames`` pictures of uniform noise, (frames, H, W, C), from ``seed`` alone."""
    low, high = model.input.low, model.input.high
    return np.random.default_rng(seed).integers(
        low, high + 1, (frames, *_shape(model.input)), dtype=model.input.dtype
    )


def _load(path: Path, input_: Input, note: Note) -> Pixels:
    if _suffix(path) == ".npy":
        return _load_npy(path, input_)
    height, width, channels = _shape(input_)

    def check(wide: int, high: int) -> None:
        if (wide, high) != (width, height):
            raise ModelError(
                f"pictures must be {width} pixels wide and {height} high, not {wide} and {high}"
            )

    pixels = picture.read_picture(path, check)
    given = pixels.shape[2]
    if given == 1 and channels == 3:
        note(f"{path}: is grey, and taken as red, green and blue")
        pixels = np.repeat(pixels, 3, axis=2)
    elif given == 3 and channels == 4:
        note(f"{path}: is opaque, and its opacity taken as 255")
        pixels = np.concatenate([pixels, np.full_like(pixels[..., :1], 255)], axis=2)
    elif given == 4 and channels != 4:
        raise _transparent()
    elif given != channels:
        colours = {1: "is grey", 3: "has colours", 4: "has colours and opacity"}[given]
        raise ModelError(f"{colours}, but the network reads {channels} channels")
    return _narrowed(pixels[np.newaxis], input_)


def _transparent() -> ModelError:
    return ModelError("has transparent pixels, which have no colour; put it on a background first")


def _load_npy(path: Path, input_: Input) -> Pixels:
    shape = _shape(input_)
    forms = _forms(input_)

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

    return _narrowed(read_npy(path, check).reshape(-1, *shape), input_)


def _forms(input_: Input) -> list[tuple[int, ...]]:
    """Shapes that one picture may have in a file: without sizes of 1 at either end, too."""
    height, width, channels = _shape(input_)
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


def _narrowed(pixels: NDArray[Any], input_: Input) -> Pixels:
    """Integers as the input's type, if it has them all."""
    for value in map(int, (pixels.min(), pixels.max())):
        if not input_.low <= value <= input_.high:
            raise ModelError(
                f"pictures must be {input_.number_type}, {input_.low} to {input_.high}, but hold "
                f"{value}"
            )
    return np.ascontiguousarray(pixels, dtype=input_.dtype)


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ModelError(f"pictures are {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]} files")
    return suffix


def _shape(input_: Input) -> tuple[int, int, int]:
    return input_.height, input_.width, input_.channels


def _write(shape: tuple[int, ...]) -> str:
    return ", ".join(map(str, shape))
