"""What layers with weights make of channels that are constant, equal, or not read at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from hwgen.compress.axes import Axes, reads_all
from hwgen.compress.facts import Feature, pads_of
from hwgen.compress.sums import unit_of
from hwgen.model import (
    Activation,
    BatchNorm,
    Conv2d,
    Dense,
    Flatten,
    MaxPool,
    Model,
    MultiThreshold,
    Relu,
    resolve_padding,
)
from hwgen.model.kinds.shape import Shape

__all__ = ["Reader", "readers_of"]


@dataclass(frozen=True, eq=False)
class Reader:
    """A layer that makes each of its channels of all that it reads.

    Parameters
    ----------
    layer : Conv2d or Dense
    weights : integers (outputs, taps, channels read)
    feature : Feature
        What is known of what it reads.
    bundles : int64 (channels read)
    pads : sequence of Fraction
        What padding stands for in each channel; empty where nothing is padded.
    outside : bool (patterns, taps)
        Taps that lie in the padding, once for each way that they do.
    hidden : bool
        Whether an activation follows, so that a bias is no part of what leaves as integers.
    centred : bool
        Whether an integer of 0 surely stands for 0 in what it reads.
    """

    layer: Conv2d | Dense
    weights: NDArray[np.integer]
    feature: Feature
    bundles: NDArray[np.int64]
    pads: Sequence[Fraction]
    outside: NDArray[np.bool_]
    hidden: bool
    centred: bool

    @property
    def turns(self) -> bool:
        """Whether a channel can stand for its negative: sums turn as it does."""
        return not any(self.pads) and (self.hidden or self.centred)

    @property
    def largest(self) -> int:
        """Largest magnitude of a weight that takes no more bits than those that there are."""
        ends = (0, int(self.weights.max()), -int(self.weights.min()) - 1)
        bits = max(ends).bit_length()
        return 1 if self.layer.weight_bits == 1 else (1 << bits) - 1

    def ignores(self, channel: int) -> bool:
        """Whether nothing is made of a channel."""
        return not self.weights[:, :, channel].any()

    def share(self, channel: int) -> list[Fraction] | None:
        """What a constant channel adds to each output; None where that is not one number."""
        value = self.feature.spread.constant(channel)
        if value is None:
            return None
        column = self.weights[:, :, channel].astype(np.int64)
        edge, apart = np.zeros(len(column), np.int64), Fraction(0)
        if self.pads and (apart := self.pads[channel] - value):
            edges = column @ self.outside.T.astype(np.int64)
            if (edges != edges[:, :1]).any():
                return None
            edge = edges[:, 0]
        unit = unit_of(self.layer)
        totals = zip(column.sum(axis=1).tolist(), edge.tolist(), strict=True)
        return [unit * (value * total + apart * at) for total, at in totals]


def readers_of(
    model: Model, shapes: dict[str, Shape], facts: dict[str, Feature], axes: Axes
) -> list[Reader]:
    """All readers of a verified model, in its order."""
    found = []
    for layer in model.layers:
        if not reads_all(layer):
            continue
        assert isinstance(layer, Conv2d | Dense)
        source = layer.inputs[0]
        weights = layer.weights.reshape(len(layer.weights), -1, layer.weights.shape[-1])
        pads = pads_of(layer, shapes[source], model.input)
        found.append(
            Reader(
                layer,
                weights,
                facts[source],
                axes.of[source],
                pads,
                _outside(layer, shapes[source], shapes[layer.name]),
                _hides(model, layer.name),
                _centred(model, source),
            )
        )
    return found


def _hides(model: Model, name: str) -> bool:
    """Whether each way from a layer to the scores leads through an activation of its sums."""
    readers = model.readers(name)
    return bool(readers) and all(
        isinstance(reader, Activation)
        or (isinstance(reader, BatchNorm | MaxPool | Relu | Flatten) and _hides(model, reader.name))
        for reader in readers
    )


def _centred(model: Model, name: str) -> bool:
    """Whether an integer of 0 surely stands for 0 in what a layer puts out."""
    layer = model.named.get(name)
    while isinstance(layer, MaxPool | Flatten):
        layer = model.named.get(layer.inputs[0])
    if isinstance(layer, MultiThreshold):
        return layer.signs or layer.out_bias == 0
    return isinstance(layer, Activation)


def _outside(layer: Conv2d | Dense, in_shape: Shape, out_shape: Shape) -> NDArray[np.bool_]:
    """Taps in the padding, for each place of the kernel that differs in that."""
    if not isinstance(layer, Conv2d):
        return np.zeros((1, 1), bool)
    margin = resolve_padding(layer, in_shape)
    axes = []
    for axis in range(2):
        places = np.arange(out_shape[axis])[:, np.newaxis] * layer.stride[axis]
        taps = np.arange(layer.weights.shape[1 + axis]) * layer.dilation[axis]
        at = places + taps - margin[2 * axis]
        axes.append(np.unique((at < 0) | (at >= in_shape[axis]), axis=0))
    rows, columns = axes
    whole = rows[:, np.newaxis, :, np.newaxis] | columns[np.newaxis, :, np.newaxis, :]
    return whole.reshape(len(rows) * len(columns), -1)
