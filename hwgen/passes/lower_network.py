"""Lower the groups of a description to the integer network."""

from fractions import Fraction

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
    Requantise,
    Stage,
    Threshold,
)
from hwgen.model.layers import (
    INPUT_NAME,
    Conv2d,
    Dense,
    MaxPool,
    Model,
    Quantise,
    Sign,
)
from hwgen.model.shapes import infer_shapes, resolve_padding
from hwgen.passes.fold_picture import Picture, fold_picture
from hwgen.passes.fold_requantise import MAX_SHIFT, Channel, Range, fold_requantise
from hwgen.passes.fold_threshold import fold_threshold
from hwgen.passes.group_layers import Group, group_layers
from hwgen.passes.norms import Scores, norms_of, scores_of

__all__ = ["MAX_ACCUMULATOR_BITS", "lower_network"]

Shape = tuple[int, int, int]

MAX_ACCUMULATOR_BITS = 48
"""Width of the widest accumulator."""


def lower_network(model: Model) -> IntegerNetwork:
    """Description to integer network: levels, weights as bits, thresholds, pools.

    Raises
    ------
    ModelError
        For what no hardware here computes; names file, layer and constraint.
    """
    return _Lowering(model).run()


class _Lowering:
    """Stages built so far, and what the integers mean that the last one puts out.

    They stand for ``scale * k + offset``, and lie in ``low`` to ``high`` (int64, one a channel).
    """

    def __init__(self, model: Model):
        self.model = model
        self.shapes: dict[str, Shape] = infer_shapes(model)
        self.groups = group_layers(model)
        # The matrix layer that reads pixels (none where an activation comes first).
        activated = self.groups and self.groups[0].activation
        integer = self.groups[:1] if activated else self.groups[:2]
        readers = [g.matrix for g in integer if g.matrix is not None]
        reader = readers[0] if readers and isinstance(readers[0], Conv2d) else None
        self.picture: Picture | None = fold_picture(model, reader)
        """Its padding, while nothing but it is read."""
        self.stages: list[Stage] = []
        self.source = INPUT_NAME
        self.shape = self.shapes[INPUT_NAME]
        self.element = self.picture.element
        self.scale, self.offset = self.picture.scale, self.picture.offset
        self.low = self.high = np.zeros(0, np.int64)

    def run(self) -> IntegerNetwork:
        if not self.groups or self.picture is None:
            raise ModelError(f"{self.model.source}: needs a layer that computes something")
        table = self.picture.table
        if table is not None:
            self._add(Levels("levels", self.source, self.shape, self.shape, self.element, table))
        levels = np.arange(256)[None] if table is None else table
        self._within(levels.min(axis=1), levels.max(axis=1))
        scores: Scores | None = None
        for group in self.groups:
            scores = self._group(group)
        scale, offset = scores if scores else (None, None)
        return IntegerNetwork(
            self.model.name,
            self.shapes[INPUT_NAME],
            tuple(self.stages),
            scale,
            offset,
            self.model.source,
        )

    def _add(self, stage: Stage) -> None:
        self.stages.append(stage)
        self.source, self.shape, self.element = stage.name, stage.out_shape, stage.element

    def _within(self, low: NDArray[np.int64], high: NDArray[np.int64]) -> None:
        self.low, self.high = (np.resize(x, self.shape[2]).astype(np.int64) for x in (low, high))

    def _refuse(self, layer: str, why: str) -> ModelError:
        return ModelError(f"{self.model.source}: layer {layer!r}: {why}")

    def _group(self, group: Group) -> Scores | None:
        """Add a group's stages; scale and offset of the values it puts out, if it is scores."""
        if group.matrix is None:
            return self._picture_group(group)
        weights = _weights4(group.matrix)
        bits = group.matrix.weight_bits
        unit = Fraction(1, 1 << group.matrix.weight_fraction_bits)
        scale = self.scale * unit
        offsets = [self.offset * unit * int(s) for s in weights.sum(axis=(1, 2, 3))]
        norms = norms_of(group.norm, weights.shape[0])
        pad = self._pad(group.matrix)
        low, high = self._range(weights, pad)
        none = np.zeros(len(norms), np.bool_)
        # Channels whose result falls with the accumulator.
        falling = np.array([n.gamma * scale < 0 for n in norms])
        # Behind the norm the maximum is one of results; ahead of it, a minimum where gamma falls.
        flipped = np.array([n.gamma < 0 for n in norms])

        if isinstance(group.activation, Sign):
            folded = [
                fold_threshold(n, scale, o, int(lo), int(hi))
                for n, o, lo, hi in zip(norms, offsets, low, high, strict=True)
            ]
            thresholds = np.array([t for t, _ in folded], dtype=np.int64)
            weights = np.where(falling[:, None, None, None], -weights, weights)
            low, high = np.where(falling, -high, low), np.where(falling, -low, high)
            if bits > 1:
                bits = _bits_of(int(weights.min()), int(weights.max()))
            self._matrix(group.matrix, weights, bits, thresholds, pad, low, high)
            self._pools(group.before, flipped)
            self._pools(group.between + group.after, none)
            self.scale, self.offset = Fraction(1), Fraction(0)
            return None

        self._matrix(group.matrix, weights, bits, None, pad, low, high)
        if group.activation is None:
            self._pools(group.before, none | (scale < 0))
            self._pools(group.between, falling)
            return scores_of(norms, scale, offsets)
        channels = [
            Channel(n, scale, o, int(lo), int(hi))
            for n, o, lo, hi in zip(norms, offsets, low, high, strict=True)
        ]
        self._requantise(group.activation, channels, group.rectified)
        self._pools(group.before, flipped)
        self._pools(group.between + group.after, none)
        return None

    def _pad(self, layer: Conv2d | Dense) -> int | None:
        """What a padded element is stored as; None is the true zero of bipolar inputs."""
        if not isinstance(layer, Conv2d) or not any(resolve_padding(layer, self.shape)):
            return 0
        if self.picture is not None:
            return self.picture.pad
        padding = layer.padding
        if padding.pixel is not None:
            raise self._refuse(
                layer.name, "only a layer that reads the picture can pad with a pixel"
            )
        if self.element.bipolar:
            return {-1: 0, 1: 1, 0: None}[padding.value]
        level = padding.value / self.scale
        if level.denominator > 1 or not self.low.min() <= level <= self.high.max():
            raise self._refuse(
                layer.name, f"no activation of what it reads is {padding.value}: pad with another"
            )
        return int(level)

    def _range(
        self, weights: NDArray[np.int64], pad: int | None
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Least and greatest accumulator of each output channel."""
        if self.element.bipolar:
            low, high = np.array([-1]), np.array([1])
        else:
            low, high = np.minimum(self.low, pad or 0), np.maximum(self.high, pad or 0)
        low = np.resize(low, weights.shape[3])
        high = np.resize(high, weights.shape[3])
        plus = np.maximum(weights, 0).sum(axis=(1, 2))
        minus = np.maximum(-weights, 0).sum(axis=(1, 2))
        return plus @ low - minus @ high, plus @ high - minus @ low

    def _matrix(
        self,
        layer: Conv2d | Dense,
        weights: NDArray[np.int64],
        bits: int,
        thresholds: NDArray[np.int64] | None,
        pad: int | None,
        low: NDArray[np.int64],
        high: NDArray[np.int64],
    ) -> None:
        acc_min, acc_max = int(low.min()), int(high.max())
        acc_bits = _bits_of(acc_min, acc_max)
        if acc_bits > MAX_ACCUMULATOR_BITS:
            raise self._refuse(
                layer.name,
                f"its sums may need {acc_bits} bits, but at most {MAX_ACCUMULATOR_BITS} are built",
            )
        stride, padding = (1, 1), (0, 0, 0, 0)
        in_shape = self.shape
        if isinstance(layer, Conv2d):
            stride, padding = layer.stride, resolve_padding(layer, self.shape)
        else:
            in_shape = (1, 1, int(np.prod(self.shape)))
        self._add(
            Matrix(
                layer.name,
                self.source,
                in_shape,
                self.shapes[layer.name],
                Element(acc_bits, signed=True) if thresholds is None else BIPOLAR,
                self.element,
                stride,
                padding,
                pad,
                weights if bits > 1 else (weights > 0).astype(np.uint8),
                thresholds,
                acc_min,
                acc_max,
                bits,
            )
        )
        self.picture = None

    def _requantise(self, layer: Quantise, channels: list[Channel], rectified: bool) -> None:
        """Add the stage that rounds to fixed point; what it puts out is what is read then."""
        low, high = 0, (1 << layer.bits) - 1
        if layer.signed:
            low, high = -(1 << (layer.bits - 1)), (1 << (layer.bits - 1)) - 1
        out = Range(Fraction(1, 1 << layer.fraction_bits), max(low, 0) if rectified else low, high)
        folded = fold_requantise(channels, out)
        if folded is None:
            raise self._refuse(
                layer.name, f"no multiplier of {MAX_SHIFT} fractional bits rounds as it should"
            )
        multipliers, biases, shift = folded
        element = Element(layer.bits, signed=layer.signed)
        self._add(
            Requantise(
                layer.name, self.source, self.shape, self.shape, element, self.element,
                tuple(multipliers), tuple(biases), shift, out.low, out.high,
            )
        )  # fmt: skip
        self.scale, self.offset = out.unit, Fraction(0)
        self._within(np.array([out.low]), np.array([out.high]))
        self.picture = None

    def _picture_group(self, group: Group) -> Scores | None:
        """Pools and activation of the picture itself."""
        channels = self.shape[2]
        falls = np.full(channels, self.scale < 0)
        self._pools(group.before, falls)
        if group.activation is None:
            return (self.scale,) * channels, (self.offset,) * channels
        norms = norms_of(group.norm, channels)
        bounds = list(zip(self.low.tolist(), self.high.tolist(), strict=True))
        if isinstance(group.activation, Quantise):
            ranges = zip(norms, bounds, strict=True)
            inputs = [Channel(n, self.scale, self.offset, *bound) for n, bound in ranges]
            self._requantise(group.activation, inputs, group.rectified)
            self._pools(group.between + group.after, np.zeros(channels, np.bool_))
            return None
        folded = [
            fold_threshold(n, self.scale, self.offset, *bound)
            for n, bound in zip(norms, bounds, strict=True)
        ]
        # -x >= t is not (x >= 1 - t).
        thresholds = np.array([1 - t if f else t for t, f in folded], dtype=np.int64)
        invert = np.array([f for _, f in folded])
        self._add(
            Threshold(
                group.activation.name,
                self.source,
                self.shape,
                self.shape,
                BIPOLAR,
                self.element,
                thresholds,
                invert,
            )
        )
        self._pools(group.between + group.after, np.zeros(channels, np.bool_))
        self.scale, self.offset, self.picture = Fraction(1), Fraction(0), None
        return None

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


def _bits_of(low: int, high: int) -> int:
    """Bits of two's complement for a range."""
    return max(high.bit_length(), (-low - 1).bit_length() if low < 0 else 0) + 1


def _weights4(layer: Conv2d | Dense) -> NDArray[np.int64]:
    weights = layer.weights.astype(np.int64)
    return weights if weights.ndim == 4 else weights[:, None, None, :]
