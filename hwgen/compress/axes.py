"""Which channels of which layers are one: they stay together or go together."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwgen.model import (
    INPUT_NAME,
    Add,
    Concat,
    Conv2d,
    Dense,
    DepthwiseConv2d,
    Flatten,
    Model,
)
from hwgen.model.kinds.shape import Shape

__all__ = ["Axes", "Maker", "reads_all", "tie_channels"]


Maker = tuple[tuple[str, int], ...]
"""Names of layers, and of each the channels that are in one bundle."""


@dataclass(frozen=True, eq=False)
class Axes:
    """The bundle that each channel of each layer belongs to.

    ``of`` has the bundle of each channel by layer, ``"input"`` being the picture. ``fixed`` are
    those of the picture and of the scores, which stay. ``makers`` has the layers that make a
    bundle anew, each with how many channels of it are in that.
    """

    of: Mapping[str, NDArray[np.int64]]
    fixed: frozenset[int]
    makers: Mapping[int, Maker]


def reads_all(layer: object) -> bool:
    """Whether a layer makes each channel of all that it reads."""
    return isinstance(layer, Conv2d | Dense) and not isinstance(layer, DepthwiseConv2d)


def tie_channels(model: Model, shapes: Mapping[str, Shape]) -> Axes:
    """Bundles of a verified model's channels.

    Layers that treat each channel on its own hand bundles on; a sum makes one of those that it
    adds, and a flatten has a bundle of a channel at each of its pixels.
    """
    channels = shapes[INPUT_NAME][2]
    found: dict[str, NDArray[np.int64]] = {INPUT_NAME: np.arange(channels, dtype=np.int64)}
    ties = _Ties(channels)
    for layer in model.layers:
        read = [found[name] for name in layer.inputs]
        if reads_all(layer):
            found[layer.name] = ties.more(shapes[layer.name][2])
        elif isinstance(layer, Concat):
            found[layer.name] = np.concatenate(read)
        elif isinstance(layer, Flatten):
            height, width, _ = shapes[layer.inputs[0]]
            found[layer.name] = np.tile(read[0], height * width)
        else:
            found[layer.name] = read[0]
            if isinstance(layer, Add):
                for other in read[1:]:
                    ties.tie(read[0], other)
    roots = ties.roots()
    of = {name: roots[bundles] for name, bundles in found.items()}
    ends = np.concatenate([of[INPUT_NAME], of[model.layers[-1].name]])
    makers: dict[int, Maker] = {}
    for layer in model.layers:
        if reads_all(layer):
            for bundle, count in Counter(of[layer.name].tolist()).items():
                makers[bundle] = (*makers.get(bundle, ()), (layer.name, count))
    return Axes(of, frozenset(ends.tolist()), makers)


class _Ties:
    """Sets of numbers, joined pair by pair."""

    def __init__(self, count: int) -> None:
        self._above = list(range(count))

    def more(self, count: int) -> NDArray[np.int64]:
        """Numbers that are each a set of its own."""
        first = len(self._above)
        self._above += range(first, first + count)
        return np.arange(first, first + count, dtype=np.int64)

    def tie(self, some: NDArray[np.int64], others: NDArray[np.int64]) -> None:
        """Join the sets of two numbers, pair after pair."""
        for a, b in zip(some.tolist(), others.tolist(), strict=True):
            first, second = sorted((self._root(a), self._root(b)))
            self._above[second] = first

    def roots(self) -> NDArray[np.int64]:
        """The least number of the set of each."""
        return np.array([self._root(k) for k in range(len(self._above))], np.int64)

    def _root(self, k: int) -> int:
        while self._above[k] != k:
            self._above[k] = self._above[self._above[k]]
            k = self._above[k]
        return k
