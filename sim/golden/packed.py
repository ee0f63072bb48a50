"""Bits of feature maps, 64 channels a word."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["PackedBits", "pack"]

Words = NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class PackedBits:
    """The -1/+1 bits of feature maps of shape (N, H, W, C).

    Parameters
    ----------
    words : uint64 array (ceil(C / 64), N, H, W)
        Bit ``c % 64`` of word ``c // 64`` is 1 where channel ``c`` is +1. Bits beyond C are 0.
        Pixels are neighbours in memory, so that one operation of NumPy runs over many of them.
    channels : int
        C.
    """

    words: Words
    channels: int

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(N, H, W, C)."""
        _, frames, height, width = self.words.shape
        return frames, height, width, self.channels

    def octets(self) -> NDArray[np.uint8]:
        """Return eight channels a byte, the first the least significant: (N, H, W, ceil(C / 8))."""
        last = np.ascontiguousarray(np.moveaxis(self.words, 0, -1).astype("<u8", copy=False))
        return last.view(np.uint8)[..., : -(-self.channels // 8)]

    def booleans(self) -> NDArray[np.bool_]:
        """Return True for +1: shape (N, H, W, C)."""
        bits = np.unpackbits(self.octets(), axis=-1, count=self.channels, bitorder="little")
        return bits.view(np.bool_)

    def ints(self) -> NDArray[np.int8]:
        """Return int8 -1/+1: shape (N, H, W, C)."""
        ints = self.booleans().view(np.int8)
        ints *= 2
        ints -= 1
        return ints

    def flattened(self) -> "PackedBits":
        """Return shape (N, 1, 1, H*W*C), channel fastest."""
        frames, height, width, channels = self.shape
        if channels % 64:
            return pack(self.booleans().reshape(frames, 1, 1, height * width * channels))
        count = height * width * len(self.words)
        words = self.words.transpose(2, 3, 0, 1).reshape(count, frames, 1, 1)
        return PackedBits(words, height * width * channels)


def pack(fires: NDArray[np.bool_]) -> PackedBits:
    """Take True for +1 and False for -1, shape (N, H, W, C), in whatever order of memory."""
    frames, height, width, channels = fires.shape
    planes: NDArray[Any] = np.moveaxis(fires, -1, 0).view(np.uint8)
    if channels % 8:
        padded = np.zeros((-(-channels // 8) * 8, frames, height, width), np.uint8)
        padded[:channels] = planes
        planes = padded
    octets = planes.reshape(len(planes) // 8, 8, frames, height, width)
    packed = octets[:, 7].copy()
    for plane in range(6, -1, -1):
        packed += packed
        packed |= octets[:, plane]
    groups = -(-channels // 64)
    pixels = np.zeros((frames, height, width, 8 * groups), np.uint8)
    pixels[..., : len(octets)] = np.moveaxis(packed, 0, -1)
    words = np.moveaxis(pixels.view("<u8").astype(np.uint64, copy=False), -1, 0)
    return PackedBits(np.ascontiguousarray(words), channels)
