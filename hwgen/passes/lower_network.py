"""Lower the groups of a description to the integer network."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

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
    Add,
    AveragePool,
    Concat,
    Conv2d,
    Dense,
    DepthwiseConv2d,
    Layer,
    MaxPool,
    Model,
    Quantise,
    Sign,
)
from hwgen.model.locate import located
from hwgen.model.shapes import infer_shapes, resolve_padding
from hwgen.passes.fold_picture import Picture, fold_picture
from hwgen.passes.fold_requantise import MAX_SHIFT, Channel, Range, fold_requantise
from hwgen.passes.fold_threshold import fold_threshold
from hwgen.passes.group_layers import Group, group_layers, picture_reader
from hwgen.passes.join_values import averaged, combined
from hwgen.passes.norms import Scores, norms_of, scores_of
from hwgen.passes.values import BIT_VALUES, Values, bits_of, check_sums

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
    """Stages built so far, and what the integers mean of the stage that is read next."""

    def __init__(self, model: Model):
        self.model = model
        self.shapes: dict[str, Shape] = infer_shapes(model)
        self.groups = group_layers(model)
        self.reader = picture_reader(self.groups)
        self.picture: Picture = fold_picture(model, self.reader)
        self.stages: list[Stage] = []
        levels = np.arange(256)[None] if self.picture.table is None else self.picture.table
        low, high = levels.min(axis=1), levels.max(axis=1)
        shape = self.shapes[INPUT_NAME]
        self.at = Values(
            INPUT_NAME, shape, self.picture.element, self.picture.scale, self.picture.offset,
            low, high, pixels=True,
        )  # fmt: skip
        """What the stage that was added last puts out, or what the next one is to read."""
        self.ends: dict[str, Values] = {}
        """What the groups so far put out, by their last layer."""

    def run(self) -> IntegerNetwork:
        if not self.groups:
            raise ModelError(f"{self.model.source}: needs a layer that computes something")
        table = self.picture.table
        if table is not None:
            shape = self.at.shape
            self._add(Levels("levels", INPUT_NAME, shape, shape, self.at.element, table))
        self.ends[INPUT_NAME] = self.at
        scores: Scores | None = None
        for group in self.groups:
            scores = self._group(group)
            self.ends[group.output] = self.at
        out_shape = self.shapes[self.model.layers[-1].name]
        channels = self.at.shape[2]
        if scores is None:
            scores = (self.at.scale,) * channels, (self.at.offset,) * channels
        # A flatten puts all pixels into one.
        pixels = out_shape[2] // channels
        return IntegerNetwork(
            self.model.name, self.shapes[INPUT_NAME], tuple(self.stages), out_shape,
            scores[0] * pixels, scores[1] * pixels, self.model.source,
        )  # fmt: skip

    def _add(self, stage: Stage, **changes: Any) -> None:
        """Add a stage that reads `at`; ``changes`` say what its values mean, if not the same."""
        self.stages.append(stage)
        self.at = replace(
            self.at, source=stage.name, shape=stage.out_shape, element=stage.element, **changes
        )

    def _refuse(self, layer: str, why: str) -> ModelError:
        return ModelError(f"{self.model.source}: layer {layer!r}: {why}")

    def _group(self, group: Group) -> Scores | None:
        """Add a group's stages; scale and offset of its channels if `at` does not have them."""
        self.at = self.ends[group.sources[0]]
        if isinstance(group.head, Conv2d | Dense):
            return self._matrix_group(group, group.head)
        if isinstance(group.head, Add | Concat):
            sources = [self.ends[name] for name in group.sources]
            self._join(combined, group.head, sources)
        elif isinstance(group.head, AveragePool):
            self._join(averaged, group.head, [self.at])
        return self._values_group(group)

    def _matrix_group(self, group: Group, layer: Conv2d | Dense) -> Scores | None:
        """Matrix stage, its activation and its pools."""
        if self.at.sums:
            raise self._refuse(layer.name, "reads integers; put a sign or a quantise before it")
        weights = _weights4(layer)
        bits = layer.weight_bits
        unit = Fraction(1, 1 << layer.weight_fraction_bits)
        scale = self.at.scale * unit
        offsets = [self.at.offset * unit * int(s) for s in weights.sum(axis=(1, 2, 3))]
        norms = norms_of(group.norm, weights.shape[0])
        pad = self._pad(layer)
        low, high = self._range(weights, pad, depthwise=isinstance(layer, DepthwiseConv2d))
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
                bits = bits_of(int(weights.min()), int(weights.max()))
            self._matrix(layer, weights, bits, thresholds, pad, low, high, BIT_VALUES)
            self._pools(group.before, flipped)
            self._pools(group.between + group.after, none)
            return None

        uniform = len(set(offsets)) == 1
        meaning = {"scale": scale, "offset": offsets[0], "sums": True, "exact": uniform}
        if group.norm is not None and group.activation is None:
            meaning["exact"] = False
        self._matrix(layer, weights, bits, None, pad, low, high, meaning)
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

    def _values_group(self, group: Group) -> Scores | None:
        """Pools and activation of values that are there: the picture, a sum, a mean, a branch."""
        at = self.at
        if not at.exact:
            raise self._refuse(
                group.output, "reads batch-normalised values that others read too; quantise them"
            )
        channels = at.shape[2]
        self._pools(group.before, np.full(channels, at.scale < 0))
        if group.activation is None:
            return None
        none = np.zeros(channels, np.bool_)
        norms = norms_of(group.norm, channels)
        low, high = at.bounds
        inputs = [
            Channel(n, at.scale, at.offset, int(lo), int(hi))
            for n, lo, hi in zip(norms, low, high, strict=True)
        ]
        if isinstance(group.activation, Quantise):
            self._requantise(group.activation, inputs, group.rectified)
            self._pools(group.between + group.after, none)
            return None
        folded = [fold_threshold(*channel) for channel in inputs]
        # -x >= t is not (x >= 1 - t).
        thresholds = np.array([1 - t if f else t for t, f in folded], dtype=np.int64)
        invert = np.array([f for _, f in folded])
        shape = self.at.shape
        self._add(
            Threshold(
                group.activation.name, self.at.source, shape, shape, BIPOLAR, self.at.element,
                thresholds, invert,
            ),
            **BIT_VALUES,
        )  # fmt: skip
        self._pools(group.between + group.after, none)
        return None

    def _join(
        self, join: Callable[..., tuple[Stage, dict[str, Any]]], layer: Layer, sources: list[Values]
    ) -> None:
        """Add a stage of sums of what is there already."""
        with located(f"{self.model.source}: layer {layer.name!r}"):
            stage, meaning = join(layer, sources, self.shapes[layer.name])
        self._add(stage, **meaning)

    def _pad(self, layer: Conv2d | Dense) -> int | None:
        """What a padded element is stored as; None is the true zero of bipolar inputs."""
        if not isinstance(layer, Conv2d) or not any(resolve_padding(layer, self.at.shape)):
            return 0
        padding = layer.padding
        if self.at.pixels:
            known = self.reader.padding if self.reader else padding
            if (padding.pixel, padding.value) != (known.pixel, known.value):
                raise self._refuse(layer.name, "pads the picture with another pixel than others do")
            return self.picture.pad
        if padding.pixel is not None:
            raise self._refuse(
                layer.name, "only a layer that reads the picture can pad with a pixel"
            )
        if self.at.element.bipolar:
            return {-1: 0, 1: 1, 0: None}[padding.value]
        level = (padding.value - self.at.offset) / self.at.scale
        low, high = self.at.bounds
        if level.denominator > 1 or not low.min() <= level <= high.max():
            raise self._refuse(
                layer.name, f"no activation of what it reads is {padding.value}: pad with another"
            )
        return int(level)

    def _range(
        self, weights: NDArray[np.int64], pad: int | None, *, depthwise: bool
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Least and greatest accumulator of each output channel."""
        low, high = self.at.bounds
        if not self.at.element.bipolar:
            low, high = np.minimum(low, pad or 0), np.maximum(high, pad or 0)
        plus = np.maximum(weights, 0).sum(axis=(1, 2))
        minus = np.maximum(-weights, 0).sum(axis=(1, 2))
        if depthwise:
            plus, minus = np.diag(plus[:, 0]), np.diag(minus[:, 0])
        low = np.resize(low, plus.shape[1])
        high = np.resize(high, plus.shape[1])
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
        meaning: dict[str, Any],
    ) -> None:
        acc_min, acc_max = int(low.min()), int(high.max())
        acc_bits = bits_of(acc_min, acc_max)
        with located(f"{self.model.source}: layer {layer.name!r}"):
            check_sums(acc_bits)
        at = self.at
        stride, padding = (1, 1), (0, 0, 0, 0)
        in_shape = at.shape
        if isinstance(layer, Conv2d):
            stride, padding = layer.stride, resolve_padding(layer, at.shape)
        else:
            in_shape = (1, 1, int(np.prod(at.shape)))
        if thresholds is None:
            meaning = {"low": low, "high": high, "pixels": False, **meaning}
        self._add(
            Matrix(
                layer.name,
                at.source,
                in_shape,
                self.shapes[layer.name],
                Element(acc_bits, signed=True) if thresholds is None else BIPOLAR,
                at.element,
                stride,
                padding,
                pad,
                weights if bits > 1 else (weights > 0).astype(np.uint8),
                thresholds,
                acc_min,
                acc_max,
                bits,
            ),
            **meaning,
        )

    def _requantise(self, layer: Quantise, channels: list[Channel], rectified: bool) -> None:
        """Add the stage that rounds to fixed point."""
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
        at = self.at
        self._add(
            Requantise(
                layer.name, at.source, at.shape, at.shape, Element(layer.bits, signed=layer.signed),
                at.element, tuple(multipliers), tuple(biases), shift, out.low, out.high,
            ),
            scale=out.unit, offset=Fraction(0), low=np.array([out.low]), high=np.array([out.high]),
            pixels=False, sums=False, exact=True,
        )  # fmt: skip

    def _pools(self, layers: tuple[MaxPool, ...], minimum: NDArray[np.bool_]) -> None:
        for layer in layers:
            self._add(
                Pool(
                    layer.name,
                    self.at.source,
                    self.at.shape,
                    self.shapes[layer.name],
                    self.at.element,
                    layer.window,
                    layer.stride,
                    minimum,
                )
            )


def _weights4(layer: Conv2d | Dense) -> NDArray[np.int64]:
    weights = layer.weights.astype(np.int64)
    return weights if weights.ndim == 4 else weights[:, None, None, :]
