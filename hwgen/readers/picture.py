"""Pictures as programs for pictures write them, made into what a network reads."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from hwgen.errors import ModelError
from hwgen.readers.files import read_bytes, refusing

__all__ = ["SUFFIXES", "Fit", "Wanted", "decode_picture", "read_picture"]

SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".webp")

MAX_FILE_BYTES = 1 << 27
MAX_PIXELS = 1 << 24

# No others: some start programs, or decode what nobody means by a picture.
_FORMATS = ("BMP", "JPEG", "PNG", "WEBP")

_PLAIN = {"1": "L", "L": "L", "LA": "L", "RGB": "RGB", "RGBA": "RGB", "P": "RGB", "PA": "RGB"}
"""Modes that are read, and what they are without opacity; other ones would lose colours."""

_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What shows a picture upright, by the orientation of its EXIF; from 5 on sides change places."""

Note = Callable[[str], object]


class Fit(StrEnum):
    """What is done with a picture of another size than a network reads."""

    CROP = "crop"
    PAD = "pad"
    STRETCH = "stretch"


@dataclass(frozen=True)
class Wanted:
    """The picture that a network reads; without ``fit`` one of another size is refused."""

    width: int
    height: int
    channels: int
    fit: Fit | None = None


def read_picture(
    path: Path, wanted: Wanted | None = None, note: Note = lambda text: None
) -> NDArray[np.uint8]:
    """Read the one picture of a file; as `decode_picture`."""
    return decode_picture(read_bytes(path, MAX_FILE_BYTES), wanted, note)


def decode_picture(
    data: bytes, wanted: Wanted | None = None, note: Note = lambda text: None
) -> NDArray[np.uint8]:
    """Decode the one picture of a file's bytes, the right way up.

    Of 16 bits a channel the upper 8 are taken. What is transparent is put on black, but where four
    channels are wanted. Colours become grey as ``(299 R + 587 G + 114 B) / 1000``, grey three
    channels of the same. Of a JPEG with further pictures behind the first one it is the first.

    Parameters
    ----------
    data : bytes
    wanted : Wanted, optional
        By default the picture keeps its size, and has one channel or three.
    note : callable
        Told what was done to the picture to make it fit, but for what ``wanted.fit`` asks for.

    Returns
    -------
    uint8 array (height, width, channels)

    Raises
    ------
    ModelError
        If it is damaged or too large, moves, or cannot be made to fit. Size
        and number of pictures are looked at before any is unpacked.
    """
    too_large = ModelError(f"has more than {MAX_PIXELS:,} pixels, the most that are read")
    with refusing("cannot be read: is no picture, or a damaged one"):
        try:
            picture = Image.open(io.BytesIO(data), formats=_FORMATS)
        except Image.DecompressionBombError as error:
            raise too_large from error
        turn = picture.getexif().get(_ORIENTATION)
        size = picture.size[::-1] if turn in (5, 6, 7, 8) else picture.size
        if wanted is not None and wanted.fit is None and size != (wanted.width, wanted.height):
            raise ModelError(
                f"pictures must be {wanted.width} pixels wide and {wanted.height} high, not "
                f"{size[0]} and {size[1]}; --fit crop, pad or stretch makes them so"
            )
        if picture.width * picture.height > MAX_PIXELS:
            raise too_large
        if picture.format != "MPO" and getattr(picture, "n_frames", 1) != 1:
            raise ModelError("moves: store its pictures one a file")
        plain = _in_8_bits(picture, data, note)
        if turn in _TURNS:
            note("turned as its EXIF says")
            plain = plain.transpose(_TURNS[turn])
        plain = _in_channels(plain, None if wanted is None else wanted.channels, note)
        if wanted is not None:
            plain = _fitted(plain, wanted)
        return np.array(plain, np.uint8).reshape(plain.height, plain.width, -1)


def _in_8_bits(picture: Image.Image, data: bytes, note: Note) -> Image.Image:
    """The same as L or RGB, or RGBA where a pixel is not opaque."""
    mode = picture.mode
    # Pillow itself takes the upper bytes of colours, and leaves grey as it is.
    deep = picture.format == "PNG" and data[24] == 16
    if deep:
        if "transparency" in picture.info:
            raise ModelError("has 16 bits a channel and a transparent colour, which is not read")
        note("of 16 bits a channel the upper 8 are taken")
    if deep and mode.startswith("I"):
        return Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    if mode not in _PLAIN:
        raise ModelError(f"a picture of mode {mode} is not read, only grey, RGB and palettes")
    if mode in ("LA", "RGBA", "PA") or "transparency" in picture.info:
        full = picture.convert("RGBA")
        if np.asarray(full.getchannel("A")).min(initial=255) < 255:
            return full
        picture = full
    return picture.convert(_PLAIN[mode])


def _in_channels(picture: Image.Image, channels: int | None, note: Note) -> Image.Image:
    """The same in so many channels; None for one or three, whichever it has."""
    if channels not in (1, 3, 4, None):
        raise ModelError(f"is a picture, but the network reads {channels} channels")
    if picture.mode == "RGBA":
        if channels == 4:
            return picture
        note("transparent pixels are put on black")
        values = np.asarray(picture).astype(np.uint32)
        mixed = (2 * values[..., :3] * values[..., 3:] + 255) // 510
        picture = Image.fromarray(mixed.astype(np.uint8))
    if channels == 4:
        note("opaque, and its opacity taken as 255")
        return picture.convert("RGB").convert("RGBA")
    if picture.mode == "L" and channels == 3:
        note("grey, and taken as red, green and blue")
        return picture.convert("RGB")
    if picture.mode == "RGB" and channels == 1:
        note("colours are taken as grey: (299 R + 587 G + 114 B) / 1000")
        return picture.convert("L")
    return picture


def _fitted(picture: Image.Image, wanted: Wanted) -> Image.Image:
    """The same in the size that is wanted."""
    (width, height), size = picture.size, (wanted.width, wanted.height)
    if picture.size == size or wanted.fit is None:
        return picture
    # The filter averages what falls into one pixel, so that small pictures of large ones are soft.
    soft = Image.Resampling.BILINEAR
    match wanted.fit:
        case Fit.STRETCH:
            return picture.resize(size, soft)
        case Fit.CROP:
            wide = min(width, height * wanted.width / wanted.height)
            high = min(height, width * wanted.height / wanted.width)
            left, top = (width - wide) / 2, (height - high) / 2
            box = (left, top, min(width, left + wide), min(height, top + high))
            return picture.resize(size, soft, box=box)
        case Fit.PAD:
            wide = min(wanted.width, max(1, round(width * wanted.height / height)))
            high = min(wanted.height, max(1, round(height * wanted.width / width)))
            canvas = Image.new(picture.mode, size, "black")
            within = ((wanted.width - wide) // 2, (wanted.height - high) // 2)
            canvas.paste(picture.resize((wide, high), soft), within)
            return canvas
