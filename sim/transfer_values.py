"""The value of every transfer of every stream, from the golden model and the plan."""

from collections.abc import Mapping
from itertools import accumulate
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from hwgen.model.layers import Model
from hwgen.plan.plan import Plan
from hwgen.plan.units import (
    CombinePlan,
    Convert,
    Deal,
    Fifo,
    Fork,
    Join,
    MapPlan,
    MatrixPlan,
    PoolPlan,
    Register,
    ReorderPlan,
    RequantisePlan,
    Scores,
    SearchPlan,
    Slice,
    WindowPlan,
)
from sim.bit_words import Bits, Ints, Words, element_bits, packed, unpacked
from sim.golden import PackedBits
from sim.plane_values import dealt, held_outputs, map_reads, packet_words, plane_order
from sim.stage_values import Stages, stage_values
from sim.window_words import window_words

__all__ = ["pixel_words", "score_bits", "stream_values", "stream_words"]

NO_WEIGHTS = np.empty(0, np.uint16)


def stream_values(
    model: Model,
    plan: Plan,
    images: NDArray[np.integer[Any]],
    packet: NDArray[np.uint16] = NO_WEIGHTS,
) -> dict[str, Bits]:
    """Payload of each transfer, as bits, the least significant first.

    Parameters
    ----------
    images : integers (frames, height, width, channels), of the input's type
    packet : uint16 (words)
        Weights that come in with each frame, where the plan has some outside.

    Returns
    -------
    dict of str to uint8 array (transfers, payload_bits)
        By stream name; transfers of all frames one after another.
    """
    words = stream_words(model, plan, images, packet)
    return {s.name: unpacked(words[s.name], s.payload_bits) for s in plan.streams}


def stream_words(
    model: Model,
    plan: Plan,
    images: NDArray[np.integer[Any]],
    packet: NDArray[np.uint16] = NO_WEIGHTS,
    into: Mapping[str, Words] | None = None,
) -> dict[str, Words]:
    """Payload of each transfer, as bytes, the least significant first.

    Eight times less to compute and to hold than ``stream_values``.

    Parameters
    ----------
    into : mapping of str to uint8 array, optional
        What this gave before for as many other pictures, which is written over: fresh memory
        costs more than what is put there.

    Returns
    -------
    dict of str to uint8 array (transfers, ceil(payload_bits / 8))
        By stream name; bits beyond the payload are 0.
    """
    into = into or {}
    stages = stage_values(model, images)
    words = pixel_words(images, model.input.bits)
    values = {plan.entry.name: words}
    if plan.weights is not None:
        values[plan.weights.name] = packet_words(packet, len(images))
    for unit in plan.units:
        found = {port: values[s.name] for port, s in plan.inputs_of(unit).items()}
        match unit:
            case Convert() if unit.in_bits % 8 == unit.out_bits % 8 == 0:
                words = found["i"].reshape(-1, unit.out_bits // 8)
            case Convert():
                bits = unpacked(found["i"], unit.in_bits)
                words = packed(bits.reshape(-1, unit.out_bits))
            case CombinePlan():
                words = _elements(stages, unit.stage, unit.out_bits, unit.elements)
            case Join():
                parts = [unpacked(found[port], bits) for port, bits in unit.inputs.items()]
                words = packed(np.concatenate(parts, axis=1))
            case WindowPlan():
                maps = len(images) * unit.planes
                name = plan.outputs_of(unit)["o"].name
                words = window_words(unit, found["i"], maps, into.get(name))
            case MapPlan():
                words = map_reads(unit, unpacked(found["i"], unit.in_bits), len(images))
            case Deal():
                parts = dealt(unit, found["i"])
                values |= {s.name: parts[port] for port, s in plan.outputs_of(unit).items()}
                continue
            case Scores():
                words = packed(score_bits(unit, stages[unit.stage]))
            case MatrixPlan() if unit.hold > 1:
                words = packed(held_outputs(unit, stages[unit.stage]))
            case MatrixPlan():
                words = _blocks(unit, stages, unit.pool or unit.stage)
            case PoolPlan() if unit.plane > 1:
                planes = plane_order(stages[unit.stage], unit.elements)
                bits = element_bits(planes, unit.out_bits // unit.elements)
                words = packed(bits.reshape(-1, unit.out_bits))
            case Register() | PoolPlan() | RequantisePlan() | SearchPlan():
                words = _elements(stages, unit.stage, unit.out_bits, unit.elements)
            case ReorderPlan():
                pixel = stages[unit.stage].shape[3] // unit.folds
                words = _elements(stages, unit.stage, unit.out_bits, pixel)
            case Fifo() | Fork() | Slice():
                words = found["i"]
            case _:
                assert_never(unit)
        for stream in plan.outputs_of(unit).values():
            values[stream.name] = words
    return values


def pixel_words(images: NDArray[np.integer[Any]], bits: int) -> Words:
    """Pixels of so many bits, all channels of a place in a word."""
    flat = np.ascontiguousarray(images).reshape(-1, images.shape[3])
    if bits % 8 == 0:
        return flat.astype(flat.dtype.newbyteorder("<"), copy=False).view(np.uint8)
    return packed(element_bits(flat, bits).reshape(len(flat), -1))


def _elements(stages: Stages, name: str, width: int, count: int) -> Words:
    """Values of a stage, pixel by pixel, ``count`` of them in a word of ``width`` bits."""
    stored = stages.stored(name)
    if isinstance(stored, PackedBits) and width == count and not (width | stored.channels) % 8:
        return stored.octets().reshape(-1, width // 8)
    return packed(element_bits(stages[name], width // count).reshape(-1, width))


def _blocks(unit: MatrixPlan, stages: Stages, name: str) -> Words:
    """Output words of a matrix unit: blocks of pixels, one word for each neuron fold."""
    (by, bx), (my, mx) = unit.blocks, (1, 1) if unit.pool else unit.block
    stored = stages.stored(name)
    frames, _, _, channels = stored.shape
    # Bits are moved eight at a time where those of a lane group are whole bytes.
    bits, folds, order = (
        unit.pe * my * mx == unit.out_bits,
        channels // unit.pe,
        (0, 1, 3, 5, 2, 4, 6),
    )
    if isinstance(stored, PackedBits) and bits and unit.pe % 8 == 0:
        split = stored.octets().reshape(frames, by, my, bx, mx, folds, unit.pe // 8)
        return split.transpose(order).reshape(-1, unit.out_bits // 8)
    split = stages[name].reshape(frames, by, my, bx, mx, folds, unit.pe)
    words = split.transpose(order)
    return packed(
        element_bits(words, unit.out_bits // (unit.pe * my * mx)).reshape(-1, unit.out_bits)
    )


def score_bits(unit: Scores, values: Ints) -> Bits:
    """Values one by one, with the best class so far and the end of the frame.

    Parameters
    ----------
    values : integers (frames, ...)
        Of the unit's stage; where it is bipolar as bits.

    Returns
    -------
    uint8 (transfers, bits)
        Payloads of the output stream, the least significant bit first.
    """
    flat = values.reshape(len(values), -1).astype(np.int64)
    if unit.bipolar:
        flat = 2 * flat - 1
    fields = [element_bits(flat, unit.data_bits)]
    if unit.argmax:
        sign = 1 if unit.argmax == "max" else -1
        best = [
            list(accumulate(range(flat.shape[1]), lambda a, b, s=s: b if s[b] > s[a] else a))
            for s in sign * flat
        ]
        fields.append(element_bits(np.array(best, np.int64), unit.index_bits))
    last = np.zeros((*flat.shape, 1), np.uint8)
    last[:, -1] = 1
    return np.concatenate([*fields, last], axis=2).reshape(-1, unit.out_bits)
