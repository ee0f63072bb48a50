"""The value of every transfer of every stream, from the golden model and the plan."""

from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from hwgen.model.layers import INPUT_NAME, BatchNorm, Conv2d, Dense, Model, Sign
from hwgen.plan.plan import Plan
from hwgen.plan.units import (
    Convert,
    Fifo,
    Fork,
    Join,
    MatrixPlan,
    PoolPlan,
    Register,
    ReorderPlan,
    Scores,
    WindowPlan,
)
from sim import golden

__all__ = ["stage_values", "stream_values"]

Bits = NDArray[np.uint8]
Ints = NDArray[np.int64]


def stream_values(model: Model, plan: Plan, images: NDArray[np.uint8]) -> dict[str, Bits]:
    """Payload of each transfer, as bits, the least significant first.

    Parameters
    ----------
    images : uint8 (frames, height, width, channels)

    Returns
    -------
    dict of str to uint8 array (transfers, payload_bits)
        By stream name; transfers of all frames one after another.
    """
    stages = stage_values(model, images)
    bits = _element_bits(images.astype(np.int64), 8).reshape(-1, 8 * images.shape[3])
    values = {plan.streams[0].name: bits}
    for unit in plan.units:
        taken = [values[plan.streams[k].name] for k in plan.streams_into(unit.name)]
        bits = taken[0]
        if isinstance(unit, Convert):
            bits = bits.reshape(-1, unit.out_bits)
        elif isinstance(unit, Join):
            bits = np.concatenate(taken, axis=1)
        elif isinstance(unit, WindowPlan):
            bits = _patches(unit, bits, len(images))
        elif isinstance(unit, Scores):
            bits = _scores(unit, stages[unit.stage])
        elif isinstance(unit, MatrixPlan):
            bits = _blocks(unit, stages[unit.pool or unit.stage])
        elif isinstance(unit, Register | PoolPlan):
            width = unit.out_bits // unit.elements
            bits = _element_bits(stages[unit.stage], width).reshape(-1, unit.out_bits)
        elif isinstance(unit, ReorderPlan):
            pixel = stages[unit.stage].shape[3] // unit.folds
            bits = _element_bits(stages[unit.stage], unit.out_bits // pixel)
            bits = bits.reshape(-1, unit.out_bits)
        else:
            assert isinstance(unit, Fifo | Fork), unit
        for k in plan.streams_from(unit.name):
            values[plan.streams[k].name] = bits
    return values


def stage_values(model: Model, images: NDArray[np.uint8]) -> dict[str, Ints]:
    """What each stage of the hardware puts out: int64 (frames, H, W, C), bits as 0 and 1.

    Stages are named after layers ("levels" for the pixel table). Where a sign follows, hardware
    applies it, and the batch normalisation, ahead of all pools: pools hold bits then.
    """
    tensor = golden.picture(images, model.input)
    tensors = {INPUT_NAME: tensor}
    for layer in model.layers:
        tensors[layer.name] = golden.apply(layer, tensors[layer.inputs[0]])

    # Pixels are scaled where true zero lies between two of them.
    grain = _grain(model, tensor)
    values = {"levels": tensor.ints.astype(np.int64) * grain}
    # The tail of each matrix layer (or of the picture) up to its sign.
    head, tail = INPUT_NAME, []
    for layer in (*model.layers, None):
        if layer is not None and not isinstance(layer, Conv2d | Dense | Sign):
            tail.append(layer)
            continue
        norms = [x.name for x in tail if isinstance(x, BatchNorm)]
        for name in (head, *(x.name for x in tail if not isinstance(x, BatchNorm))):
            ints = tensors[name].ints
            if head == INPUT_NAME:
                ints = ints.astype(np.int64) * grain
            elif isinstance(layer, Sign):
                ints = golden.sign_of(model, head, norms, ints)
            values[name] = _stored(ints)
        if layer is not None:
            values[layer.name] = _stored(tensors[layer.name].ints)
            head, tail = layer.name, []
    return values


def _stored(ints: NDArray[np.integer]) -> Ints:
    """Integers as hardware stores them: -1/+1 bits (int8) as 0/1."""
    wide = ints.astype(np.int64)
    return (wide > 0).astype(np.int64) if ints.dtype == np.int8 else wide


def _grain(model: Model, picture: golden.Tensor) -> int:
    """What pixels are multiplied by for the padding of the layer that reads them."""
    for layer in model.layers:
        if isinstance(layer, Conv2d) and layer.padding.mode != "valid":
            return golden.padding_levels(layer, picture.form)[0]
        if isinstance(layer, Conv2d | Dense | Sign):
            break
    return 1


def _element_bits(ints: Ints, width: int) -> Bits:
    """Each integer as ``width`` bits of two's complement: uint8 (..., width)."""
    return ((ints[..., None] >> np.arange(width)) & 1).astype(np.uint8)


def _patches(unit: WindowPlan, bits: Bits, frames: int) -> Bits:
    """Patches in the order of the reads, padding and flags included."""
    height, width, channels = unit.in_shape
    top, _, left, _ = unit.padding
    maps = bits.reshape(frames, height, width, channels, unit.bits)

    def places(axis: int, before: int, size: int) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        block = np.arange(unit.blocks[axis]) * unit.stride[axis] * unit.block[axis]
        tap = np.arange(0, unit.kernel[axis], unit.taps[axis])
        pixel = np.arange(unit.patch[axis])
        at = block[:, None, None] + tap[:, None] + pixel - before
        return np.clip(at, 0, size - 1), (at < 0) | (at >= size)

    rows, above = places(0, top, height)
    columns, beside = places(1, left, width)
    outside = above[:, None, :, None, :, None] | beside[None, :, None, :, None, :]
    # (frame, block row, block column, tap row, tap column, row, column, channel, bit)
    found = maps[:, rows[:, None, :, None, :, None], columns[None, :, None, :, None, :]]
    fill = _element_bits(np.array(unit.pad or 0), unit.bits)
    np.copyto(found, fill, where=outside[..., None, None])
    shape = found.shape[:7]
    found = found.reshape(*shape, unit.words_per_pixel, unit.group * unit.bits)
    # ... with the channel group ahead of the pixels of the patch
    found = np.moveaxis(found, 7, 3 if unit.channels_outer else 5)
    blocks, data = frames * unit.blocks[0] * unit.blocks[1], _data_bits(unit)
    words = np.empty((blocks, unit.repeats, unit.words_per_block // unit.repeats, unit.out_bits),
                     np.uint8)  # fmt: skip
    words[..., :data] = found.reshape(blocks, 1, -1, data)
    if unit.pad is None:
        flags = np.broadcast_to(outside[None, ..., None], (*shape, unit.words_per_pixel))
        flags = np.moveaxis(flags, 7, 3 if unit.channels_outer else 5)
        words[..., data:] = flags.reshape(blocks, 1, words.shape[2], -1)
    return words.reshape(-1, unit.out_bits)


def _data_bits(unit: WindowPlan) -> int:
    return unit.patch[0] * unit.patch[1] * unit.group * unit.bits


def _blocks(unit: MatrixPlan, values: Ints) -> Bits:
    """Output words of a matrix unit: blocks of pixels, one word for each neuron fold."""
    frames, _, _, channels = values.shape
    (by, bx), (my, mx) = unit.blocks, (1, 1) if unit.pool else unit.block
    folds = channels // unit.pe
    split = values.reshape(frames, by, my, bx, mx, folds, unit.pe)
    words = split.transpose(0, 1, 3, 5, 2, 4, 6)
    return _element_bits(words, unit.out_bits // (unit.pe * my * mx)).reshape(-1, unit.out_bits)


def _scores(unit: Scores, values: Ints) -> Bits:
    """Scores one by one, with the best class so far and the end of the frame."""
    frames, channels = values.shape[0], values.shape[3]
    flat = values.reshape(frames, -1)
    fields = [_element_bits(flat, unit.data_bits)]
    if unit.argmax:
        sign = 1 if unit.argmax == "max" else -1
        best = [
            list(accumulate(range(channels), lambda a, b, s=s: b if s[b] > s[a] else a))
            for s in sign * flat
        ]
        fields.append(_element_bits(np.array(best, np.int64), unit.index_bits))
    last = np.zeros((*flat.shape, 1), np.uint8)
    last[:, -1] = 1
    return np.concatenate([*fields, last], axis=2).reshape(-1, unit.out_bits)
