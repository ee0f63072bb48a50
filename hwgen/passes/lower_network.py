"""Lower the groups of a description to the integer network."""

from fractions import Fraction
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.integer import (
    BIPOLAR,
    Element,
    IntegerNetwork,
    Levels,
    Matrix,
    Pool,
    Stage,
    Threshold,
)
from hwgen.model.layers import INPUT_NAME, BatchNorm, Conv2d, MaxPool, Model
from hwgen.model.shapes import infer_shapes, resolve_padding
from hwgen.passes.fold_picture import Picture, fold_picture
from hwgen.passes.fold_threshold import Norm, fold_threshold
from hwgen.passes.group_layers import Group, group_layers

__all__ = ["lower_network"]

Shape = tuple[int, int, int]


def lower_network(model: Model) -> IntegerNetwork:
    """Description to integer network: levels, weights as bits, thresholds, pools.

    Raises
    ------
    ModelError
        For what no hardware here computes; names file, layer and constraint.
    """
    return _Lowering(model).run()


class _Lowering:
    """Stages built so far, and the format and meaning of what the last one puts out."""

    def __init__(self, model: Model):
        self.model = model
        self.shapes: dict[str, Shape] = infer_shapes(model)
        self.groups = group_layers(model)
        # The matrix layer that reads pixels (none where a sign comes first).
        integer = self.groups[:1] if self.groups and self.groups[0].sign else self.groups[:2]
        readers = [g.matrix for g in integer if g.matrix is not None]
        reader = readers[0] if readers and isinstance(readers[0], Conv2d) else None
        self.picture: Picture = fold_picture(model, reader)
        self.stages: list[Stage] = []
        self.source = INPUT_NAME
        self.shape = self.shapes[INPUT_NAME]
        self.element = self.picture.element

    def run(self) -> IntegerNetwork:
        if not self.groups:
            raise ModelError(f"{self.model.source}: needs a layer that computes something")
        if self.picture.table is not None:
            self._add(
                Levels("levels", self.source, self.shape, self.shape, self.element,
                       self.picture.table)
            )  # fmt: skip
        scale, offset = self._unit_scores()
        for group in self.groups:
            scale, offset = self._group(group)
        bits = self.groups[-1].sign is not None
        return IntegerNetwork(
            self.model.name,
            self.shapes[INPUT_NAME],
            tuple(self.stages),
            None if bits else scale,
            None if bits else offset,
            self.model.source,
        )

    def _unit_scores(self) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
        channels = self.shape[2]
        return (Fraction(1),) * channels, (Fraction(0),) * channels

    def _add(self, stage: Stage) -> None:
        self.stages.append(stage)
        self.source, self.shape, self.element = stage.name, stage.out_shape, stage.element

    def _group(self, group: Group) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
        """Add a group's stages; returns scale and offset of the values it puts out."""
        if group.matrix is None:
            return self._picture_group(group)
        bipolar = self.element.bipolar
        scale = Fraction(1) if bipolar else self.picture.scale
        weights = _weights4(group)
        offset = Fraction(0) if bipolar else self.picture.offset
        offsets = [offset * int(s) for s in weights.sum(axis=(1, 2, 3), dtype=np.int64)]
        norms = _norms(group.norm, weights.shape[0])

        # Channels whose result falls with the accumulator.
        low, high = self._range(weights)
        falling = np.array([n.gamma * scale < 0 for n in norms])
        thresholds = None
        if group.sign is not None:
            folded = [
                fold_threshold(n, scale, o, int(lo), int(hi))
                for n, o, lo, hi in zip(norms, offsets, low, high, strict=True)
            ]
            thresholds = np.array([t for t, _ in folded], dtype=np.int64)
            weights = np.where(falling[:, None, None, None], -weights, weights)
            low, high = np.where(falling, -high, low), np.where(falling, -low, high)

        acc_min, acc_max = int(low.min()), int(high.max())
        if thresholds is not None:
            element = BIPOLAR
        else:
            bits = max(acc_max.bit_length(), (-acc_min - 1).bit_length() if acc_min < 0 else 0) + 1
            element = Element(bits, signed=True)
        self._add(self._matrix(group, weights, thresholds, element, acc_min, acc_max))

        none = np.zeros(len(norms), np.bool_)
        if group.sign is None:
            self._pools(group.before, none | (scale < 0))
            self._pools(group.between, falling)
            return _scores(norms, scale, offsets)
        # Behind the norm the maximum is an OR of results; ahead of it, an AND where gamma falls.
        self._pools(group.before, np.array([n.gamma < 0 for n in norms]))
        self._pools(group.between + group.after, none)
        return self._unit_scores()

    def _range(self, weights: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Least and greatest accumulator of each output channel."""
        if self.element.bipolar:
            products = int(np.prod(weights.shape[1:]))
            bound = np.full(weights.shape[0], products, np.int64)
            return -bound, bound
        levels = self.picture.table
        pads = np.array([self.picture.pad], np.int64)
        if levels is None:
            low, high = np.minimum(pads, 0), np.maximum(pads, 255)
        else:
            low = np.minimum(levels.min(axis=1), pads)
            high = np.maximum(levels.max(axis=1), pads)
        low = np.resize(low, weights.shape[3])
        high = np.resize(high, weights.shape[3])
        plus, minus = (weights > 0).sum(axis=(1, 2)), (weights < 0).sum(axis=(1, 2))
        return plus @ low - minus @ high, plus @ high - minus @ low

    def _matrix(
        self,
        group: Group,
        weights: NDArray[np.int64],
        thresholds: NDArray[np.int64] | None,
        element: Element,
        acc_min: int,
        acc_max: int,
    ) -> Matrix:
        layer = group.matrix
        assert layer is not None
        stride, padding, pad = (1, 1), (0, 0, 0, 0), 0
        in_shape = self.shape
        if isinstance(layer, Conv2d):
            stride, padding = layer.stride, resolve_padding(layer, self.shape)
            pad = {-1: 0, 1: 1, 0: None}[layer.padding.value]
            if not self.element.bipolar:
                pad = self.picture.pad
            elif layer.padding.pixel is not None and any(padding):
                raise ModelError(
                    f"{self.model.source}: layer {layer.name!r}: only a layer that reads the "
                    "picture can pad with a pixel"
                )
        else:
            in_shape = (1, 1, int(np.prod(self.shape)))
        return Matrix(
            layer.name,
            self.source,
            in_shape,
            self.shapes[layer.name],
            element,
            self.element,
            stride,
            padding,
            pad if any(padding) else 0,
            (weights > 0).astype(np.uint8),
            thresholds,
            acc_min,
            acc_max,
        )

    def _picture_group(self, group: Group) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
        """Pools and sign of the picture itself."""
        channels = self.shape[2]
        falls = np.full(channels, self.picture.scale < 0)
        self._pools(group.before, falls)
        if group.sign is None:
            return (self.picture.scale,) * channels, (self.picture.offset,) * channels
        norms = _norms(group.norm, channels)
        minimum = np.zeros(channels, np.bool_)
        table = self.picture.table
        low, high = (0, 255) if table is None else (int(table.min()), int(table.max()))
        folded = [
            fold_threshold(n, self.picture.scale, self.picture.offset, low, high) for n in norms
        ]
        # -x >= t is not (x >= 1 - t).
        thresholds = np.array([1 - t if f else t for t, f in folded], dtype=np.int64)
        invert = np.array([f for _, f in folded])
        self._add(
            Threshold(
                group.sign.name,
                self.source,
                self.shape,
                self.shape,
                BIPOLAR,
                self.element,
                thresholds,
                invert,
            )
        )
        self._pools(group.between + group.after, minimum)
        return self._unit_scores()

    def _pools(self, layers: tuple[MaxPool, ...], minimum: NDArray[np.bool_]) -> None:
        for layer in layers:
            self._add(
                Pool(
                    layer.name,
                    self.source,
                    self.shape,
                    self.shapes[layer.name],
                    self.element,
                    layer.window,
                    layer.stride,
                    minimum,
                )
            )


def _weights4(group: Group) -> NDArray[np.int64]:
    assert group.matrix is not None
    weights = group.matrix.weights.astype(np.int64)
    return weights if weights.ndim == 4 else weights[:, None, None, :]


def _norms(layer: BatchNorm | None, channels: int) -> list[Norm]:
    if layer is None:
        return [Norm()] * channels
    epsilon = Fraction(float(layer.epsilon))
    arrays = (layer.gamma, layer.beta, layer.mean, layer.variance)
    figures = zip(*(a.tolist() for a in arrays), strict=True)
    return [
        Norm(Fraction(g), Fraction(b), Fraction(m), Fraction(v) + epsilon) for g, b, m, v in figures
    ]


def _scores(
    norms: list[Norm], scale: Fraction, offsets: list[Fraction]
) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
    """Scale and offset that give the float scores from the accumulators."""
    slopes = [n.gamma / _root(n.spread) for n in norms]
    return (
        tuple(s * scale for s in slopes),
        tuple(s * (o - n.mean) + n.beta for s, o, n in zip(slopes, offsets, norms, strict=True)),
    )


def _root(x: Fraction) -> Fraction:
    """Square root to 64 bits behind the leading one; exact for squares of rationals."""
    shift = max(0, 128 - x.numerator.bit_length() + x.denominator.bit_length()) // 2 * 2
    whole = isqrt((x.numerator << shift) // x.denominator)
    return Fraction(whole, 1 << (shift // 2))
