"""Words of streams around weights that stay: planes, maps, and the weights themselves."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from hwgen.plan.units import Deal, MapPlan, MatrixPlan
from sim.bit_words import Bits, Ints, Words, element_bits, packed

__all__ = ["dealt", "held_outputs", "map_reads", "packet_words", "plane_order"]


def packet_words(packet: NDArray[np.uint16], frames: int) -> Words:
    """Words of weights, the packet once a frame, with what marks its last one."""
    bits = np.zeros((packet.size, 17), np.uint8)
    bits[:, :16] = element_bits(packet, 16)
    bits[-1, 16] = 1
    return np.tile(packed(bits), (frames, 1))


def dealt(unit: Deal, words: Words) -> Mapping[str, Words]:
    """Words of each layer, without the mark."""
    frames = words[:, :2].reshape(-1, sum(unit.counts), 2)
    parts = np.split(frames, np.cumsum(unit.counts)[:-1], axis=1)
    return {f"o_{k}": part.reshape(-1, 2) for k, part in enumerate(parts)}


def plane_order(values: Ints, group: int) -> Ints:
    """Values (frames, H, W, C) plane by plane, ``group`` channels a pixel."""
    frames, height, width, channels = values.shape
    split = values.reshape(frames, height * width, channels // group, group)
    return split.transpose(0, 2, 1, 3)


def held_outputs(unit: MatrixPlan, values: Ints) -> Bits:
    """Output words of a matrix unit whose weights stay: those of some rows, plane by plane."""
    frames, height, width, channels = values.shape
    passes = height * width // unit.hold
    rows = values.reshape(frames * passes, height // passes, width, channels)
    bits = element_bits(plane_order(rows, unit.pe), unit.out_bits // unit.pe)
    return bits.reshape(-1, unit.out_bits)


def map_reads(unit: MapPlan, bits: Bits, frames: int) -> Words:
    """Words that a map buffer gives, padding and flags included."""
    height, width, _ = unit.in_shape
    maps = frames * unit.maps
    planes = bits.reshape(maps, unit.planes, height * width, -1).transpose(0, 2, 1, 3)
    word = unit.group * unit.bits
    pixels = planes.reshape(maps, height, width, unit.words_per_pixel, word)
    (rows, above), (columns, beside) = (
        _places(unit, axis, before, size)
        for axis, before, size in ((0, unit.padding[0], height), (1, unit.padding[2], width))
    )
    # (map, output row, tap row, output column, tap column, channel group, bits)
    found = pixels[:, rows[:, :, None, None], columns[None, None]]
    outside = np.broadcast_to(above[:, :, None, None] | beside[None, None], found.shape[1:5])
    fill = np.tile(element_bits(np.array(unit.pad or 0), unit.bits), unit.group)
    found = np.where(outside[None, ..., None, None], fill, found)
    if unit.pad is None:
        flags = np.broadcast_to(outside[None, ..., None, None], (*found.shape[:-1], 1))
        found = np.concatenate([found, flags.astype(np.uint8)], axis=-1)
    split = found.reshape(maps, unit.passes, unit.rows, *found.shape[2:])
    # (map, pass, row, tap row, column, tap column, group, bits)
    order = (0, 1, 2, 4, 3, 5, 6, 7) if unit.raster else (0, 1, 3, 5, 6, 2, 4, 7)
    words = packed(split.transpose(order))
    different = words.reshape(maps * unit.passes, 1, -1, words.shape[-1])
    return np.repeat(different, unit.repeats, axis=1).reshape(-1, words.shape[-1])


def _places(
    unit: MapPlan, axis: int, before: int, size: int
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Coordinates (output, tap) within the map, and whether they are outside."""
    outputs = np.arange(unit.out_pixels[axis]) * unit.stride[axis]
    taps = np.arange(unit.kernel[axis]) * unit.dilation[axis]
    at = outputs[:, None] + taps - before
    return np.clip(at, 0, size - 1), (at < 0) | (at >= size)
