"""The input: pixels 0 to 255, and what the description makes of them."""

from dataclasses import replace
from fractions import Fraction
from math import gcd

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.exporters.qonnx.activations import counted
from hwgen.model.exporters.qonnx.tensor import Tensor, line
from hwgen.model.exporters.qonnx.writer import Writer
from hwgen.model.importers.qonnx.steps import then
from hwgen.model.layers import INPUT_NAME, Affine, Input, Table

__all__ = ["read_picture"]

_MOST = Fraction(1, 64)
"""Readers take a graph that multiplies its input by this or less for one that reads 0 to 255."""

_MOST_DENOMINATOR = 256
_MOST_NUMERATOR = 65536
_MOST_STEPS = 255


def read_picture(writer: Writer, picture: Input) -> Tensor:
    """Begin the file; the values are those that the transform gives."""
    shape = (picture.height, picture.width, picture.channels)
    pixels = Tensor(INPUT_NAME, shape, Fraction(1), picture.low, picture.high)
    if isinstance(picture.transform, Affine):
        return _affine(writer, pixels, picture.transform)
    return _table(writer, pixels, picture.transform)


def _affine(writer: Writer, pixels: Tensor, transform: Affine) -> Tensor:
    """``(factor * pixel + shift) * unit``, whole numbers and a power of two."""
    scale, offset = transform.scale, transform.offset
    zero = offset / scale
    factor, shift = zero.denominator, zero.numerator
    if factor > _MOST_DENOMINATOR or abs(shift) > _MOST_NUMERATOR:
        factor, shift = 1, 0
    unit = scale / factor
    if abs(scale) > _MOST or abs(unit.numerator) != 1 or not writer.holds(unit):
        unit = Fraction(1)
        while factor * unit > _MOST:
            unit /= 2
    factor, shift, unit = (factor, shift, unit) if unit > 0 else (-factor, -shift, -unit)
    name = f"{INPUT_NAME}/scaled"
    given = writer.array(f"{name}/factor", [factor * unit])
    writer.node("Mul", [pixels.name, given], name, dims=pixels.dims)
    if shift:
        given = writer.array(f"{INPUT_NAME}/shifted/by", [shift * unit])
        name = writer.node("Add", [name, given], f"{INPUT_NAME}/shifted", dims=pixels.dims)
    ends = (shift + pixels.low * factor, shift + pixels.high * factor)
    writer.check_reach(max(map(abs, ends)))
    slope = scale / (factor * unit)
    steps = then((), line(pixels.channels, slope, offset - slope * shift * unit))
    return replace(pixels, name=name, unit=unit, low=min(ends), high=max(ends), steps=steps)


def _table(writer: Writer, pixels: Tensor, transform: Table) -> Tensor:
    """Thresholds where the levels rise or fall with the pixel, else a look-up."""
    values = transform.values
    rises = np.diff(values, axis=1)
    falling = (rises <= 0).all(axis=1) & (rises < 0).any(axis=1)
    step = gcd(*(int(rise) for rise in rises.reshape(-1)), *(int(x) for x in values[:, 0]
               - values[0, 0])) or 1  # fmt: skip
    base = int(values.min())
    count = (int(values.max()) - base) // step
    if not ((rises >= 0).all(axis=1) | falling).all() or not 0 < count <= _MOST_STEPS:
        return _looked_up(writer, pixels, transform)
    wide = np.broadcast_to(falling, pixels.channels)
    unit = Fraction(1, 256) * np.where(wide, -1, 1)
    name = f"{INPUT_NAME}/scaled"
    factors = unit[:1] if (wide == wide[0]).all() else pixels.by_channel(unit)
    writer.node("Mul", [pixels.name, writer.array(f"{name}/factor", factors)], name,
                dims=pixels.dims)  # fmt: skip
    reach = pixels.reach
    scaled = replace(pixels, name=name, unit=Fraction(1, 256), low=-reach, high=reach)
    rows = np.array([_reached(row, base, step, count, pixels) for row in values], np.int64)
    rows = np.broadcast_to(rows, (pixels.channels, count))
    made = counted(writer, scaled, rows, Fraction(step), Fraction(base), f"{INPUT_NAME}/levels")
    steps = made.steps
    return replace(made, steps=then(steps, line(pixels.channels, transform.scale)))


def _reached(row: NDArray[np.int64], base: int, step: int, count: int, pixels: Tensor) -> list[int]:
    """The least pixel, or negated pixel, that has each level; one beyond all where none has."""
    falls = row[0] > row[-1]
    every = np.arange(pixels.low, pixels.high + 1)
    seen, levels = (-every[::-1], row[::-1]) if falls else (every, row)
    reached = [levels >= base + step * k for k in range(1, count + 1)]
    return [int(seen[np.argmax(these)]) if these.any() else int(seen[-1]) + 1 for these in reached]


def _looked_up(writer: Writer, pixels: Tensor, transform: Table) -> Tensor:
    values = transform.values
    where = pixels.name
    if len(values) > 1 or pixels.low:
        starts = np.arange(len(values)) * values.shape[1] - pixels.low
        starts = pixels.by_channel(starts) if len(values) > 1 else starts
        given = writer.array(f"{INPUT_NAME}/rows/starts", starts)
        where = writer.node("Add", [where, given], f"{INPUT_NAME}/rows", dims=pixels.dims)
    places = writer.node(
        "Cast", [where], f"{INPUT_NAME}/places", to=7, dims=pixels.dims, dtype=np.dtype(np.int64)
    )
    levels = writer.array(f"{INPUT_NAME}/levels/table", values.reshape(-1))
    made = replace(pixels, name=f"{INPUT_NAME}/levels", low=int(values.min()),
                   high=int(values.max()))  # fmt: skip
    writer.check_reach(made.reach)
    writer.node("Gather", [levels, places], made.name, dims=pixels.dims)
    if not made.reach and transform.scale == 0:
        raise ModelError("stands for nothing")
    return replace(made, steps=then((), line(pixels.channels, transform.scale)))
