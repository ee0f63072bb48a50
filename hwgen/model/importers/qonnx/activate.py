"""Quantisers as layers: thresholds on integers, in exact arithmetic; a table for pixels."""

from dataclasses import replace
from fractions import Fraction
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.importers.options import Pixels
from hwgen.model.importers.qonnx.frames import MEANINGS
from hwgen.model.importers.qonnx.guess import guess
from hwgen.model.importers.qonnx.integers import quantised_integers
from hwgen.model.importers.qonnx.layers import Layers
from hwgen.model.importers.qonnx.quantiser import BIPOLAR, MAX_COUNT, Format, Levels
from hwgen.model.importers.qonnx.steps import Bow, Cut, Linear, Norm, falls, inverse, then
from hwgen.model.importers.qonnx.tensor import Margin, Tensor, rationals
from hwgen.model.layers import INPUT_NAME, Affine, Table

__all__ = ["quantise", "take"]

Thresholds = NDArray[np.int64]

_RATIONAL = 32
"""Numbers of an array that one rational counts as."""


def quantise(layers: Layers, tensor: Tensor, levels: Levels, *, last: bool) -> Tensor:
    """Add what makes ``levels`` of a tensor.

    Where it is the ``last`` layer its values are the graph's; else they are the integers alone,
    and their scale goes on into what follows.
    """
    layers.spend(_cost(tensor) * levels.cuts.shape[1] * tensor.channels)
    if tensor.pixel and tensor.high - tensor.low > MAX_COUNT:
        # Too many for a table.
        tensor = layers.read(tensor, padded=False)
    if tensor.pixel:
        return _read(layers, tensor, levels, last=last)
    falling = falls(tensor.steps, tensor.channels)
    reached = _thresholds(tensor, levels, falling)
    if levels.ternary and (reached[:, 0] == reached[:, 1]).all():
        # No integer makes the zero of a sign.
        levels, reached = replace(BIPOLAR, scale=levels.scale), reached[:, :1]
    scale = _scale(levels, tensor.channels)
    plain = levels.bipolar and not tensor.straight and not (last and (scale.slope != 1).any())
    if not plain and falling.any():
        tensor = layers.risen(tensor)
        reached = _thresholds(tensor, levels, falling & False)
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
    unit, shift = Fraction(1), Fraction(0)
    if last:
        unit, shift = scale.slope[0], scale.offset[0]
        if (scale.slope != unit).any() or (scale.offset != shift).any():
            raise ModelError("is the output, with a scale for each channel; that is not imported")
        scale = Linear(scale.slope / unit, scale.offset * 0)
    name = layers.name(f"steps{k}")
    layers.builder.multi_threshold(
        figures[:1] if (figures == figures[0]).all() else figures,
        reached.shape[1].bit_length(),
        name,
        out_scale=unit * levels.step,
        out_bias=unit * levels.low + shift,
        inputs=tensor.source,
    )
    made = _integers(tensor, name, levels, scale)
    return made if levels.bipolar else replace(made, bias=levels.low)


def take(layers: Layers, tensor: Tensor, format_: Format) -> Tensor:
    """Begin the network with the integers of its first quantiser: they are what comes in."""
    low, high, scale = format_.low, format_.high, rationals(tensor.by_channel(format_.scale))
    layers.take(quantised_integers(low, high, scale, bipolar=format_.bipolar))
    every = np.empty(tensor.channels, object)
    every[:] = scale
    steps = then((), Linear(every, every * 0))
    return Tensor(INPUT_NAME, tensor.shape, tensor.place, low, high, narrow=True, steps=steps)


def _cost(tensor: Tensor) -> int:
    """Numbers of an array that a threshold counts as: more where roots or curves are in it."""
    hard = sum(isinstance(step, Norm | Bow) for step in tensor.steps)
    return _RATIONAL * (1 if hard < 2 else 8)


def _scale(levels: Levels, channels: int) -> Linear:
    every = np.empty(channels, object)
    every[:] = levels.scale
    return Linear(every, -every * levels.zero)


def _integers(tensor: Tensor, name: str, levels: Levels, scale: Linear) -> Tensor:
    steps = then((), scale)
    margin = tensor.margin
    if margin is not None:
        reached = levels.reached(margin.value) * levels.step + levels.low
        margin = Margin(margin.sides, scale.slope * reached + scale.offset)
    return Tensor(
        name, tensor.shape, tensor.place, levels.low, levels.high, True, steps, step=levels.step,
        margin=margin,
    )  # fmt: skip


def _thresholds(tensor: Tensor, levels: Levels, falling: NDArray[np.bool_]) -> Thresholds:
    """The least integer of each channel that reaches each level; of -x where it falls.

    None is further away than one beyond what the integers reach, so all are small.
    """
    rows, _ = levels.cuts.shape
    # A float that is surely no integer says the same as exact arithmetic.
    found, sure = guess(tensor.steps, tensor.channels, levels.cuts, falling)
    low = np.where(falling, -tensor.high, tensor.low)
    high = np.where(falling, -tensor.low, tensor.high) + 1
    for channel, k in np.argwhere(~sure).tolist():
        number = levels.cuts[channel if rows > 1 else 0][k]
        cut = inverse(tensor.steps, channel, Cut(number, strict=bool(levels.strict[k])))
        if cut.always is not None:
            found[channel, k] = low[channel] if cut.always else high[channel]
        else:
            found[channel, k] = min(max(cut.least(), int(low[channel])), int(high[channel]))
    return np.clip(found, low[:, None], high[:, None])


def _read(layers: Layers, seen: Tensor, levels: Levels, *, last: bool) -> Tensor:
    """Begin the network: pixels through a table, or through a sign."""
    tensor = layers.pixels(seen)
    counts = _counts(tensor, levels)
    if _constant(counts) and not layers.asked and layers.meaning in MEANINGS:
        _refuse_constant(layers, seen, levels)
    scale = _scale(levels, tensor.channels)
    # Pixels of one bit are bits already.
    bits = levels.bipolar and tensor.high - tensor.low > 1
    match tensor.steps:
        case (Linear(slope=slope, offset=offset),) if (
            bits
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
    own = layers.integers is not None and table[0, 0] == tensor.low and (np.diff(table) == 1).all()
    layers.begin(Affine() if own and shared else Table(table[:1] if shared else table))
    if last:
        raise ModelError("is the output, and reads pixels; that is not imported")
    if bits:
        name = layers.name("binarise")
        layers.builder.sign(name, inputs=INPUT_NAME)
        return _integers(tensor, name, levels, scale)
    return _integers(tensor, INPUT_NAME, levels, scale)


def _counts(tensor: Tensor, levels: Levels) -> Thresholds:
    """Thresholds that each pixel reaches, (channels, count), from the least pixel on."""
    falling = falls(tensor.steps, tensor.channels)
    reached = _thresholds(tensor, levels, falling)
    pixels = np.arange(tensor.low, tensor.high + 1)
    seen = np.where(falling[:, None], -pixels, pixels)
    return (seen[:, :, None] >= reached[:, None, :]).sum(axis=2)


def _constant(counts: Thresholds) -> bool:
    return bool((counts == counts[:, :1]).all())


def _refuse_constant(layers: Layers, seen: Tensor, levels: Levels) -> NoReturn:
    """Refuse a quantiser that gives the same for every pixel; names what would not."""
    others = [
        f"--input {meaning}"
        for meaning in MEANINGS
        if meaning != layers.meaning
        and not _constant(_counts(layers.meaning_as(meaning, seen), levels))
    ]
    meaning = layers.meaning or Pixels.UNIT
    raise ModelError(
        f"gives the same for every pixel, read as {MEANINGS[meaning][2]}",
        remedy=f"try {' or '.join(others)}"
        if others
        else f"it would however pixels are read; --input {meaning} takes it as it is",
    )
