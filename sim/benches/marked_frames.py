"""Frames whose end is marked: the words of right ones, and of ones that lost pixels or got more."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.bit_words import Bits, unpacked
from sim.transfer_values import pixel_words

__all__ = ["PLANTED", "Planted", "marked_words", "plant_faults"]

PLANTED = "lost and surplus pixels"
"""Name of the pattern that has such frames."""

FRAMES = 10
"""Frames of it, at least: every fault twice, right ones in between."""

Images = NDArray[np.integer[Any]]


class Planted(NamedTuple):
    """Frames that are not all right.

    ``pixels`` are those that come, as words (transfers, bits), ``last`` which of them are marked as
    a frame's last one; ``seen`` are the pictures that the design makes of them, and ``bad`` tells
    of each whether it came with another number of pixels.
    """

    pixels: Bits
    last: NDArray[np.bool_]
    seen: Images
    bad: NDArray[np.bool_]


def marked_words(pixels: Bits, last: NDArray[np.bool_], word_bits: int) -> Bits:
    """Words as the bench offers them: pixels, and the mark in the uppermost bit."""
    words = np.zeros((len(pixels), word_bits), np.uint8)
    words[:, : pixels.shape[1]] = pixels
    words[:, -1] = last
    return words


def plant_faults(images: Images, bits: int, seed: int) -> Planted:
    """Take pixels from some frames, and put some into others.

    Parameters
    ----------
    images : integers (N, H, W, C)
        Taken again and again.
    bits : int
        Of a pixel of one channel.
    """
    rng = np.random.default_rng(seed)
    _, height, width, channels = images.shape
    size = height * width
    # A frame of no pixels is no frame: of one pixel none can be lost.
    kinds = [_right, _lose_one, _right, _add_one, _lose_some, _add_some]
    if size == 1:
        kinds = [_right, _add_one, _add_some]
    came: list[Images] = []
    seen = []
    for k in range(max(FRAMES, 2 * len(kinds))):
        frame = images[k % len(images)].reshape(size, channels)
        came.append(kinds[k % len(kinds)](frame, rng))
        whole = np.zeros_like(frame)
        count = min(size, len(came[-1]))
        whole[:count] = came[-1][:count]
        seen.append(whole.reshape(images.shape[1:]))
    last = np.concatenate([np.arange(len(frame)) == len(frame) - 1 for frame in came])
    flat = np.concatenate(came)
    words = unpacked(pixel_words(flat[None, :, None, :], bits), channels * bits)
    return Planted(words, last, np.array(seen), np.array([len(x) != size for x in came]))


def _right(frame: Images, rng: np.random.Generator) -> Images:
    return frame


def _lose_one(frame: Images, rng: np.random.Generator) -> Images:
    return np.delete(frame, rng.integers(len(frame)), axis=0)


def _lose_some(frame: Images, rng: np.random.Generator) -> Images:
    kept = np.sort(rng.permutation(len(frame))[: rng.integers(1, len(frame))])
    return frame[kept]


def _add_one(frame: Images, rng: np.random.Generator) -> Images:
    at = rng.integers(len(frame) + 1)
    return np.insert(frame, at, frame[rng.integers(len(frame))], axis=0)


def _add_some(frame: Images, rng: np.random.Generator) -> Images:
    more = frame[rng.integers(len(frame), size=rng.integers(2, len(frame) + 3))]
    return np.concatenate([frame, more])
