"""A model without some of its channels."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from hwgen.compress.axes import Axes, reads_all
from hwgen.model import (
    BatchNorm,
    Conv2d,
    Dense,
    Layer,
    Model,
    MultiThreshold,
    Quantise,
    verify_model,
)

__all__ = ["without_channels"]


def without_channels(
    model: Model,
    axes: Axes,
    gone: frozenset[int],
    weights: Mapping[str, NDArray[np.int64]],
    shares: Mapping[str, Sequence[Fraction]],
) -> Model:
    """Leave bundles out.

    Parameters
    ----------
    gone : frozenset of int
        None of them is one of ``axes.fixed``.
    weights : mapping
        Of layers, other weights for what they read, shaped as theirs, ahead of that.
    shares : mapping
        What is added to the bias of layers, one number an output.
    """
    lost = np.array(sorted(gone), np.int64)

    def kept(name: str) -> NDArray[np.intp]:
        return np.flatnonzero(~np.isin(axes.of[name], lost))

    layers = []
    for layer in model.layers:
        out = kept(layer.name)
        if isinstance(layer, Conv2d | Dense):
            changed = _weighted(layer, weights.get(layer.name), shares.get(layer.name))
            read = kept(layer.inputs[0]) if reads_all(layer) else None
            layers.append(_cut(changed, out, read))
        else:
            layers.append(_with_figures(layer, out))
    made = replace(model, layers=tuple(layers))
    verify_model(made)
    return made


def _weighted(
    layer: Conv2d | Dense, weights: NDArray[np.int64] | None, share: Sequence[Fraction] | None
) -> Conv2d | Dense:
    if weights is not None:
        layer = replace(layer, weights=weights.reshape(layer.weights.shape).astype(
            layer.weights.dtype))  # fmt: skip
    if share is not None and any(share):
        count = len(layer.weights)
        bias = layer.bias * count if len(layer.bias) == 1 else layer.bias
        layer = replace(layer, bias=tuple(a + b for a, b in zip(bias, share, strict=True)))
    return layer


def _cut(
    layer: Conv2d | Dense, out: NDArray[np.intp], read: NDArray[np.intp] | None
) -> Conv2d | Dense:
    weights = layer.weights[out]
    if read is not None:
        weights = weights[..., read]
    weights = np.ascontiguousarray(weights)
    weights.flags.writeable = False
    bias = layer.bias if len(layer.bias) == 1 else tuple(layer.bias[k] for k in out.tolist())
    return replace(layer, weights=weights, bias=bias)


def _with_figures(layer: Layer, out: NDArray[np.intp]) -> Layer:
    """Figures of the channels that are left, where each has its own."""
    if isinstance(layer, BatchNorm):
        names = ("gamma", "beta", "mean", "variance")
        return replace(layer, **{name: _read_only(getattr(layer, name)[out]) for name in names})
    if isinstance(layer, Quantise) and layer.by_channel:
        return replace(layer, scales=tuple(layer.scales[k] for k in out.tolist()))
    if isinstance(layer, MultiThreshold) and layer.by_channel:
        return replace(layer, thresholds=_read_only(layer.thresholds[out]))
    return layer


def _read_only(array: NDArray) -> NDArray:
    array.flags.writeable = False
    return array
