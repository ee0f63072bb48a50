"""What pictures reach of a network: thresholds seen from both sides, levels, saturation."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.model.layers import (
    INPUT_NAME,
    BatchNorm,
    Conv2d,
    Dense,
    Layer,
    MaxPool,
    Model,
    Quantise,
    Sign,
)
from sim import golden

__all__ = ["LayerCoverage", "Reached", "compared", "coverage_of", "reach", "tensors_of"]

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

MOST_LEVELS = 16
"""More levels than these are taken together in as many equal ranges."""

GROUP_ELEMENTS = 1 << 22
"""Elements of the feature maps computed at a time, about."""


@dataclass(frozen=True)
class LayerCoverage:
    """What some pictures reached of a ``sign`` or ``quantise``, counted in goals.

    Of a sign, ``goals`` and ``reached`` hold: ``both_sides``, channels seen as -1 and as +1;
    ``at_edge``, those whose accumulator was seen at the least value that gives the one and the
    greatest that gives the other. ``constant`` channels, which no accumulator can change, are no
    goals. Of a quantise: ``lowest`` and ``highest``, channels seen at that level, and ``levels``,
    pairs of channel and level (of `MOST_LEVELS` equal ranges where there are more levels).
    """

    layer: str
    kind: str
    constant: int
    goals: dict[str, int]
    reached: dict[str, int]


@dataclass(frozen=True, eq=False)
class Reached:
    """What each picture reaches: bool (pictures, events of all layers), and where they are.

    ``possible`` tells of which events some accumulator could be the cause.
    """

    seen: Flags
    possible: Flags
    layers: tuple[tuple[Sign | Quantise, int, int], ...]


def reach(model: Model, images: NDArray[np.uint8]) -> Reached:
    """Find what each picture reaches of each sign and each quantise.

    Parameters
    ----------
    images : uint8 (pictures, height, width, channels)
    """
    largest = max(np.prod(shape) for shape in _sizes(model, images[:1]))
    group = max(1, GROUP_ELEMENTS // int(largest))
    parts = []
    layers: list[tuple[Sign | Quantise, int, int]] = []
    possible: list[Flags] = []
    for start in range(0, len(images), group):
        tensors = tensors_of(model, images[start : start + group])
        found = []
        for layer in model.layers:
            if not isinstance(layer, Sign | Quantise):
                continue
            events, can = _events(model, layer, tensors)
            found.append(events)
            if not start:
                before = layers[-1][2] if layers else 0
                layers.append((layer, before, before + events.shape[1]))
                possible.append(can)
        empty = np.zeros((len(images[start : start + group]), 0), np.bool_)
        parts.append(np.concatenate([empty, *found], axis=1))
    can = np.concatenate([np.zeros(0, np.bool_), *possible])
    return Reached(np.concatenate(parts), can, tuple(layers))


def coverage_of(reached: Reached) -> list[LayerCoverage]:
    """Count what all of the pictures together reach, layer by layer in the model's order."""
    together: Flags = np.logical_or.reduce(reached.seen, axis=0)
    found = []
    for layer, start, end in reached.layers:
        seen, possible = together[start:end], reached.possible[start:end]
        if isinstance(layer, Sign):
            above, below, least, greatest = seen.reshape(4, -1)
            can = possible[: above.size]
            goals = {"both_sides": int(can.sum()), "at_edge": int(can.sum())}
            counts = {
                "both_sides": int((above & below & can).sum()),
                "at_edge": int((least & greatest & can).sum()),
            }
            found.append(LayerCoverage(layer.name, layer.kind, int((~can).sum()), goals, counts))
        else:
            levels = _level_ranges(layer)
            seen = seen.reshape(levels + 2, -1)
            channels = seen.shape[1]
            goals = {"lowest": channels, "highest": channels, "levels": levels * channels}
            counts = {
                "lowest": int(seen[0].sum()),
                "highest": int(seen[1].sum()),
                "levels": int(seen[2:].sum()),
            }
            found.append(LayerCoverage(layer.name, layer.kind, 0, goals, counts))
    return found


def tensors_of(model: Model, images: NDArray[np.uint8]) -> dict[str, golden.Tensor]:
    """Compute the picture and every layer."""
    tensors = {INPUT_NAME: golden.picture(images, model.input)}
    for layer in model.layers:
        tensors[layer.name] = golden.apply(layer, *(tensors[name] for name in layer.inputs))
    return tensors


def compared(model: Model, layer: Sign | Quantise) -> str:
    """Name of the layer, or "input", whose integers hardware compares for a layer.

    Neither a batch normalisation nor a maximum in between changes the threshold.
    """
    layers = {known.name: known for known in model.layers}
    name = layer.inputs[0]
    while isinstance(layers.get(name), BatchNorm | MaxPool):
        name = layers[name].inputs[0]
    return name


def _events(
    model: Model, layer: Sign | Quantise, tensors: Mapping[str, golden.Tensor]
) -> tuple[Flags, Flags]:
    """Events (pictures, events) of a layer, and which of them are possible: bool (events)."""
    form, name = tensors[layer.inputs[0]].form, compared(model, layer)
    stored = tensors[name].ints
    ints = stored.reshape(len(stored), -1, stored.shape[3])
    if isinstance(layer, Quantise):
        x = golden.Tensor(stored, form)
        levels = golden.quantise(x, layer).ints.reshape(ints.shape).astype(np.int64)
        low = -(1 << layer.bits - 1) if layer.signed else 0
        high = low + (1 << layer.bits) - 1
        ranges = _level_ranges(layer)
        place = (levels - low) * ranges >> layer.bits
        found = [levels == low, levels == high, *(place == k for k in range(ranges))]
        events = np.concatenate([flags.any(axis=1) for flags in found], axis=1)
        return events, np.ones(events.shape[1], np.bool_)
    source = next((known for known in model.layers if known.name == name), None)
    lowest, highest, step, rest = _range(source, tensors, name)
    # The least integer of the layer that reaches the threshold, and the one before it.
    least = form.steps + (rest - form.steps) % step
    greatest = least - step
    above = ints >= form.steps
    found = [above, ~above, ints == least, ints == greatest]
    events = np.concatenate([flags.any(axis=1) for flags in found], axis=1)
    can = (form.directions != 0) & (least <= highest) & (greatest >= lowest)
    return events, np.tile(can, 4)


def _range(
    layer: Layer | None, tensors: Mapping[str, golden.Tensor], name: str
) -> tuple[Ints, Ints, Ints, Ints]:
    """Bounds of a layer's integers by its weights alone; they are ``rest`` modulo ``step``.

    Each is int64, one a channel.
    """
    form = tensors[name].form
    channels = len(form.slopes)
    one, none = np.ones(channels, np.int64), np.zeros(channels, np.int64)
    if form.levels is not None:
        return form.levels.min(axis=1), form.levels.max(axis=1), one, none
    if not isinstance(layer, Conv2d | Dense):
        return -form.peak * one, form.peak * one, one, none
    source = tensors[layer.inputs[0]].form
    low, high, pad_zero = -source.peak, source.peak, False
    grain = 1
    if isinstance(layer, Conv2d) and layer.padding.mode != "valid":
        pad_zero = layer.padding.pixel is None and layer.padding.value == 0
        grain = golden.padding_levels(layer, source)[0]
    if source.levels is not None:
        low, high = (int(edge) * grain for edge in (source.levels.min(), source.levels.max()))
        if pad_zero:
            low, high = min(low, 0), max(high, 0)
    weights = layer.weights.astype(np.int64)
    flat = weights.reshape(channels, -1)
    lowest = np.minimum(flat * low, flat * high).sum(axis=1)
    highest = np.maximum(flat * low, flat * high).sum(axis=1)
    bits = source.peak == 1 and source.levels is None
    taps = weights.sum(axis=-1).reshape(channels, -1) % 2
    # Sums of -1 and +1 are all even or all odd, but for those that padding leaves out.
    even = bits & ~(pad_zero & taps.any(axis=1))
    return lowest, highest, np.where(even, 2, 1), np.where(even, flat.sum(axis=1) % 2, 0)


def _level_ranges(layer: Quantise) -> int:
    return min(1 << layer.bits, MOST_LEVELS)


def _sizes(model: Model, image: NDArray[np.uint8]) -> Iterator[Any]:
    return (tensor.shape[1:] for tensor in tensors_of(model, image).values())
