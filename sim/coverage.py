"""What pictures reach of a network: thresholds seen from both sides, levels, saturation."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.model.layers import (
    INPUT_NAME,
    Activation,
    BatchNorm,
    Conv2d,
    Dense,
    Layer,
    Levelled,
    MaxPool,
    Model,
    Sign,
)
from hwgen.model.shapes import resolve_padding
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
    ``at_edge``, the two values next to the threshold of each channel, at each place in the window
    of the maximum that follows (or in squares of two by two), where that one decides the maximum.
    ``constant`` channels, which no accumulator can change, are no goals. Of a quantise: ``lowest``
    and ``highest``, channels seen at that level, and ``levels``, pairs of channel and level (of
    `MOST_LEVELS` equal ranges where there are more levels).
    """

    layer: str
    kind: str
    constant: int
    goals: dict[str, int]
    reached: dict[str, int]


@dataclass(frozen=True, eq=False)
class Reached:
    """What each picture reaches: bool (pictures, events of all layers).

    ``possible`` tells of which events some accumulator could be the cause; ``layers`` has each
    layer with its channels and where its events begin and end.
    """

    seen: Flags
    possible: Flags
    layers: tuple[tuple[Activation, int, int, int], ...]


def reach(model: Model, images: NDArray[np.integer[Any]]) -> Reached:
    """Find what each picture reaches of each sign and each quantise.

    Parameters
    ----------
    images : uint8 (pictures, height, width, channels)
    """
    largest = max(np.prod(shape) for shape in _sizes(model, images[:1]))
    group = max(1, GROUP_ELEMENTS // int(largest))
    parts = []
    layers: list[tuple[Activation, int, int, int]] = []
    possible: list[Flags] = []
    for start in range(0, len(images), group):
        tensors = tensors_of(model, images[start : start + group])
        found = []
        for layer in model.layers:
            if not isinstance(layer, Activation):
                continue
            events, can = _events(model, layer, tensors)
            found.append(events)
            if not start:
                before = layers[-1][3] if layers else 0
                channels = tensors[compared(model, layer)[0]].shape[3]
                layers.append((layer, channels, before, before + events.shape[1]))
                possible.append(can)
        empty = np.zeros((len(images[start : start + group]), 0), np.bool_)
        parts.append(np.concatenate([empty, *found], axis=1))
    can = np.concatenate([np.zeros(0, np.bool_), *possible])
    return Reached(np.concatenate(parts), can, tuple(layers))


def coverage_of(reached: Reached) -> list[LayerCoverage]:
    """Count what all of the pictures together reach, layer by layer in the model's order."""
    together: Flags = np.logical_or.reduce(reached.seen, axis=0)
    found = []
    for layer, channels, start, end in reached.layers:
        seen, possible = together[start:end], reached.possible[start:end]
        if isinstance(layer, Sign):
            above, below, *edges = seen.reshape(-1, channels)
            can = possible[:channels]
            goals = {"both_sides": int(can.sum()), "at_edge": int(can.sum()) * len(edges)}
            counts = {
                "both_sides": int((above & below & can).sum()),
                "at_edge": int((np.array(edges) & can).sum()),
            }
            found.append(LayerCoverage(layer.name, layer.kind, int((~can).sum()), goals, counts))
        else:
            levels = _level_ranges(layer)
            seen = seen.reshape(levels + 2, channels)
            goals = {"lowest": channels, "highest": channels, "levels": levels * channels}
            counts = {
                "lowest": int(seen[0].sum()),
                "highest": int(seen[1].sum()),
                "levels": int(seen[2:].sum()),
            }
            found.append(LayerCoverage(layer.name, layer.kind, 0, goals, counts))
    return found


def tensors_of(model: Model, images: NDArray[np.integer[Any]]) -> dict[str, golden.Tensor]:
    """Compute the picture and every layer."""
    tensors = {INPUT_NAME: golden.picture(images, model.input)}
    for layer in model.layers:
        tensors[layer.name] = golden.apply(layer, *(tensors[name] for name in layer.inputs))
    return tensors


def compared(model: Model, layer: Activation) -> tuple[str, MaxPool | None]:
    """What a layer's thresholds are compared with: the integers of a layer, or of the input.

    Neither a batch normalisation nor a maximum in between changes a threshold; hardware has the
    maximum behind it.

    Returns
    -------
    name, pool
        The name, and the maximum in between: None if there is none, or one more.
    """
    layers = model.named
    name = layer.inputs[0]
    pools: list[MaxPool] = []
    while isinstance(found := layers.get(name), BatchNorm | MaxPool):
        pools += [found] if isinstance(found, MaxPool) else []
        name = found.inputs[0]
    return name, pools[0] if len(pools) == 1 else None


def _events(
    model: Model, layer: Activation, tensors: Mapping[str, golden.Tensor]
) -> tuple[Flags, Flags]:
    """Events (pictures, events) of a layer, and which of them are possible: bool (events)."""
    form = tensors[layer.inputs[0]].form
    name, pool = compared(model, layer)
    ints = tensors[name].ints
    if not isinstance(layer, Sign):
        found = _levels(layer, golden.apply(layer, golden.Tensor(ints, form)))
        events = np.concatenate([flags.any(axis=(1, 2)) for flags in found], axis=1)
        return events, np.ones(events.shape[1], np.bool_)
    source = model.named.get(name)
    lowest, highest, step, rest = _range(source, tensors, name)
    # The least integer of the layer that reaches the threshold, and the one before it.
    least = form.steps + (rest - form.steps) % step
    greatest = least - step
    found = [ints >= form.steps, ints < form.steps]
    decides, window = _decides(ints, None if pool is None else (pool, tensors[pool.name].ints))
    for y, x in np.ndindex(window):
        place = (slice(None), slice(y, None, window[0]), slice(x, None, window[1]))
        found += [(ints[place] == edge) & decides[place] for edge in (least, greatest)]
    events = np.concatenate([flags.any(axis=(1, 2)) for flags in found], axis=1)
    can = (form.directions != 0) & (least <= highest) & (greatest >= lowest)
    return events, np.tile(can, len(found))


def _levels(layer: Levelled, found: golden.Tensor) -> list[Flags]:
    """Where levels are the lowest, the highest, and in each range of them."""
    low, high = layer.levels
    ranges = _level_ranges(layer)
    above = found.ints.astype(np.int64) - low
    place = above * ranges // (high - low + 1)
    return [above == 0, above == high - low, *(place == k for k in range(ranges))]


def _decides(ints: Any, pooled: tuple[MaxPool, Any] | None) -> tuple[Flags, tuple[int, int]]:
    """Where an integer is what its maximum is, and the size of the windows that places are told by.

    These are the windows of the maximum, or squares of two by two.
    """
    decides = np.ones(ints.shape, np.bool_)
    window = (min(2, ints.shape[1]), min(2, ints.shape[2]))
    if pooled is not None and pooled[0].window == pooled[0].stride:
        (pool, best), decides = pooled, np.zeros(ints.shape, np.bool_)
        window = pool.window
        spread = best.repeat(window[0], axis=1).repeat(window[1], axis=2)
        rows, columns = (min(a, b) for a, b in zip(spread.shape[1:3], ints.shape[1:3], strict=True))
        common = (slice(None), slice(rows), slice(columns))
        decides[common] = ints[common] == spread[common]
    return decides, window


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
        return form.levels.min(axis=1) * one, form.levels.max(axis=1) * one, one, none
    if not isinstance(layer, Conv2d | Dense):
        return -form.peak * one, form.peak * one, one, none
    source = tensors[layer.inputs[0]].form
    low, high, pad_zero = -source.peak, source.peak, False
    grain = 1
    shape = tensors[layer.inputs[0]].shape
    if isinstance(layer, Conv2d) and any(resolve_padding(layer, (shape[1], shape[2], shape[3]))):
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
    bits = source.peak == 1 and (source.levels is None or bool(source.levels.all()))
    taps = weights.sum(axis=-1).reshape(channels, -1) % 2
    # Sums of -1 and +1 are all even or all odd, but for those that padding leaves out.
    even = bits & ~(pad_zero & taps.any(axis=1))
    return lowest, highest, np.where(even, 2, 1), np.where(even, flat.sum(axis=1) % 2, 0)


def _level_ranges(layer: Levelled) -> int:
    low, high = layer.levels
    return min(high - low + 1, MOST_LEVELS)


def _sizes(model: Model, image: NDArray[np.integer[Any]]) -> Iterator[Any]:
    return (tensor.shape[1:] for tensor in tensors_of(model, image).values())
