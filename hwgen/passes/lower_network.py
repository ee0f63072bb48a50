"""Lower the groups of a description to the integer network."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, located
from hwgen.model.layers import (
    INPUT_NAME,
    Activation,
    Add,
    AveragePool,
    Concat,
    Conv2d,
    Dense,
    Layer,
    MaxPool,
    Model,
    Sign,
)
from hwgen.model.shapes import infer_shapes, resolve_padding
from hwgen.network import IntegerNetwork, Levels, Pool, Stage
from hwgen.network.verify_network import verify_network
from hwgen.passes.activation_stage import activated
from hwgen.passes.fold_picture import Picture, fold_picture, pixel_element
from hwgen.passes.fold_threshold import Norm, fold_threshold
from hwgen.passes.group_layers import Group, group_layers, picture_reader
from hwgen.passes.join_values import averaged, combined
from hwgen.passes.matrix_stage import matrix_stage, padding_element, sums_range, weights_of
from hwgen.passes.norms import Scores, norms_of, scores_of
from hwgen.passes.stage_values import Values, plain_values

__all__ = ["lower_network"]

Shape = tuple[int, int, int]


def lower_network(model: Model) -> IntegerNetwork:
    """Description to integer network: levels, weights as bits, thresholds, pools.

    Raises
    ------
    ModelError
        For what no hardware here computes; names file, layer and constraint.
    """
    return verify_network(_Lowering(model).run())


class _Lowering:
    """Stages built so far, and what the integers mean of the stage that is read next."""

    def __init__(self, model: Model):
        self.model = model
        self.shapes: dict[str, Shape] = infer_shapes(model)
        self.groups = group_layers(model)
        self.reader = picture_reader(model, self.groups)
        self.picture: Picture = fold_picture(model, self.reader)
        self.stages: list[Stage] = []
        shape = self.shapes[INPUT_NAME]
        scales, offsets = (self.picture.scale,) * shape[2], (self.picture.offset,) * shape[2]
        self.at = Values(
            INPUT_NAME, shape, self.picture.element, scales, offsets,
            self.picture.low, self.picture.high, pixels=True,
        )  # fmt: skip
        """What the stage that was added last puts out, or what the next one is to read."""
        self.ends: dict[str, Values] = {}
        """What the groups so far put out, by their last layer."""

    def run(self) -> IntegerNetwork:
        table = self.picture.table
        if table is not None:
            shape = self.at.shape
            self._add(Levels("levels", INPUT_NAME, shape, shape, self.at.element, table))
        self.ends[INPUT_NAME] = self.at
        for group in self.groups:
            self._group(group)
            self.at = self.ends[group.output] = self.at.reshaped(self.shapes[group.output])
        if not self.stages:
            raise ModelError(f"{self.model.source}: needs a layer that computes something")
        scale, offset = self._scores()
        return IntegerNetwork(
            self.model.name,
            self.shapes[INPUT_NAME],
            tuple(self.stages),
            self.at.shape,
            scale,
            offset,
            self.model.source,
            pixel_element(self.model.input),
        )

    def _scores(self) -> Scores:
        """Scale and offset of the values that leave."""
        at = self.at
        if at.rectified:
            raise self._refuse(
                self.groups[-1].output,
                "relu must be followed by a quantise, which says how many bits",
            )
        return scores_of(at.norms or norms_of(None, at.shape[2]), at.scales, at.offsets)

    def _add(self, stage: Stage, **changes: Any) -> None:
        """Add a stage that reads `at`; ``changes`` say what its values mean, if not the same."""
        self.stages.append(stage)
        self.at = replace(
            self.at, source=stage.name, shape=stage.out_shape, element=stage.element, **changes
        )

    def _refuse(self, layer: str, why: str) -> ModelError:
        return ModelError(f"{self.model.source}: layer {layer!r}: {why}")

    def _group(self, group: Group) -> None:
        """Add a group's stages."""
        self.at = self.ends[group.sources[0]]
        match group.head:
            case Conv2d() | Dense():
                self._matrix_group(group, group.head)
                return
            case Add() | Concat():
                sources = [self.ends[name] for name in group.sources]
                self._join(combined, group.head, sources)
            case AveragePool():
                self._join(averaged, group.head, [self.at])
            case None:
                pass
            case _:
                assert_never(group.head)
        self._values_group(group)

    def _matrix_group(self, group: Group, layer: Conv2d | Dense) -> None:
        """Matrix stage, its activation and its pools."""
        self._check_numbers(layer)
        weights = weights_of(layer)
        unit = Fraction(1, 1 << layer.weight_fraction_bits)
        scale, offset = self.at.scale * unit, self.at.offset * unit
        bias = layer.bias * len(weights) if len(layer.bias) == 1 else layer.bias
        sums = weights.sum(axis=(1, 2, 3)).tolist()
        offsets = tuple(offset * s + b for s, b in zip(sums, bias, strict=True))
        norms = norms_of(group.norm, weights.shape[0])
        with located(f"{self.model.source}: layer {layer.name!r}"):
            pad = padding_element(layer, self.at, self.picture, self.reader)
        low, high = sums_range(layer, self.at, weights, pad)
        none = np.zeros(len(norms), np.bool_)
        # Channels whose result falls with the accumulator.
        falling = np.array([n.gamma * scale < 0 for n in norms])
        # Behind the norm the maximum is one of results; ahead of it, a minimum where gamma falls.
        flipped = np.array([n.gamma < 0 for n in norms])

        if isinstance(group.activation, Sign):
            self._check_sign(group, group.activation)
            folded = [
                fold_threshold(n, scale, o, int(lo), int(hi))
                for n, o, lo, hi in zip(norms, offsets, low, high, strict=True)
            ]
            thresholds = np.array([t for t, _ in folded], dtype=np.int64)
            weights = np.where(falling[:, None, None, None], -weights, weights)
            low, high = np.where(falling, -high, low), np.where(falling, -low, high)
            self._matrix(layer, weights, thresholds, pad, (low, high))
            self._pools(group.before, flipped)
            self._pools(group.between + group.after, none)
            return

        self._matrix(layer, weights, None, pad, (low, high))
        self.at = replace(self.at, scales=(scale,) * len(norms), offsets=offsets)
        if group.activation is None:
            self._pools(group.before, none | (scale < 0))
            self._pools(group.between, falling)
            norm = tuple(norms) if group.norm else None
            self.at = replace(self.at, norms=norm, rectified=group.rectified)
            return
        self._activate(group, group.activation, norms)
        self._pools(group.before, flipped)
        self._pools(group.between + group.after, none)

    def _values_group(self, group: Group) -> None:
        """Pools and activation of values that are there: the picture, a sum, a mean, a branch."""
        self._pools(group.before, self.at.falling)
        if group.norm is not None:
            if self.at.rectified:
                raise self._refuse(
                    group.norm.name, "batch_norm behind relu is not built; put a quantise ahead"
                )
            if self.at.norms is not None:
                raise self._refuse(
                    group.norm.name, "batch_norm follows another batch_norm; merge the two by hand"
                )
            self.at = replace(self.at, norms=tuple(norms_of(group.norm, self.at.shape[2])))
        if group.rectified:
            self.at = replace(self.at, rectified=True)
        activation = group.activation
        if activation is None:
            self._pools(group.between, self.at.falling)
            return
        # Maxima ahead of an activation are taken behind it, of fewer bits.
        norms = self.at.norms or norms_of(None, self.at.shape[2])
        self.at = self.at.counted()
        self._activate(group, activation, norms)
        none = np.zeros(self.at.shape[2], np.bool_)
        self._pools(group.between + group.after, none)

    def _activate(self, group: Group, activation: Activation, norms: Sequence[Norm]) -> None:
        """Add the stage of an activation of what is there already."""
        if isinstance(activation, Sign):
            self._check_sign(group, activation)
        self.at = replace(self.at, rectified=group.rectified or self.at.rectified)
        with located(f"{self.model.source}: layer {activation.name!r}"):
            stage, meaning = activated(activation, self.at, norms)
        self._add(stage, **meaning)

    def _check_numbers(self, layer: Conv2d | Dense) -> None:
        """Refuse to multiply what is more than a number of one scale and a few bits."""
        at = self.at
        if at.norms is not None:
            what = "batch-normalised values"
        elif at.rectified:
            what = "what relu left"
        elif at.sums:
            what = "integers"
        elif len(set(at.offsets)) > 1:
            what = "channels of different offsets"
        elif len(set(at.scales)) > 1:
            what = "channels of different scales"
        else:
            return
        raise self._refuse(layer.name, f"reads {what}; put a sign or a quantise before it")

    def _check_sign(self, group: Group, layer: Sign) -> None:
        if group.rectified or self.at.rectified:
            raise self._refuse(layer.name, "sign behind relu is always +1; leave one of them out")

    def _join(
        self, join: Callable[..., tuple[Stage, dict[str, Any]]], layer: Layer, sources: list[Values]
    ) -> None:
        """Add a stage of sums of what is there already."""
        if self.picture.grain > 1 and any(source.pixels for source in sources):
            raise self._refuse(
                layer.name,
                "reads the picture beside a layer that pads it with a zero between two pixels; "
                "pad with a pixel",
            )
        with located(f"{self.model.source}: layer {layer.name!r}"):
            stage, meaning = join(layer, sources, self.shapes[layer.name])
        self._add(stage, **meaning)

    def _matrix(
        self,
        layer: Conv2d | Dense,
        weights: NDArray[np.int64],
        thresholds: NDArray[np.int64] | None,
        pad: int | None,
        sums: tuple[NDArray[np.int64], NDArray[np.int64]],
    ) -> None:
        with located(f"{self.model.source}: layer {layer.name!r}"):
            stage = matrix_stage(
                layer, self.at, weights, thresholds, pad, sums, self.shapes[layer.name]
            )
        meaning = plain_values(len(weights), -1, 1)
        if thresholds is None:
            meaning |= {"low": sums[0], "high": sums[1], "sums": True}
        self._add(stage, **meaning)

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
                    resolve_padding(layer, self.at.shape),
                )
            )
