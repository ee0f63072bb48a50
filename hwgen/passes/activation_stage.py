"""Activations of what is there already, as stages: thresholds, or one multiplication."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, assert_never

import numpy as np

from hwgen.errors import ModelError
from hwgen.model.kinds.multi_threshold import MAX_COUNT_BITS
from hwgen.model.layers import Activation, MultiThreshold, Quantise, Sign
from hwgen.network import BIPOLAR, Element, Requantise, Threshold
from hwgen.passes.fold_requantise import MAX_SHIFT, Channel, Range, fold_requantise
from hwgen.passes.fold_threshold import Norm, fold_thresholds
from hwgen.passes.stage_values import Values, plain_values

__all__ = ["activated"]

Made = tuple[Threshold | Requantise, dict[str, Any]]
"""A stage, and what the integers mean that it puts out, as fields of `Values`."""


def activated(layer: Activation, at: Values, norms: Sequence[Norm]) -> Made:
    """The stage of an activation behind a batch normalisation of each channel.

    A rounding is a multiplication where one is exact for every integer, and else thresholds.

    Raises
    ------
    ModelError
        If neither computes it.
    """
    match layer:
        case Sign():
            return _counted(layer, at, _channels(at, norms), [[Fraction(0)]])
        case MultiThreshold():
            rows = [list(map(Fraction, row)) for row in layer.thresholds.tolist()]
            return _counted(layer, at, _channels(at, norms), rows)
        case Quantise():
            return _rounded(layer, at, _channels(at, norms, layer.scales))
        case _:
            assert_never(layer)


def _rounded(layer: Quantise, at: Values, channels: Sequence[Channel]) -> Made:
    low, high = layer.levels
    out = Range(max(low, 0) if at.rectified else low, high, layer.rounding == "half_even")
    folded = fold_requantise(channels, out)
    if folded is not None:
        element, meaning = _meaning(layer, len(channels))
        stage = Requantise(
            layer.name, at.source, at.shape, at.shape, element, at.element,
            tuple(folded.multipliers), tuple(folded.biases), folded.shift, out.low, out.high,
            folded.even,
        )  # fmt: skip
        return stage, meaning | {"low": np.full(len(channels), out.low)}
    levels = range(out.low + 1, out.high + 1)
    if len(levels) >= 1 << MAX_COUNT_BITS:
        raise ModelError(
            f"no multiplier of {MAX_SHIFT} fractional bits rounds as it should, and thresholds do "
            f"for {MAX_COUNT_BITS} bits at most"
        )
    rows = [[(level - Fraction(1, 2)) * channel.unit for level in levels] for channel in channels]
    # Half a step below an odd number is the even one below.
    strict = [out.even and level % 2 == 1 for level in levels]
    return _counted(layer, at, channels, rows, strict, out.low)


def _counted(
    layer: Activation,
    at: Values,
    channels: Sequence[Channel],
    rows: Sequence[Sequence[Fraction]],
    strict: Sequence[bool] | None = None,
    base: int = 0,
) -> Made:
    """The count of a channel's thresholds, or of all's, that are reached, and ``base``.

    Those that are ``strict`` are reached only by what is above them.
    """
    rows = rows if len(rows) > 1 else [*rows] * len(channels)
    folded = [
        fold_thresholds(c.norm, c.scale, c.offset, c.low, c.high, row, at.rectified, strict)
        for c, row in zip(channels, rows, strict=True)
    ]
    # Those of a falling channel fall from one to the next.
    limits = np.sort(np.array([found for found, _ in folded], dtype=np.int64), axis=1)
    invert = np.array([falling for _, falling in folded])
    element, meaning = _meaning(layer, len(channels))
    stage = Threshold(
        layer.name, at.source, at.shape, at.shape, element, at.element,
        limits if limits.shape[1] > 1 else limits[:, 0], invert, base, layer.kind,
    )  # fmt: skip
    if isinstance(layer, Quantise):
        meaning["low"] = np.full(len(channels), base)
    return stage, meaning


def _channels(
    at: Values, norms: Sequence[Norm], units: Sequence[Fraction] = (Fraction(1),)
) -> list[Channel]:
    """What is behind the batch normalisations, channel for channel."""
    units = units if len(units) > 1 else [*units] * len(norms)
    return [
        Channel(norm, scale, offset, int(low), int(high), unit)
        for norm, scale, offset, low, high, unit in zip(
            norms, at.scales, at.offsets, *at.bounds, units, strict=True
        )
    ]


def _meaning(layer: Activation, channels: int) -> tuple[Element, dict[str, Any]]:
    """Format of what an activation puts out, and what it means."""
    if isinstance(layer, Sign) or (isinstance(layer, MultiThreshold) and layer.signs):
        return BIPOLAR, plain_values(channels, -1, 1)
    low, high = layer.levels
    if isinstance(layer, MultiThreshold):
        meaning = plain_values(channels, low, high, layer.out_scale)
        meaning["offsets"] = (layer.out_bias,) * channels
        return Element(layer.count.bit_length(), signed=False), meaning
    scales = layer.scales if layer.by_channel else layer.scales * channels
    meaning = plain_values(channels, low, high) | {"scales": scales}
    return Element(layer.bits, signed=layer.signed), meaning
