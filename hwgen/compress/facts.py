"""What is known of each channel of each layer, whatever the picture: its range, and its equals."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from hwgen.compress.identities import Identities, Lattice, Pending
from hwgen.compress.steps import Shift, Smooth, Stairs, pool_step, smooth_step, stairs_of
from hwgen.compress.sums import Spread, common_step, sums_of, unit_of
from hwgen.compress.surds import Number
from hwgen.model import (
    INPUT_NAME,
    Activation,
    Add,
    Affine,
    AveragePool,
    BatchNorm,
    Concat,
    Conv2d,
    Dense,
    DepthwiseConv2d,
    Flatten,
    Input,
    MaxPool,
    Model,
    MultiThreshold,
    Quantise,
    Relu,
    Sign,
    infer_shapes,
    resolve_padding,
)
from hwgen.model.kinds.shape import Shape

__all__ = ["Feature", "find_facts", "pads_of"]


@dataclass(frozen=True, eq=False)
class Feature:
    """What is known of a map: each channel is ``signs`` times its root, and then ``pending``."""

    spread: Spread
    roots: NDArray[np.int64]
    signs: NDArray[np.int64]
    pending: Sequence[Pending]


def pads_of(layer: Conv2d | Dense, in_shape: Shape, picture: Input) -> list[Fraction]:
    """What padding stands for in each channel of what a layer reads; empty where it has none."""
    if not isinstance(layer, Conv2d) or not any(resolve_padding(layer, in_shape)):
        return []
    pixel = layer.padding.pixel
    if pixel is None:
        return [Fraction(layer.padding.value)] * in_shape[2]
    transform = picture.transform
    if isinstance(transform, Affine):
        return [transform.scale * pixel + transform.offset] * in_shape[2]
    levels = transform.values[:, pixel - picture.low].tolist()
    return [transform.scale * k for k in np.resize(levels, in_shape[2]).tolist()]


def find_facts(model: Model) -> dict[str, Feature]:
    """Facts of each layer that is verified to be in order, and of the picture as ``"input"``."""
    return _Analysis(model).features


class _Analysis:
    """Facts of the layers so far."""

    def __init__(self, model: Model):
        self.input = model.input
        self.shapes = infer_shapes(model)
        self.identities = Identities()
        self.rows = {
            layer.name: _row_keys(layer, self.shapes[layer.inputs[0]], model.input)
            for layer in model.layers
            if isinstance(layer, Conv2d | Dense)
        }
        self.times = Counter(key for keys, _ in self.rows.values() for key in keys)
        self.features: dict[str, Feature] = {INPUT_NAME: self._picture()}
        for layer in model.layers:
            read = [self.features[name] for name in layer.inputs]
            match layer:
                case Conv2d() | Dense():
                    made = self._weighted(layer, read[0])
                case BatchNorm() | Relu():
                    each = [smooth_step(layer, k) for k in range(len(read[0].roots))]
                    made = self._stepped(read[0], each)
                case MaxPool():
                    made = self._pooled(layer, read[0])
                case Sign() | Quantise() | MultiThreshold():
                    made = self._activated(layer, read[0])
                case Flatten():
                    made = self._flattened(layer, read[0])
                case Add():
                    made = self._added([self._closed(x) for x in read])
                case Concat():
                    made = self._concatenated([self._closed(x) for x in read])
                case AveragePool():
                    made = self._averaged(layer, self._closed(read[0]))
                case _:
                    assert_never(layer)
            self.features[layer.name] = self._with_constants(made)

    def _picture(self) -> Feature:
        picture, channels = self.input, self.input.channels
        transform = picture.transform
        if isinstance(transform, Affine):
            ends = sorted(transform.scale * k + transform.offset
                          for k in (picture.low, picture.high))  # fmt: skip
            spread = Spread([ends[0]] * channels, [ends[1]] * channels, abs(transform.scale))
        else:
            values = [sorted(set(row)) for row in transform.values.tolist()]
            steps = [transform.scale * (k - row[0]) for row in values for k in row]
            ends = [sorted((transform.scale * row[0], transform.scale * row[-1])) for row in values]
            ends *= channels // len(ends)
            spread = Spread([low for low, _ in ends], [high for _, high in ends],
                            common_step(steps))  # fmt: skip
        return self._alone(spread)

    def _alone(self, spread: Spread) -> Feature:
        """Channels of which none is known to equal another."""
        count = len(spread.low)
        return _closed_feature(spread, self.identities.fresh(count), np.ones(count, np.int64))

    def _with_constants(self, made: Feature) -> Feature:
        """Channels that are constants by their numbers."""
        roots, signs, pending = made.roots.copy(), made.signs.copy(), list(made.pending)
        for k in range(len(roots)):
            if (value := made.spread.constant(k)) is not None:
                roots[k], signs[k] = self.identities.constant(value)
                pending[k] = ()
        return Feature(made.spread, roots, signs, pending)

    def _closed(self, read: Feature) -> Feature:
        """The same without pending steps."""
        roots, signs = read.roots.copy(), read.signs.copy()
        for k, pending in enumerate(read.pending):
            if pending:
                roots[k], signs[k] = self.identities.closed(int(roots[k]), int(signs[k]), pending)
        return _closed_feature(read.spread, roots, signs)

    def _weighted(self, layer: Conv2d | Dense, read: Feature) -> Feature:
        """Sums: rows of equal or of opposite weights have one root."""
        pads = pads_of(layer, self.shapes[layer.inputs[0]], self.input)
        count = len(layer.weights)
        sums = sums_of(layer, read.spread, pads) or Spread([None] * count, [None] * count, None)
        keys, signs = self.rows[layer.name]
        roots = self.identities.fresh(count)
        alone = read if not isinstance(layer, DepthwiseConv2d) else self._closed(read)
        for k, key in enumerate(keys):
            if isinstance(layer, DepthwiseConv2d):
                if not self.identities.shared(int(alone.roots[k])):
                    continue
                # Padding does not turn with what it pads.
                turns = not any(pads)
                key = (key, int(alone.roots[k]), 1 if turns else int(alone.signs[k]))
                signs[k] *= int(alone.signs[k]) if turns else 1
            elif self.times[key] < 2:
                continue
            roots[k] = self.identities.of(key, _lattice(layer, sums, k, int(signs[k])))
        shared = [self.identities.shared(int(root)) for root in roots]
        made = Feature(sums, roots, np.where(shared, signs, 1), [()] * count)
        if not any(layer.bias):
            return made
        biases = layer.bias * count if len(layer.bias) == 1 else layer.bias
        return self._stepped(self._with_constants(made), [Shift(bias) for bias in biases])

    def _stepped(self, read: Feature, steps: Sequence[Smooth]) -> Feature:
        low, high = [], []
        for first, last, step in zip(read.spread.low, read.spread.high, steps, strict=True):
            ends = [None if x is None else step.of(x) for x in (first, last)]
            low.append(ends[step.direction < 0])
            high.append(ends[step.direction >= 0])
        shift = all(isinstance(step, Shift) for step in steps)
        spread = Spread(low, high, read.spread.step if shift else None)
        pending = [
            (*before, step) if self.identities.shared(int(root)) else ()
            for root, before, step in zip(read.roots, read.pending, steps, strict=True)
        ]
        roots, signs = self._again(read)
        return Feature(spread, roots, signs, pending)

    def _again(self, read: Feature) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Roots and signs of channels of which others are made: shared ones stay."""
        shared = np.array([self.identities.shared(int(root)) for root in read.roots])
        fresh = self.identities.fresh(len(shared))
        return np.where(shared, read.roots, fresh), np.where(shared, read.signs, 1)

    def _pooled(self, layer: MaxPool, read: Feature) -> Feature:
        step = pool_step(layer, self.shapes[layer.inputs[0]])
        roots, signs = self._again(read)
        pending = list(read.pending)
        for k, root in enumerate(read.roots.tolist()):
            if not self.identities.shared(root):
                continue
            if pending[k]:
                pending[k] = (*pending[k], step)
            else:
                roots[k] = self.identities.pooled(root, int(signs[k]), step)
        return Feature(read.spread, roots, signs, pending)

    def _activated(self, layer: Activation, read: Feature) -> Feature:
        count = len(read.roots)
        apart = getattr(layer, "by_channel", False)
        first = stairs_of(layer, 0)
        stairs: list[Stairs] = [stairs_of(layer, k) if apart else first for k in range(count)]
        low = [s.ends[0] if x is None else s.of(x)
               for x, s in zip(read.spread.low, stairs, strict=True)]  # fmt: skip
        high = [s.ends[1] if x is None else s.of(x)
                for x, s in zip(read.spread.high, stairs, strict=True)]  # fmt: skip
        steps = [x - low[0] for x in low] + [s.scale for s in stairs]
        roots, signs = self._again(read)
        for k, root in enumerate(read.roots.tolist()):
            if self.identities.shared(root):
                roots[k], signs[k] = self.identities.activated(
                    root, int(read.signs[k]), read.pending[k], stairs[k]
                )
        return _closed_feature(Spread(low, high, common_step(steps)), roots, signs)

    def _flattened(self, layer: Flatten, read: Feature) -> Feature:
        height, width, _ = self.shapes[layer.inputs[0]]
        read, pixels = self._closed(read), height * width
        if pixels == 1:
            return read
        roots = self.identities.fresh(pixels * len(read.roots)).reshape(pixels, -1)
        unique = np.unique(read.roots)
        for root in unique[[self.identities.shared(int(root)) for root in unique]].tolist():
            places = np.flatnonzero(read.roots == root)
            roots[:, places] = self.identities.fresh_shared(pixels)[:, np.newaxis]
        spread = Spread(list(read.spread.low) * pixels, list(read.spread.high) * pixels,
                        read.spread.step)  # fmt: skip
        return _closed_feature(spread, roots.reshape(-1), np.tile(read.signs, pixels))

    def _added(self, read: Sequence[Feature]) -> Feature:
        low = [_sum(ends) for ends in zip(*(x.spread.low for x in read), strict=True)]
        high = [_sum(ends) for ends in zip(*(x.spread.high for x in read), strict=True)]
        made = self._alone(Spread(low, high, common_step([x.spread.step for x in read])))
        roots, signs = made.roots.copy(), made.signs.copy()
        for k in range(len(roots)):
            terms = sorted((int(x.roots[k]), int(x.signs[k])) for x in read)
            if all(self.identities.shared(root) for root, _ in terms):
                signs[k] = terms[0][1]
                key = tuple((root, sign * terms[0][1]) for root, sign in terms)
                roots[k] = self.identities.of(("sum", key))
        return _closed_feature(made.spread, roots, signs)

    def _concatenated(self, read: Sequence[Feature]) -> Feature:
        low = [x for part in read for x in part.spread.low]
        high = [x for part in read for x in part.spread.high]
        ends = [
            x - part.spread.low[0]
            for part in read
            for x in part.spread.low
            if isinstance(x, Fraction) and isinstance(part.spread.low[0], Fraction)
        ]
        spread = Spread(low, high, common_step([*(x.spread.step for x in read), *ends]))
        roots, signs = (np.concatenate([getattr(x, what) for x in read])
                        for what in ("roots", "signs"))  # fmt: skip
        return _closed_feature(spread, roots, signs)

    def _averaged(self, layer: AveragePool, read: Feature) -> Feature:
        rows, columns = layer.window
        step = read.spread.step
        spread = replace(read.spread, step=None if step is None else step / (rows * columns))
        roots, signs = self._again(read)
        for k, root in enumerate(read.roots.tolist()):
            if self.identities.shared(root):
                key = (root, "mean", layer.window, layer.stride, self.shapes[layer.inputs[0]])
                roots[k] = self.identities.of(key)
        return _closed_feature(spread, roots, signs)


def _lattice(layer: Conv2d | Dense, sums: Spread, row: int, sign: int) -> Lattice | None:
    """What ``sign`` times a sum can be; None where that is not known."""
    low, high = sums.low[row], sums.high[row]
    if sums.step is None or not isinstance(low, Fraction) or not isinstance(high, Fraction):
        return None
    apart = int(np.gcd.reduce(layer.weights[row].astype(np.int64), axis=None))
    ends = (low, high) if sign > 0 else (-high, -low)
    return Lattice.between(*ends, sums.step * apart)


def _closed_feature(spread: Spread, roots: NDArray[np.int64], signs: NDArray[np.int64]) -> Feature:
    return Feature(spread, roots, signs, [()] * len(roots))


def _sum(numbers: Sequence[Number | None]) -> Number | None:
    if not all(isinstance(x, Fraction) for x in numbers):
        return None
    return sum((x for x in numbers if isinstance(x, Fraction)), Fraction(0))


def _row_keys(
    layer: Conv2d | Dense, in_shape: Shape, picture: Input
) -> tuple[list[object], NDArray[np.int64]]:
    """What says all of each row of weights but its sign, and that sign."""
    rows = layer.weights.reshape(len(layer.weights), -1)
    firsts = np.take_along_axis(rows, (rows != 0).argmax(axis=1)[:, np.newaxis], axis=1)[:, 0]
    signs = np.where(firsts < 0, -1, 1)
    wide = rows if layer.weight_bits == 1 else rows.astype(np.int32)
    turned = wide * signs[:, np.newaxis].astype(wide.dtype)
    geometry: tuple[object, ...] = ()
    if isinstance(layer, Conv2d):
        geometry = (layer.stride, layer.dilation, resolve_padding(layer, in_shape))
    shape, pads = layer.weights.shape[1:], pads_of(layer, in_shape, picture)
    # As text, which is hashed once for all rows.
    about = repr((layer.inputs[0], layer.kind, shape, str(wide.dtype), unit_of(layer), pads,
                  geometry))  # fmt: skip
    return [(about, row.tobytes()) for row in turned], signs
