"""What each stage of the hardware puts out, from the golden model."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

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
from sim import golden
from sim.bit_words import Ints
from sim.compiled import keep_memory

__all__ = ["Stages", "stage_values"]

Stored = Ints | golden.PackedBits
Maker = Callable[[], Stored]
Shapes = Mapping[str, tuple[int, int, int]]


class Stages(Mapping[str, Ints]):
    """Integers (frames, H, W, C) of each stage by name, bits as 0 and 1; computed when asked for.

    Parameters
    ----------
    makers : mapping of str to callable
        What gives integers, those of int8 being -1 and +1, or packed bits.
    """

    def __init__(self, makers: Mapping[str, Maker]):
        self._makers = makers
        self._made: dict[str, Stored] = {}

    def stored(self, name: str) -> Stored:
        """What a stage gives, bits packed where they are."""
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __getitem__(self, name: str) -> Ints:
        found = self.stored(name)
        if isinstance(found, golden.PackedBits):
            return found.booleans().view(np.uint8)
        return (found > 0).view(np.uint8) if found.dtype == np.int8 else found

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


def stage_values(model: Model, images: NDArray[np.integer[Any]]) -> Stages:
    """What each stage of the hardware puts out.

    Stages are named after layers ("levels" for the pixel table). Where an activation follows,
    hardware applies it, and the batch normalisation, ahead of all pools: pools hold bits or
    fixed-point numbers then.
    """
    keep_memory()
    tensor = golden.picture(images, model.input)
    tensors = {INPUT_NAME: tensor}
    for layer in model.layers:
        tensors[layer.name] = golden.apply(layer, *(tensors[name] for name in layer.inputs))

    # Pixels are scaled where true zero lies between two of them, and bits that are padded with
    # more than bits are numbers.
    shapes = infer_shapes(model)
    grain, numbers = _padded(model, tensor, shapes)

    def plain(name: str) -> Stored:
        return tensors[name].stored

    def scaled(name: str) -> Stored:
        return tensors[name].ints.astype(np.int64) * grain

    values: dict[str, Maker] = {name: partial(plain, name) for name in tensors}
    values["levels"] = partial(scaled, INPUT_NAME)
    pixels = _pixels(model)
    for layer in model.layers:
        if isinstance(layer, Activation):
            head, tail = _tail(model, layer, shapes)
            values |= _activated(model, head, tail, layer, tensors)
        elif isinstance(layer, MaxPool) and layer.name in pixels:
            values[layer.name] = partial(scaled if numbers else plain, layer.name)
        elif isinstance(layer, Conv2d | Dense) and layer.inputs[0] in pixels:
            # Those that pad have done so already.
            pads = isinstance(layer, Conv2d) and resolve_padding(layer, shapes[layer.inputs[0]])
            if not pads or not any(pads):
                values[layer.name] = partial(scaled, layer.name)
    return Stages(values)


def _pixels(model: Model) -> set[str]:
    """The picture, and the layers whose integers are still those of some of its pixels."""
    found = {INPUT_NAME}
    for layer in model.layers:
        unchanged = isinstance(layer, BatchNorm | MaxPool | Relu | Flatten)
        if unchanged and layer.inputs[0] in found:
            found.add(layer.name)
    return found


def _tail(model: Model, layer: Layer, shapes: Shapes) -> tuple[str, list[Layer]]:
    """Layers right ahead of one, up to the first that computes anew or is read by others too.

    A flatten of several pixels ahead of a layer that tells channels apart is such a one.
    Returns its name, or "input", and the layers behind it, in order.
    """
    layers = model.named
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
) -> dict[str, Maker]:
    """Values of an activation's stage, and of those that hardware moves behind it."""
    layers = model.named
    between = [x.name for x in tail]
    norms = [k for k, x in enumerate(tail) if isinstance(x, BatchNorm)]
    matrix = isinstance(layers.get(head), Conv2d | Dense) and len(model.readers(head)) == 1

    def applied(name: str) -> Stored:
        rest = between[between.index(name) + 1 if name != head else 0 :]
        return golden.activated(model, tensors[name], rest, layer).stored

    # Pools of values that no matrix layer has just computed stay ahead of the normalisation.
    ahead = 0 if matrix else (norms[0] if norms else len(tail))
    source = [head, *between[:ahead]][-1]
    pools = [x.name for x in tail[ahead:] if isinstance(x, MaxPool)]
    values: dict[str, Maker] = {name: partial(applied, name) for name in pools}
    # Thresholds are part of the matrix unit.
    stage = head if matrix and isinstance(layer, Sign) else layer.name
    return values | {stage: partial(applied, source)}


def _padded(model: Model, picture: golden.Tensor, shapes: Shapes) -> tuple[int, bool]:
    """What pixels are multiplied by for the padding of the layer that reads them.

    And whether they are stored as the numbers that come of it, not as bits of -1 and +1.
    """
    numbers = not isinstance(picture.stored, golden.PackedBits)
    pixels = _pixels(model)
    for layer in model.layers:
        source = layer.inputs[0]
        if not isinstance(layer, Conv2d) or source not in pixels:
            continue
        if any(resolve_padding(layer, shapes[source])):
            grain, pad = golden.padding_levels(layer, picture.form)
            return grain, numbers or grain > 1 or int(abs(pad).max()) > 1
    return 1, numbers
