"""Pictures for a network: read from files, or drawn at random."""

import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from hwgen.errors import ModelError
from hwgen.model.layers import Input, Model

__all__ = ["load_images", "random_images"]

MODES = {1: ("L",), 3: ("RGB", "L", "P"), 4: ("RGBA",)}
"""Pillow modes whose pixels become that many channels without any being lost."""

PICTURES = (".jpeg", ".jpg", ".png")


def load_images(path: str | Path, model: Model) -> NDArray[np.uint8]:
    """Read pictures of exactly the size that a network reads.

    Parameters
    ----------
    path : str or Path
        A ``.npy`` file of uint8 (N, H, W, C), or (H, W, C) for one picture; where the network reads
        one channel also (N, H, W) or (H, W). Or one ``.png``, ``.jpg`` or ``.jpeg`` picture; grey
        and palette ones are read as red, green and blue where three channels are asked for.
    model : Model

    Returns
    -------
    uint8 array (N, H, W, C), C-contiguous, N >= 1

    Raises
    ------
    ModelError
        Names the file and why it cannot be used. Nothing is scaled, cropped or rounded to fit.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix != ".npy" and suffix not in PICTURES:
        raise ModelError(f"{path}: pictures are .npy, .png, .jpg or .jpeg files")
    try:
        if suffix == ".npy":
            return _load_npy(path, model.input)
        return _load_picture(path, model.input)
    except OSError as error:
        reason = error.strerror or "is no picture, or a damaged one"
        raise ModelError(f"{path}: cannot be read: {reason}") from error


def random_images(model: Model, frames: int, seed: int) -> NDArray[np.uint8]:
    """Draw ``frames`` pictures of uniform noise, uint8 (frames, H, W, C), from ``seed`` alone."""
    return np.random.default_rng(seed).integers(
        0, 256, (frames, *_shape(model.input)), dtype=np.uint8
    )


def _load_npy(path: Path, input_: Input) -> NDArray[np.uint8]:
    if path.stat().st_size == 0:
        raise ModelError(f"{path}: the file is empty")
    try:
        with warnings.catch_warnings(action="ignore"):  # it warns of headers it finds odd
            # Mapped, so that type and shape are checked before any memory is taken.
            found = np.load(path, mmap_mode="r", allow_pickle=False)
    except OSError:
        raise
    except Exception as error:  # a header is parsed as Python text: damaged ones raise anything
        raise ModelError(
            f"{path}: is no .npy array, is cut short, or holds pickled objects"
        ) from error
    if not isinstance(found, np.ndarray):
        found.close()
        raise ModelError(f"{path}: is an .npz archive, not an .npy array")
    if found.dtype != np.uint8:
        raise ModelError(f"{path}: pictures must be uint8, not {found.dtype}")
    shape = _shape(input_)
    one_channel = shape[2] == 1
    if found.ndim == 4 and found.shape[1:] == shape:
        images = found
    elif found.shape == shape:
        images = found[np.newaxis]
    elif one_channel and found.ndim == 3 and found.shape[1:] == shape[:2]:
        images = found[..., np.newaxis]
    elif one_channel and found.shape == shape[:2]:
        images = found[np.newaxis, ..., np.newaxis]
    else:
        raise ModelError(
            f"{path}: pictures must have shape (N, {_write(shape)}), not ({_write(found.shape)})"
        )
    if not len(images):
        raise ModelError(f"{path}: holds no picture")
    return np.array(images, order="C")


def _load_picture(path: Path, input_: Input) -> NDArray[np.uint8]:
    height, width, channels = _shape(input_)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as picture:
                if picture.size != (width, height):
                    raise ModelError(
                        f"{path}: pictures must be {width} pixels wide and {height} high, "
                        f"not {picture.width} and {picture.height}"
                    )
                if picture.mode not in MODES.get(channels, ()):
                    raise ModelError(
                        f"{path}: a picture of mode {picture.mode} does not give the "
                        f"{channels} 8-bit channels that the network reads"
                    )
                mode = MODES[channels][0]
                return np.array(picture.convert(mode), np.uint8).reshape(1, height, width, channels)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise ModelError(
            f"{path}: pictures must be {width} pixels wide and {height} high, not that large"
        ) from error
    except (ModelError, OSError):
        raise
    except Exception as error:  # each decoder has its own ways to fail on damaged files
        raise ModelError(f"{path}: cannot be read: is no picture, or a damaged one") from error


def _shape(input_: Input) -> tuple[int, int, int]:
    return input_.height, input_.width, input_.channels


def _write(shape: tuple[int, ...]) -> str:
    return ", ".join(map(str, shape))
