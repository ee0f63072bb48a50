"""Activations, and what is between them and the sums: batch normalisation and relu."""

from bisect import bisect_right
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.exporters.qonnx.forms import risen
from hwgen.model.exporters.qonnx.tensor import Tensor, common_unit, line, rationals
from hwgen.model.exporters.qonnx.writer import QONNX, Writer
from hwgen.model.importers.qonnx.steps import Clip, Cut, Linear, Norm, Step, inverse, then
from hwgen.model.layers import BatchNorm, MultiThreshold, Quantise, Relu, Sign

__all__ = ["batch_norm", "counted", "multi_threshold", "quantise", "relu", "sign"]

Thresholds = NDArray[np.int64]

_HALF = Fraction(1, 2)

_MOST_THRESHOLDS = 1 << 16
"""Of all channels of one layer: each is found in exact arithmetic."""

_MOST_KEPT = 255
"""Thresholds that are all written, also those that nothing reaches."""

_MOST_MULTIPLE = 256
"""Of what leaves a `MultiThreshold`, in whole multiples of its unit; else it leaves counts."""


def batch_norm(writer: Writer, layer: BatchNorm, tensor: Tensor) -> Tensor:
    """No node: a step on the way to the next activation, or to the scores."""
    figures = (layer.gamma, layer.beta, layer.mean)
    gamma, beta, mean = (rationals(tensor.channels, figure.tolist()) for figure in figures)
    variance = rationals(tensor.channels, layer.variance.tolist()) + Fraction(layer.epsilon)
    return tensor.after(Norm(gamma, beta, mean, variance))


def relu(writer: Writer, layer: Relu, tensor: Tensor) -> Tensor:
    """``Relu``, where the values are those of the description times a positive number."""
    match tensor.steps:
        case ():
            plain = True
        case (Linear(slope=slope, offset=offset),):
            plain = bool((slope > 0).all() and (offset == 0).all())
        case _:
            plain = False
    if not plain:
        return tensor.after(Clip(Fraction(0), None))
    writer.node("Relu", [tensor.name], layer.name, dims=tensor.dims)
    return replace(tensor, name=layer.name, low=max(tensor.low, 0), high=max(tensor.high, 0))


def sign(writer: Writer, layer: Sign, tensor: Tensor) -> Tensor:
    """``BipolarQuant``, behind what brings each channel's threshold to 0."""
    tensor = risen(writer, tensor, layer.name)
    reached = _thresholds(tensor, [[Cut(Fraction(0))]])
    source = tensor.name
    if reached.any() or not tensor.exact:
        figures = _figures(tensor, reached)[:, 0]
        array = figures[:1] if (figures == figures[0]).all() else tensor.by_channel(figures)
        by = writer.array(f"{layer.name}/thresholds", array, exact=tensor.exact)
        source = writer.node("Sub", [source, by], f"{layer.name}/shifted", dims=tensor.dims)
        writer.check_reach(2 * tensor.reach + 1)
    scale = writer.array("1", [1])
    writer.node("BipolarQuant", [source, scale], layer.name, domain=QONNX, dims=tensor.dims)
    return _made(tensor, layer.name, Fraction(1), -1, 1)


def quantise(writer: Writer, layer: Quantise, tensor: Tensor) -> Tensor:
    """``Quant``, or ``MultiThreshold`` where more than exact values are to be rounded."""
    low, high = layer.levels
    step, even = layer.scales[0], layer.rounding == "half_even"
    if tensor.steps or not tensor.exact or layer.by_channel:
        tensor = risen(writer, tensor, layer.name)
        rows = [
            [Cut((k - _HALF) * step, strict=even and k % 2 == 1) for k in range(low + 1, high + 1)]
            for step in layer.scales
        ]
        first, last = 0, len(rows[0])
        if last > _MOST_KEPT and not layer.by_channel:
            first, last = _met(tensor, rows[0])
        reached = _thresholds(tensor, [row[first:last] for row in rows])
        if layer.by_channel:
            counts = counted(writer, tensor, reached, Fraction(1), Fraction(0), layer.name)
            scales = rationals(tensor.channels, layer.scales)
            return replace(counts, steps=then((), line(tensor.channels, scales, low * scales)))
        return counted(writer, tensor, reached, step, (low + first) * step, layer.name)
    source = tensor.name
    if (tensor.unit / step).denominator > 1 and not even:
        # Halves go up, whatever their sign: the floor of a half more.
        writer.check_reach(2 * tensor.reach + int(step / tensor.unit))
        half = writer.array(f"{layer.name}/half", [step / 2])
        source = writer.node("Add", [source, half], f"{layer.name}/raised", dims=tensor.dims)
    given = [
        writer.array(f"{layer.name}/{what}", [value])
        for what, value in (("scale", step), ("zero", Fraction(0)), ("bits", Fraction(layer.bits)))
    ]
    writer.node("Quant", [source, *given], layer.name, domain=QONNX, dims=tensor.dims,
                signed=int(layer.signed), narrow=int(layer.narrow),
                rounding_mode="ROUND" if even else "FLOOR")  # fmt: skip
    return _made(tensor, layer.name, step, low, high)


def multi_threshold(writer: Writer, layer: MultiThreshold, tensor: Tensor) -> Tensor:
    """``MultiThreshold``, of the least integers that reach each threshold."""
    tensor = risen(writer, tensor, layer.name)
    rows = [[Cut(Fraction(value)) for value in row] for row in layer.thresholds.tolist()]
    reached = _thresholds(tensor, rows)
    return counted(writer, tensor, reached, layer.out_scale, layer.out_bias, layer.name)


def counted(
    writer: Writer, tensor: Tensor, reached: Thresholds, scale: Fraction, bias: Fraction, name: str
) -> Tensor:
    """``scale * k + bias``, k being how many of a channel's integers ``reached`` are."""
    count = reached.shape[1]
    unit = common_unit([scale, bias])
    simple = unit.numerator == 1 and writer.holds(unit) and unit.denominator < 1 << 24
    inside = simple and max(abs(bias / unit), scale / unit) <= _MOST_MULTIPLE
    given = (scale, bias) if inside else (Fraction(1), Fraction(0))
    ordered = reached if tensor.order is None else reached[tensor.order]
    rows = ordered[:1] if (ordered == ordered[0]).all() else ordered
    array = writer.array(f"{name}/thresholds", _figures(tensor, rows), exact=tensor.exact)
    writer.node(
        "MultiThreshold", [tensor.name, array], name, domain=QONNX, dims=tensor.dims,
        out_scale=float(given[0]), out_bias=float(given[1]), out_dtype=_dtype(given, count),
        data_layout="NC" if tensor.row else "NCHW",
    )  # fmt: skip
    if inside:
        ends = (int(bias / unit), int((bias + count * scale) / unit))
        return _made(tensor, name, unit, *ends)
    made = _made(tensor, name, Fraction(1), 0, count)
    return replace(made, steps=then((), line(tensor.channels, scale, bias)))


def _dtype(given: tuple[Fraction, Fraction], count: int) -> str:
    """The name that FINN has for the numbers that leave."""
    scale, bias = given
    if (scale, bias, count) == (2, -1, 1):
        return "BIPOLAR"
    if scale.denominator > 1 or bias.denominator > 1:
        return "FLOAT32"
    low, high = int(bias), int(bias + scale * count)
    if low >= 0:
        return f"UINT{max(high.bit_length(), 1)}"
    return f"INT{max((-low - 1).bit_length(), max(high, 0).bit_length()) + 1}"


def _made(tensor: Tensor, name: str, unit: Fraction, low: int, high: int) -> Tensor:
    return replace(
        tensor, name=name, unit=unit, low=low, high=high, steps=(), exact=True
    )  # fmt: skip


def _met(tensor: Tensor, cuts: list[Cut]) -> tuple[int, int]:
    """From which to which of ascending cuts some integer of some channel parts; one at least."""
    steps, places = tensor.of_integers(), range(len(cuts))
    first, last = len(cuts) - 1, 0
    for channel in range(tensor.channels):

        def least(k: int, channel: int = channel) -> int:
            return _least(tensor, steps, channel, cuts[k])

        first = min(first, bisect_right(places, tensor.low, key=least))
        last = max(last, bisect_right(places, tensor.high, key=least))
    return first, max(last, first + 1)


def _thresholds(tensor: Tensor, cuts: list[list[Cut]]) -> Thresholds:
    """The least integer of each channel that is in each cut; one row is for all channels."""
    steps, count = tensor.of_integers(), len(cuts[0])
    if count * tensor.channels > _MOST_THRESHOLDS:
        raise ModelError(
            f"rounds to more than {_MOST_THRESHOLDS:,} thresholds, {count:,} of each channel; "
            "QONNX is not written of it"
        )
    rows = cuts if len(cuts) > 1 else cuts * tensor.channels
    found = [
        [_least(tensor, steps, channel, cut) for cut in row] for channel, row in enumerate(rows)
    ]
    return np.array(found, np.int64)


def _least(tensor: Tensor, steps: tuple[Step, ...], channel: int, wanted: Cut) -> int:
    """The least integer in a cut; none is further away than one beyond them all."""
    cut = inverse(steps, channel, wanted)
    if cut.always is not None:
        return tensor.low if cut.always else tensor.high + 1
    return min(max(cut.least(), tensor.low), tensor.high + 1)


def _figures(tensor: Tensor, reached: Thresholds) -> NDArray[Any]:
    """What values are compared with: half a unit below where those are rounded."""
    below = Fraction(0) if tensor.exact else _HALF
    return (reached.astype(object) - below) * tensor.unit
