"""Quantisers as layers: thresholds on integers, in exact arithmetic; a table for pixels."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx.frames import MEANINGS
from hwgen.model.importers.qonnx.layers import Layers
from hwgen.model.importers.qonnx.quantiser import Levels
from hwgen.model.importers.qonnx.steps import Cut, Linear, falls, inverse, then
from hwgen.model.importers.qonnx.tensor import Tensor
from hwgen.model.layers import INPUT_NAME, Affine, Table

__all__ = ["quantise"]

Thresholds = NDArray[np.int64]


def quantise(layers: Layers, tensor: Tensor, levels: Levels, *, last: bool) -> Tensor:
    """Add what makes ``levels`` of a tensor.

    Where it is the ``last`` layer its values are the graph's; else they are the integers alone,
    and their scale goes on into what follows.
    """
    if tensor.pixel:
        return _read(layers, layers.pixels(tensor), levels, last=last)
    levels = _without_zero(tensor, levels)
    scale = _scale(levels, tensor.channels)
    plain = levels.bipolar and not tensor.straight and not (last and (scale.slope != 1).any())
    if not plain:
        tensor = layers.risen(tensor)
    falling = falls(tensor.steps, tensor.channels)
    reached = _thresholds(tensor, levels, falling)
    # Between two integers where what is compared is those over a number.
    figures = reached.astype(float) if tensor.over == 1 else (reached - 0.5) / tensor.over
    k = layers.last_weighted
    if plain:
        turn = np.where(falling, -1.0, 1.0)
        norm, name = layers.name(f"norm{k}"), layers.name(f"sign{k}")
        means = turn * figures[:, 0]
        layers.builder.batch_norm(turn, 0.0, means, 1.0, 0.0, norm, inputs=tensor.source)
        layers.builder.sign(name)
        return _integers(tensor, name, levels, scale)
    unit = Fraction(1)
    if last:
        unit = scale.slope[0]
        if (scale.slope != unit).any():
            raise ModelError("is the output, with a scale for each channel; that is not imported")
        scale = replace(scale, slope=scale.slope / unit)
    name = layers.name(f"steps{k}")
    layers.builder.multi_threshold(
        figures[:1] if (figures == figures[0]).all() else figures,
        reached.shape[1].bit_length(),
        name,
        out_scale=unit * levels.step,
        out_bias=unit * levels.low,
        inputs=tensor.source,
    )
    made = _integers(tensor, name, levels, scale)
    return made if levels.bipolar else replace(made, bias=levels.low)


def _without_zero(tensor: Tensor, levels: Levels) -> Levels:
    """Levels of -1 and +1 instead of -1, 0 and +1, where no integer gives 0."""
    if (levels.low, levels.high, levels.step) != (-1, 1, 1):
        return levels
    reached = _thresholds(tensor, levels, falls(tensor.steps, tensor.channels))
    at, above = reached.T
    never = (at == above) | (tensor.odd & (at % 2 == 0) & (above == at + 1))
    if not never.all():
        return levels
    return replace(levels, cuts=levels.cuts[:, :1], strict=levels.strict[:1], step=2)


def _scale(levels: Levels, channels: int) -> Linear:
    every = np.empty(channels, object)
    every[:] = levels.scale
    return Linear(every, every * 0)


def _integers(tensor: Tensor, name: str, levels: Levels, scale: Linear) -> Tensor:
    steps = then((), scale)
    low, high = levels.low, levels.high
    return Tensor(name, tensor.shape, tensor.place, low, high, True, steps, odd=levels.bipolar)


def _thresholds(tensor: Tensor, levels: Levels, falling: NDArray[np.bool_]) -> Thresholds:
    """The least integer of each channel that reaches each level; of -x where it falls.

    None is further away than one beyond what the integers reach, so all are small.
    """
    rows, count = levels.cuts.shape
    found = np.empty((tensor.channels, count), np.int64)
    for channel in range(tensor.channels):
        ends = (tensor.low, tensor.high)
        low, high = (-ends[1], -ends[0]) if falling[channel] else ends
        cuts = levels.cuts[channel if rows > 1 else 0]
        for k in range(count):
            cut = inverse(tensor.steps, channel, Cut(cuts[k], strict=bool(levels.strict[k])))
            if cut.always is not None:
                found[channel, k] = low if cut.always else high + 1
            else:
                found[channel, k] = min(max(cut.least(), low), high + 1)
    return found


def _read(layers: Layers, tensor: Tensor, levels: Levels, *, last: bool) -> Tensor:
    """Begin the network: pixels through a table, or through a sign."""
    levels = _without_zero(tensor, levels)
    falling = falls(tensor.steps, tensor.channels)
    reached = _thresholds(tensor, levels, falling)
    pixels = np.arange(256)
    seen = np.where(falling[:, None], -pixels, pixels)
    counts = (seen[:, :, None] >= reached[:, None, :]).sum(axis=2)
    if (counts == counts[:, :1]).all() and not layers.asked:
        meaning = layers.meaning or "unit"
        others = " or ".join(f"--input {name}" for name in MEANINGS if name != meaning)
        raise ModelError(
            f"gives the same for every pixel, read as {MEANINGS[meaning][2]}; try {others}"
        )
    scale = _scale(levels, tensor.channels)
    match tensor.steps:
        case (Linear(slope=slope, offset=offset),) if (
            levels.bipolar
            and not levels.cuts[0, 0]
            and (slope == slope[0]).all()
            and (offset == offset[0]).all()
        ):
            layers.begin(Affine(slope[0], offset[0]))
            name = layers.name("binarise")
            layers.builder.sign(name, inputs=INPUT_NAME)
            return _integers(tensor, name, levels, scale)
    table = levels.low + levels.step * counts
    shared = (table == table[0]).all()
    layers.begin(Table(table[:1] if shared else table))
    if last:
        raise ModelError("is the output, and reads pixels; that is not imported")
    if levels.bipolar:
        name = layers.name("binarise")
        layers.builder.sign(name, inputs=INPUT_NAME)
        return _integers(tensor, name, levels, scale)
    return _integers(tensor, INPUT_NAME, levels, scale)
