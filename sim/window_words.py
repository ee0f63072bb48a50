"""Words that line buffers give: patches of feature maps, in the order of the reads."""

import ctypes
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hwgen.plan.units import WindowPlan
from sim.bit_words import Words, element_bits, packed, unpacked
from sim.compiled import int64s, load_library, pointer

__all__ = ["load_gather", "window_words", "window_words_in_numpy"]


def window_words(unit: WindowPlan, words: Words, maps: int, into: Words | None = None) -> Words:
    """Patches in the order of the reads, padding and flags included.

    In compiled code, where there is a compiler; else in NumPy, which gives the same.

    Parameters
    ----------
    words : uint8 (input words, bytes of a word)
        Of ``maps`` feature maps.
    into : uint8 (output words, bytes of a word), optional
        Where they may go.

    Returns
    -------
    uint8 (output words, bytes of a word)
    """
    bits = unit.group * unit.bits
    library = load_gather()
    if library is None or bits % 8 or unit.in_bits != bits:
        return window_words_in_numpy(unit, words, maps)
    places, tails = _tables(unit)
    blocks, different, pixels = places.shape
    out_words = maps * blocks * different * unit.repeats
    shape = (out_words, pixels * bits // 8 + tails.shape[1])
    if into is None or into.shape != shape:
        into = np.empty(shape, np.uint8)
    words = np.ascontiguousarray(words)
    fill = packed(np.tile(element_bits(np.array(unit.pad or 0), unit.bits), unit.group))

    library.gather_words(
        pointer(words), *int64s(maps, words.size // maps), pointer(places),
        *int64s(blocks, different, pixels, bits // 8), pointer(fill),
        pointer(tails), *int64s(tails.shape[1], unit.repeats), pointer(into),
    )  # fmt: skip
    return into


@cache
def load_gather() -> ctypes.CDLL | None:
    """Compile the inner loop, or take it as it was compiled before; None without a compiler."""
    return load_library(Path(__file__).with_suffix(".cpp"))


@lru_cache(maxsize=64)
def _tables(unit: WindowPlan) -> tuple[NDArray[np.int32], Words]:
    """Places in a map of the pixels of each word, -1 outside of it; and bytes of its flags.

    int32 (blocks, words, pixels), and uint8 (blocks * words, bytes), of no bytes without flags.
    """
    rows, above = _places(unit, 0)
    columns, beside = _places(unit, 1)
    pixel = rows[:, None, :, None, :, None] * unit.in_shape[1] + columns[None, :, None, :, None, :]
    outside = above[:, None, :, None, :, None] | beside[None, :, None, :, None, :]
    groups = unit.words_per_pixel
    place = np.where(outside[..., None], -1, pixel[..., None] * groups + np.arange(groups))
    place = np.moveaxis(place, 6, 2 if unit.channels_outer else 4)
    blocks = unit.blocks[0] * unit.blocks[1]
    words = unit.words_per_block // unit.repeats
    places = np.ascontiguousarray(place.reshape(blocks, words, -1), np.int32)
    if unit.pad is not None:
        return places, np.zeros((blocks * words, 0), np.uint8)
    flags = np.broadcast_to(outside[..., None], (*outside.shape, groups))
    flags = np.moveaxis(flags, 6, 2 if unit.channels_outer else 4)
    return places, packed(flags.reshape(blocks * words, -1).astype(np.uint8))


def _places(unit: WindowPlan, axis: int) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Coordinates (block, tap, pixel) within the map, and whether they are outside."""
    before, size = unit.padding[2 * axis], unit.in_shape[axis]
    block = np.arange(unit.blocks[axis]) * unit.stride[axis] * unit.block[axis]
    tap = np.arange(0, unit.kernel[axis], unit.taps[axis]) * unit.dilation[axis]
    pixel = np.arange(unit.patch[axis])
    at = block[:, None, None] + tap[:, None] + pixel - before
    return np.clip(at, 0, size - 1), (at < 0) | (at >= size)


def window_words_in_numpy(unit: WindowPlan, words: Words, maps: int) -> Words:
    """As `window_words`."""
    height, width, _ = unit.in_shape
    bits = unpacked(words, unit.in_bits)
    # Bits are moved eight at a time where a pixel's group of channels is whole bytes.
    by_bytes = unit.pad is not None and unit.group * unit.bits % 8 == 0
    pixels = bits.reshape(maps, height, width, unit.words_per_pixel, unit.group * unit.bits)
    fill = np.tile(element_bits(np.array(unit.pad or 0), unit.bits), unit.group)
    if by_bytes:
        pixels, fill = packed(pixels), packed(fill)
    rows, above = _places(unit, 0)
    columns, beside = _places(unit, 1)
    outside = above[:, None, :, None, :, None] | beside[None, :, None, :, None, :]
    # (map, block row, block column, tap row, tap column, row, column, channel group, bits)
    found = pixels[:, rows[:, None, :, None, :, None], columns[None, :, None, :, None, :]]
    np.copyto(found, fill, where=outside[..., None, None])
    # ... with the channel group ahead of the pixels of the patch
    found = np.moveaxis(found, 7, 3 if unit.channels_outer else 5)
    blocks, different = maps * unit.blocks[0] * unit.blocks[1], unit.words_per_block
    different //= unit.repeats
    gathered = found.reshape(blocks, 1, different, -1)
    if unit.pad is None:
        flags = np.broadcast_to(outside[None, ..., None], (*pixels.shape[:1], *outside.shape,
                                                           unit.words_per_pixel))  # fmt: skip
        flags = np.moveaxis(flags, 7, 3 if unit.channels_outer else 5)
        flags = flags.reshape(blocks, 1, different, -1).astype(np.uint8)
        gathered = np.concatenate([gathered, flags], axis=3)
    if not by_bytes:
        gathered = packed(gathered)
    return np.repeat(gathered, unit.repeats, axis=1).reshape(-1, gathered.shape[3])
