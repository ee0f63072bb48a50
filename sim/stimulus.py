"""Pictures for a verification: noise, and those that reach the most of a network's thresholds."""

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.model.layers import (
    INPUT_NAME,
    Affine,
    Conv2d,
    Dense,
    DepthwiseConv2d,
    Input,
    Model,
    Sign,
)
from hwgen.model.shapes import infer_shapes, resolve_padding
from sim.coverage import compared, reach, tensors_of

__all__ = ["telling_images"]

Images = NDArray[np.integer[Any]]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

CANDIDATES = 400
"""Pictures to choose from, where a network is small."""

FEWEST = 12
"""And where it is large."""

POOLS = 3
"""How often new ones are drawn for what none has reached, before all counts again."""

MACS = 100_000_000
"""Multiplications that looking at them may take, in between."""


def telling_images(model: Model, frames: int, seed: int) -> Images:
    """Choose pictures that reach many thresholds from both sides, by the golden model.

    The first is uniform noise. The others are chosen one after another from candidates of many
    kinds, each time the one that reaches the most that none before it does. Where none reaches
    more, new candidates are drawn, some times, and then all counts again: a fault may take several
    pictures at the same threshold to show.

    Returns
    -------
    integers (frames, height, width, channels), of the input's type
        From ``seed`` alone; the first so many of what more frames would give.
    """
    rng = np.random.default_rng(seed)
    chosen = _noise(model.input, 1, np.random.default_rng(seed))
    reached = reach(model, chosen)
    wanted = reached.possible & ~reached.seen[0]
    pool, draws = chosen[:0], 0
    seen = reached.seen[:0]
    while len(chosen) < frames:
        if not len(pool) or (draws < POOLS and wanted.any()):
            pool, draws = _candidates(model, rng), draws + 1
            seen = reach(model, pool).seen
        elif (wanted == reached.possible).all():
            # Nothing to choose by.
            chosen, pool, seen = np.concatenate([chosen, pool]), pool[:0], seen[:0]
        else:
            wanted = reached.possible.copy()
        picked, wanted = _greedy(seen, wanted)
        chosen = np.concatenate([chosen, pool[picked]])
        pool, seen = np.delete(pool, picked, axis=0), np.delete(seen, picked, axis=0)
    return chosen[:frames]


def _greedy(seen: Flags, wanted: Flags) -> tuple[list[int], Flags]:
    """Pick pictures as long as one reaches something wanted; what is wanted still."""
    picked: list[int] = []
    while (gains := (seen & wanted).sum(axis=1)).any():
        picked.append(int(gains.argmax()))
        wanted = wanted & ~seen[picked[-1]]
    return picked, wanted


def _noise(input_: Input, frames: int, rng: np.random.Generator) -> Images:
    shape = (frames, input_.height, input_.width, input_.channels)
    return rng.integers(input_.low, input_.high + 1, shape, dtype=input_.dtype)


def _candidates(model: Model, rng: np.random.Generator) -> Images:
    """Pictures of every kind in turn, at random in all else; the first two are black and white.

    They are drawn as if pixels were 0 to 255, and spread over what pixels can be.
    """
    shapes = infer_shapes(model)
    macs = sum(
        layer.weights.size * prod(shapes[layer.name][:2])
        for layer in model.layers
        if isinstance(layer, Conv2d | Dense)
    )
    count = min(max(MACS // max(macs, 1), FEWEST), CANDIDATES)
    shape = (model.input.height, model.input.width, model.input.channels)
    kinds: Sequence[Callable[[tuple[int, int, int], np.random.Generator], Floats]] = (
        _flat, _smooth, _sparse, _ramp, _checkers, _coarse, _halves,
    )  # fmt: skip
    pictures = [np.zeros(shape), np.full(shape, 255.0)]
    first = next((x for x in model.layers if isinstance(x, Conv2d | Dense)), None)
    steps = _first_steps(model, first) if first is not None else None
    kernels = _looked_for(first) if isinstance(first, Conv2d) else None
    low, high = model.input.low, model.input.high
    unit = (high - low) / 255
    for k in range(2, count):
        if first is not None and steps is not None and k % 3 == 1:
            edges = _edges(model.input, first, steps, rng)
            pictures.append((edges - low) / unit)
            continue
        if kernels is not None and k % 3 == 0:
            picture = _kernels(shape, kernels, rng)
        else:
            picture = kinds[k % len(kinds)](shape, rng)
        if rng.integers(2):
            # Less contrast, around some grey.
            picture = rng.uniform(0, 255) + (picture - 128) * np.exp(rng.uniform(-4, 0))
        pictures.append(picture)
    pixels = np.rint(np.array(pictures) * unit + low)
    return np.clip(pixels, low, high).astype(model.input.dtype)


def _flat(shape: tuple[int, int, int], rng: np.random.Generator) -> Floats:
    """One colour."""
    return np.broadcast_to(rng.uniform(0, 255, (1, 1, shape[2])), shape)


def _smooth(shape: tuple[int, int, int], rng: np.random.Generator) -> Floats:
    """Blobs: waves of few periods, of each channel on its own or of all alike."""
    y, x, channel = np.meshgrid(*(np.arange(n) / n for n in shape), indexing="ij")
    total = np.zeros(shape)
    for _ in range(3):
        periods = rng.normal(size=3) * np.array([2, 2, rng.integers(2)])
        phase = periods[0] * y + periods[1] * x + periods[2] * channel + rng.uniform()
        total += np.sin(2 * np.pi * phase)
    return 128 + 60 * total


def _sparse(shape: tuple[int, int, int], rng: np.random.Generator) -> Floats:
    """A colour, and single values that are black, white or anything."""
    share = np.exp(rng.uniform(-5, 0))
    values = rng.choice([0.0, 255.0, rng.uniform(0, 255)], shape)
    return np.where(rng.random(shape) < share, values, _flat(shape, rng))


def _ramp(shape: tuple[int, int, int], rng: np.random.Generator) -> Floats:
    """From dark to light in some direction."""
    axes = np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij")
    ways = rng.normal(size=3)
    return 128 + 128 * np.tensordot(ways, np.stack(axes), 1)


def _checkers(shape: tuple[int, int, int], rng: np.random.Generator) -> Floats:
    """Squares and stripes of two colours."""
    edges = rng.integers(1, 6, 3) * (1, 1, 1 if rng.integers(2) else shape[2])
    place = np.stack(np.meshgrid(*(np.arange(n) for n in shape), indexing="ij"), axis=-1)
    odd = (place // edges)[..., : rng.integers(1, 4)].sum(axis=-1) % 2
    return np.where(odd == 1, _flat(shape, rng), _flat(shape, rng))


def _coarse(shape: tuple[int, int, int], rng: np.random.Generator) -> Floats:
    """Noise in squares of some pixels, mostly black and white."""
    edge = int(rng.integers(1, 9))
    noise = rng.uniform(0, 255, shape)
    if rng.integers(2):
        noise = np.where(noise < 128, 0.0, 255.0)
    rows, columns = (np.arange(n) // edge for n in shape[:2])
    return noise[rows][:, columns]


def _halves(shape: tuple[int, int, int], rng: np.random.Generator) -> Floats:
    """One picture up to some place, another from there."""
    flat = rng.integers(0, prod(shape) + 1)
    kinds = [_flat, _smooth, _ramp, _coarse]
    one, other = (kinds[k](shape, rng) for k in rng.integers(len(kinds), size=2))
    first = np.arange(prod(shape)).reshape(shape) < flat
    return np.where(first, one, other)


def _looked_for(layer: Conv2d) -> Floats:
    """Kernels of a convolution, the largest weight of each 1 or -1."""
    kernels = layer.weights.astype(np.float64)
    return kernels / np.maximum(np.abs(kernels).max(axis=(1, 2, 3), keepdims=True), 1)


def _kernels(shape: tuple[int, int, int], kernels: Floats, rng: np.random.Generator) -> Floats:
    """What the first convolution looks for, and the opposite, in random places."""
    height, width = kernels.shape[1:3]
    picture = np.array(_flat(shape, rng))
    if height > shape[0] or width > shape[1] or kernels.shape[3] not in (1, shape[2]):
        return picture
    for _ in range(max(1, 2 * shape[0] * shape[1] // (height * width))):
        y = rng.integers(shape[0] - height + 1)
        x = rng.integers(shape[1] - width + 1)
        wanted = kernels[rng.integers(len(kernels))] * (2 * rng.integers(2) - 1)
        picture[y : y + height, x : x + width] = 128 + 128 * wanted
    return picture


def _first_steps(model: Model, first: Conv2d | Dense) -> NDArray[np.int64] | None:
    """Thresholds of the first layer with weights, if it reads pixels and signs follow it.

    They are those of sums of pixels, of 1-bit ones too, which the layer reads as -1 and +1.
    """
    if first.inputs != (INPUT_NAME,) or not isinstance(model.input.meaning, Affine):
        return None
    if isinstance(first, DepthwiseConv2d):
        return None
    shape = (1, model.input.height, model.input.width, model.input.channels)
    blank = np.zeros(shape, model.input.dtype)
    for layer in model.layers:
        if isinstance(layer, Sign) and compared(model, layer)[0] == first.name:
            steps = tensors_of(model, blank)[layer.inputs[0]].form.steps
            if model.input.bits > 1:
                return steps
            rows = first.weights.reshape(len(first.weights), -1)
            return -(-(steps + rows.sum(axis=1, dtype=np.int64)) // 2)
    return None


def _edges(
    input_: Input,
    layer: Conv2d | Dense,
    steps: NDArray[np.int64],
    rng: np.random.Generator,
) -> Floats:
    """Windows side by side, in each a sum that just reaches, or just misses, some threshold."""
    shape, low, high = (input_.height, input_.width, input_.channels), input_.low, input_.high
    drawn = (_smooth(shape, rng) + rng.normal(0, 40, shape)) * ((high - low) / 255) + low
    picture = np.clip(np.rint(drawn), low, high).astype(int)
    kernels, stride, origin = layer.weights.astype(int), (1, 1), (0, 0)
    if isinstance(layer, Conv2d):
        top, _, left, _ = resolve_padding(layer, shape)
        stride, origin = layer.stride, (-top % layer.stride[0], -left % layer.stride[1])
    else:
        kernels = kernels.reshape(-1, *shape)
    height, width = kernels.shape[1:3]
    # Windows do not overlap, so that none spoils another.
    down, across = (-(-n // s) * s for n, s in zip((height, width), stride, strict=True))
    for y in range(origin[0], shape[0] - height + 1, down):
        for x in range(origin[1], shape[1] - width + 1, across):
            channel = rng.integers(len(kernels))
            window = picture[y : y + height, x : x + width]
            target = int(steps[channel] - rng.integers(2))
            window[...] = _with_sum(window, kernels[channel], target, (low, high), rng)
    return picture.astype(np.float64)


def _with_sum(
    window: NDArray[np.int_],
    kernel: NDArray[np.int_],
    target: int,
    ends: tuple[int, int],
    rng: np.random.Generator,
) -> NDArray[np.int_]:
    """Change pixels, few of them, until ``sum(window * kernel)`` is the target or next to it."""
    pixels, weights = window.ravel().tolist(), kernel.ravel().tolist()
    missing = target - sum(p * w for p, w in zip(pixels, weights, strict=True))
    for k in rng.permutation(len(pixels)).tolist():
        if not missing:
            break
        if weights[k]:
            wanted = pixels[k] + int(missing / weights[k])
            changed = min(max(wanted, ends[0]), ends[1])
            missing -= (changed - pixels[k]) * weights[k]
            pixels[k] = changed
    return np.array(pixels).reshape(window.shape)
