"""Pictures as programs for pictures write them: PNG, JPEG and BMP."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from hwgen.errors import ModelError
from hwgen.readers.files import read_bytes, refusing

__all__ = ["SUFFIXES", "read_picture"]

SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png")

MAX_FILE_BYTES = 1 << 27
MAX_PIXELS = 1 << 24

# No others: some start programs, or decode what nobody means by a picture.
_FORMATS = ("BMP", "JPEG", "PNG")

_CHANNELS = {"L": "L", "LA": "L", "RGB": "RGB", "RGBA": "RGBA", "P": "RGB", "PA": "RGB"}
"""Modes of 8 bits, and those they become; other ones would lose something."""

CheckSize = Callable[[int, int], object]
"""Of width and height: raises a ModelError before a picture is unpacked."""


def read_picture(path: Path, check: CheckSize = lambda width, height: None) -> NDArray[np.uint8]:
    """Read the one picture of a file.

    Returns
    -------
    uint8 array (height, width, channels)
        One channel for grey, three for colours; where pixels are transparent, their opacity too,
        which makes four. Opacity that is full everywhere is left out.

    Raises
    ------
    ModelError
        If the file cannot be read, is damaged or too large, holds several pictures or one of
        other than 8 bits a channel, or ``check`` refuses it.
    """
    data = read_bytes(path, MAX_FILE_BYTES)
    too_large = ModelError(f"has more than {MAX_PIXELS:,} pixels, the most that are read")
    with refusing("cannot be read: is no picture, or a damaged one"):
        try:
            picture = Image.open(io.BytesIO(data), formats=_FORMATS)
        except Image.DecompressionBombError as error:
            raise too_large from error
        check(picture.width, picture.height)
        if picture.width * picture.height > MAX_PIXELS:
            raise too_large
        if picture.format == "PNG" and getattr(picture, "n_frames", 1) != 1:
            raise ModelError("moves: store its pictures one a file")
        mode = picture.mode
        if mode not in _CHANNELS:
            raise ModelError(f"a picture of mode {mode} does not give 8-bit channels")
        if mode in ("LA", "RGBA", "PA") or "transparency" in picture.info:
            return _with_opacity(np.array(picture.convert("RGBA"), np.uint8), _CHANNELS[mode])
        pixels = np.array(picture.convert(_CHANNELS[mode]), np.uint8)
        return pixels.reshape(picture.height, picture.width, -1)


def _with_opacity(pixels: NDArray[np.uint8], mode: str) -> NDArray[np.uint8]:
    if (pixels[..., 3] < 255).any():
        return pixels
    return np.ascontiguousarray(pixels[..., : 1 if mode == "L" else 3])
