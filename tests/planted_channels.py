"""Channels that change nothing, put into a network: constants, equals, opposites, unread ones."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from hwgen.compress.axes import reads_all, tie_channels
from hwgen.model import (
    BatchNorm,
    Conv2d,
    Dense,
    Layer,
    Model,
    MultiThreshold,
    Quantise,
    infer_shapes,
)

__all__ = ["KINDS", "plant"]

KINDS = ("constant", "equal", "turned", "opposite", "unread", "biased")
"""Constants by gamma or thresholds, copies, copies with all signs turned, negatives, channels that
no wider weights read, constants by a bias."""

FIGURES = ("gamma", "beta", "mean", "variance")


def plant(model: Model, rng: np.random.Generator, kinds: Sequence[str] = KINDS) -> Model:
    """Change some channels of a verified model to one of the kinds each."""
    axes = tie_channels(model, infer_shapes(model))
    for name, bundles in axes.of.items():
        layer = model.named.get(name)
        if not reads_all(layer) or len(bundles) < 2:
            continue
        for _ in range(int(rng.integers(0, len(bundles)))):
            first, second = rng.choice(len(bundles), 2, replace=False).tolist()
            kind = str(rng.choice(list(kinds)))
            model = _planted(model, axes.of, int(bundles[first]), int(bundles[second]), kind)
    return model


def _planted(
    model: Model, of: "dict[str, NDArray[np.int64]]", first: int, second: int, kind: str
) -> Model:
    layers: list[Layer] = []
    for layer in model.layers:
        # Flat maps have a channel at each of their pixels.
        here, there = (np.flatnonzero(of[layer.name] == bundle) for bundle in (first, second))
        if here.size == there.size:
            layer = _changed(layer, here, there, kind)
        if kind == "unread" and reads_all(layer):
            assert isinstance(layer, Conv2d | Dense)
            if layer.weight_bits > 1:
                weights = layer.weights.copy()
                weights[..., of[layer.inputs[0]] == second] = 0
                layer = replace(layer, weights=weights)
        layers.append(layer)
    return replace(model, layers=tuple(layers))


def _changed(layer: Layer, here: NDArray[np.intp], there: NDArray[np.intp], kind: str) -> Layer:
    copies = kind in ("equal", "turned", "opposite")
    if isinstance(layer, Conv2d | Dense):
        if kind == "biased":
            return replace(layer, bias=_bias(layer, there, [Fraction(10**9)] * len(there)))
        if not copies:
            return layer
        weights, sign = layer.weights.copy(), 1 if kind == "equal" else -1
        low = -(1 << layer.weight_bits - 1)
        weights[there] = np.where((sign < 0) & (weights[here] == low), low, sign * weights[here])
        if layer.weight_bits == 1:
            weights[there] = sign * layer.weights[here]
        biases = layer.bias * len(weights) if len(layer.bias) == 1 else layer.bias
        return replace(
            layer, weights=weights,
            bias=_bias(layer, there, [sign * biases[k] for k in here.tolist()]),
        )  # fmt: skip
    if isinstance(layer, BatchNorm) and (copies or kind == "constant"):
        figures = {name: getattr(layer, name).copy() for name in FIGURES}
        for name, array in figures.items():
            if kind == "constant":
                array[there] = array[there] * (name != "gamma")
            else:
                array[there] = array[here]
        turned = {"turned": ("gamma", "mean"), "opposite": ("mean", "beta")}
        for name in turned.get(kind, ()):
            figures[name][there] = -figures[name][there]
        return replace(layer, **figures)
    if isinstance(layer, MultiThreshold) and layer.by_channel:
        rows = layer.thresholds.copy()
        rows[there] = rows[here] if copies else 1e12 if kind == "constant" else rows[there]
        return replace(layer, thresholds=rows)
    if isinstance(layer, Quantise) and layer.by_channel and copies:
        scales = list(layer.scales)
        for a, b in zip(here.tolist(), there.tolist(), strict=True):
            scales[b] = scales[a]
        return replace(layer, scales=tuple(scales))
    return layer


def _bias(
    layer: Conv2d | Dense, places: NDArray[np.intp], values: Sequence[Fraction]
) -> tuple[Fraction, ...]:
    biases = list(layer.bias * len(layer.weights) if len(layer.bias) == 1 else layer.bias)
    for place, value in zip(places.tolist(), values, strict=True):
        biases[place] = value
    return tuple(biases)
