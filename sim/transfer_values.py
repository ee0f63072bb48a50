"""The value of every transfer of every stream, from the golden model and the plan."""

from collections.abc import Mapping
from itertools import accumulate
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from hwgen.model.layers import (
    INPUT_NAME,
    Activation,
    BatchNorm,
    Conv2d,
    Dense,
    Flatten,
    Layer,
    Levelled,
    MaxPool,
    Model,
    Relu,
    Sign,
)
from hwgen.model.shapes import infer_shapes, resolve_padding
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
from sim import golden
from sim.bit_words import Bits, Ints, Words, element_bits, packed, unpacked
from sim.plane_values import dealt, held_outputs, map_reads, packet_words, plane_order
from sim.window_words import window_words

__all__ = ["stage_values", "stream_values", "stream_words"]

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
    words = _pixel_words(images, model.input.bits)
    values = {plan.entry.name: words}
    if plan.weights is not None:
        values[plan.weights.name] = packet_words(packet, len(images))
    for unit in plan.units:
        found = {port: values[s.name] for port, s in plan.inputs_of(unit).items()}
        match unit:
            case Convert():
                bits = unpacked(found["i"], unit.in_bits)
                words = packed(bits.reshape(-1, unit.out_bits))
            case CombinePlan():
                bits = element_bits(stages[unit.stage], unit.out_bits // unit.elements)
                words = packed(bits.reshape(-1, unit.out_bits))
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
                words = packed(_scores(unit, stages[unit.stage]))
            case MatrixPlan() if unit.hold > 1:
                words = packed(held_outputs(unit, stages[unit.stage]))
            case MatrixPlan():
                words = packed(_blocks(unit, stages[unit.pool or unit.stage]))
            case PoolPlan() if unit.plane > 1:
                planes = plane_order(stages[unit.stage], unit.elements)
                bits = element_bits(planes, unit.out_bits // unit.elements)
                words = packed(bits.reshape(-1, unit.out_bits))
            case Register() | PoolPlan() | RequantisePlan() | SearchPlan():
                width = unit.out_bits // unit.elements
                bits = element_bits(stages[unit.stage], width)
                words = packed(bits.reshape(-1, unit.out_bits))
            case ReorderPlan():
                pixel = stages[unit.stage].shape[3] // unit.folds
                bits = element_bits(stages[unit.stage], unit.out_bits // pixel)
                words = packed(bits.reshape(-1, unit.out_bits))
            case Fifo() | Fork() | Slice():
                words = found["i"]
            case _:
                assert_never(unit)
        for stream in plan.outputs_of(unit).values():
            values[stream.name] = words
    return values


def stage_values(model: Model, images: NDArray[np.integer[Any]]) -> dict[str, Ints]:
    """What each stage of the hardware puts out: integers (frames, H, W, C), bits as 0 and 1.

    Stages are named after layers ("levels" for the pixel table). Where an activation follows,
    hardware applies it, and the batch normalisation, ahead of all pools: pools hold bits or
    fixed-point numbers then.
    """
    tensor = golden.picture(images, model.input)
    tensors = {INPUT_NAME: tensor}
    for layer in model.layers:
        tensors[layer.name] = golden.apply(layer, *(tensors[name] for name in layer.inputs))

    # Pixels are scaled where true zero lies between two of them, and bits that are padded with
    # more than bits are numbers.
    grain, numbers = _padded(model, tensor)
    values = {name: _stored(found.ints) for name, found in tensors.items()}
    values["levels"] = tensor.ints.astype(np.int64) * grain
    pixels, shapes = _pixels(model), infer_shapes(model)
    for layer in model.layers:
        if isinstance(layer, Activation):
            head, tail = _tail(model, layer)
            values |= _activated(model, head, tail, layer, tensors)
        elif isinstance(layer, MaxPool) and layer.name in pixels:
            ints = tensors[layer.name].ints
            values[layer.name] = ints.astype(np.int64) * grain if numbers else _stored(ints)
        elif isinstance(layer, Conv2d | Dense) and layer.inputs[0] in pixels:
            # Those that pad have done so already.
            pads = isinstance(layer, Conv2d) and resolve_padding(layer, shapes[layer.inputs[0]])
            if not pads or not any(pads):
                values[layer.name] = tensors[layer.name].ints.astype(np.int64) * grain
    return values


def _pixel_words(images: NDArray[np.integer[Any]], bits: int) -> Words:
    """Pixels of so many bits, all channels of a place in a word."""
    flat = np.ascontiguousarray(images).reshape(-1, images.shape[3])
    if bits % 8 == 0:
        return flat.astype(flat.dtype.newbyteorder("<"), copy=False).view(np.uint8)
    return packed(element_bits(flat, bits).reshape(len(flat), -1))


def _pixels(model: Model) -> set[str]:
    """The picture, and the layers whose integers are still those of some of its pixels."""
    found = {INPUT_NAME}
    for layer in model.layers:
        unchanged = isinstance(layer, BatchNorm | MaxPool | Relu | Flatten)
        if unchanged and layer.inputs[0] in found:
            found.add(layer.name)
    return found


def _tail(model: Model, layer: Layer) -> tuple[str, list[Layer]]:
    """Layers right ahead of one, up to the first that computes anew or is read by others too.

    A flatten of several pixels ahead of a layer that tells channels apart is such a one.
    Returns its name, or "input", and the layers behind it, in order.
    """
    layers = model.named
    shapes = infer_shapes(model)
    tail: list[Layer] = []
    name = layer.inputs[0]
    while len(model.readers(name)) == 1 and isinstance(
        layers.get(name), BatchNorm | MaxPool | Relu | Flatten
    ):
        ahead = layers[name].inputs[0]
        apart = any(isinstance(known, BatchNorm | MaxPool) for known in tail)
        apart |= isinstance(layer, Levelled) and layer.by_channel
        if isinstance(layers[name], Flatten) and shapes[ahead][:2] != (1, 1) and apart:
            break
        tail.insert(0, layers[name])
        name = ahead
    return name, tail


def _activated(
    model: Model,
    head: str,
    tail: list[Layer],
    layer: Activation,
    tensors: dict[str, golden.Tensor],
) -> dict[str, Ints]:
    """Values of an activation's stage, and of those that hardware moves behind it."""
    layers = model.named
    between = [x.name for x in tail]
    norms = [k for k, x in enumerate(tail) if isinstance(x, BatchNorm)]
    matrix = isinstance(layers.get(head), Conv2d | Dense) and len(model.readers(head)) == 1

    def applied(name: str) -> Ints:
        ints, rest = tensors[name].ints, between[between.index(name) + 1 if name != head else 0 :]
        form = tensors[name].form
        return _stored(golden.activation_of(model, name, rest, layer, ints, form))

    # Pools of values that no matrix layer has just computed stay ahead of the normalisation.
    ahead = 0 if matrix else (norms[0] if norms else len(tail))
    source = [head, *between[:ahead]][-1]
    values = {x.name: applied(x.name) for x in tail[ahead:] if isinstance(x, MaxPool)}
    # Thresholds are part of the matrix unit.
    values[head if matrix and isinstance(layer, Sign) else layer.name] = applied(source)
    return values


def _stored(ints: Ints) -> Ints:
    """Integers as hardware stores them: -1/+1 bits (int8) as 0/1."""
    return (ints > 0).view(np.uint8) if ints.dtype == np.int8 else ints


def _padded(model: Model, picture: golden.Tensor) -> tuple[int, bool]:
    """What pixels are multiplied by for the padding of the layer that reads them.

    And whether they are stored as the numbers that come of it, not as bits of -1 and +1.
    """
    numbers = picture.ints.dtype != np.int8
    pixels, shapes = _pixels(model), infer_shapes(model)
    for layer in model.layers:
        source = layer.inputs[0]
        if not isinstance(layer, Conv2d) or source not in pixels:
            continue
        if any(resolve_padding(layer, shapes[source])):
            grain, pad = golden.padding_levels(layer, picture.form)
            return grain, numbers or grain > 1 or int(abs(pad).max()) > 1
    return 1, numbers


def _blocks(unit: MatrixPlan, values: Ints) -> Bits:
    """Output words of a matrix unit: blocks of pixels, one word for each neuron fold."""
    frames, _, _, channels = values.shape
    (by, bx), (my, mx) = unit.blocks, (1, 1) if unit.pool else unit.block
    folds = channels // unit.pe
    split = values.reshape(frames, by, my, bx, mx, folds, unit.pe)
    words = split.transpose(0, 1, 3, 5, 2, 4, 6)
    return element_bits(words, unit.out_bits // (unit.pe * my * mx)).reshape(-1, unit.out_bits)


def _scores(unit: Scores, values: Ints) -> Bits:
    """Values one by one, with the best class so far and the end of the frame."""
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
