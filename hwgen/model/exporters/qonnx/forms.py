"""Nodes that bring a tensor into the form that the next layer needs; its values stay."""

from dataclasses import replace
from fractions import Fraction

import numpy as np

from hwgen.model.exporters.qonnx.tensor import Tensor, common_unit, line, rationals
from hwgen.model.exporters.qonnx.writer import QONNX, Writer
from hwgen.model.importers.qonnx.steps import Linear, falls, then

__all__ = ["as_map", "as_row", "exact", "risen", "scaled", "uniform"]


def as_map(writer: Writer, tensor: Tensor, layer: str) -> Tensor:
    """(1, channels, height, width)."""
    if not tensor.row:
        return tensor
    made = replace(tensor, name=f"{layer}/map", row=False)
    shape = writer.raw(f"{layer}/map/shape", np.array(made.dims, np.int64))
    writer.node("Reshape", [tensor.name, shape], made.name, dims=made.dims)
    return made


def as_row(writer: Writer, tensor: Tensor, layer: str) -> Tensor:
    """(1, channels) of a tensor of one pixel."""
    if tensor.row:
        return tensor
    made = replace(tensor, name=f"{layer}/row", row=True)
    writer.node("Flatten", [tensor.name], made.name, dims=made.dims)
    return made


def exact(writer: Writer, tensor: Tensor, layer: str) -> Tensor:
    """Integers times a power of two, of means that floats round: their sums."""
    if tensor.exact:
        return tensor
    over = tensor.unit.denominator & -tensor.unit.denominator
    whole = Fraction(tensor.unit.numerator, over)  # unit without what is no power of two below
    times = whole / tensor.unit
    name = f"{layer}/sum"
    factor = writer.array(f"{name}/count", [times])
    product = writer.node("Mul", [tensor.name, factor], f"{name}/real", dims=tensor.dims)
    bits = tensor.reach.bit_length() + 1
    given = [
        writer.array(f"{name}/{what}", [value])
        for what, value in (("scale", whole), ("zero", Fraction(0)), ("bits", Fraction(bits)))
    ]
    writer.node("Quant", [product, *given], name, domain=QONNX, dims=tensor.dims,
                signed=1, narrow=0, rounding_mode="ROUND")  # fmt: skip
    steps = then((), line(tensor.channels, 1 / times))
    for step in tensor.steps:
        steps = then(steps, step)
    return replace(tensor, name=name, unit=whole, steps=steps, exact=True)


def scaled(writer: Writer, tensor: Tensor, factors: np.ndarray, name: str) -> Tensor:
    """Integers times a whole number, not 0, of each channel; ``steps`` undo it."""
    if (factors == 1).all():
        return tensor
    factors = rationals(tensor.channels, factors)
    one = (factors == factors[0]).all()
    array = factors[:1] if one else tensor.by_channel(factors)
    writer.node("Mul", [tensor.name, writer.array(f"{name}/factors", array)], name,
                dims=tensor.dims)  # fmt: skip
    reach = tensor.reach * max(abs(int(factor)) for factor in factors)
    writer.check_reach(reach)
    steps = then((), line(tensor.channels, [1 / factor for factor in factors]))
    for step in tensor.steps:
        steps = then(steps, step)
    return replace(tensor, name=name, low=-reach, high=reach, steps=steps)


def risen(writer: Writer, tensor: Tensor, layer: str) -> Tensor:
    """Values that rise with the description's, in all channels."""
    turn = np.where(falls(tensor.steps, tensor.channels), -1, 1)
    return scaled(writer, tensor, turn, f"{layer}/turn")


def uniform(writer: Writer, tensor: Tensor, layer: str) -> tuple[Tensor, Fraction, np.ndarray]:
    """Exact values with one slope for all channels; gives it, and the offset of each channel."""
    tensor = exact(writer, tensor, layer)
    linear: Linear = tensor.linear()
    unit = common_unit(list(linear.slope))
    if (linear.slope == linear.slope[0]).all():
        unit = linear.slope[0]
    tensor = scaled(writer, tensor, linear.slope / unit, f"{layer}/scaled")
    return tensor, unit, linear.offset
