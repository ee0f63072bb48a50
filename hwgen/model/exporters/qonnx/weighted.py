"""Layers with weights: ``Conv`` and ``MatMul`` of quantised weights."""

from dataclasses import replace
from fractions import Fraction

import numpy as np

from hwgen.errors import ModelError
from hwgen.model.exporters.qonnx.forms import as_map, as_row, uniform
from hwgen.model.exporters.qonnx.tensor import Tensor, line, rationals
from hwgen.model.exporters.qonnx.writer import QONNX, Writer
from hwgen.model.importers.qonnx.steps import then
from hwgen.model.kinds.padding import Padding
from hwgen.model.layers import Affine, Conv2d, Dense, DepthwiseConv2d, Input
from hwgen.model.shapes import output_shape, resolve_padding

__all__ = ["conv2d", "dense"]


def conv2d(writer: Writer, layer: Conv2d, tensor: Tensor, picture: Input) -> Tensor:
    """``Conv``; where padding stands for another number than 0, behind a ``Pad``."""
    tensor = as_map(writer, tensor, layer.name)
    tensor, slope, offset = uniform(writer, tensor, layer.name)
    top, bottom, left, right = resolve_padding(layer, tensor.shape)
    pads, out = [top, left, bottom, right], output_shape(layer, tensor.shape)
    if any(pads):
        blank = (_padded(layer.padding, tensor, picture) - offset) / slope
        tensor, shift, pads = _pad(writer, tensor, blank, pads, layer.name)
        offset = offset + slope * shift
    weights = layer.weights.astype(np.int64)
    depthwise = isinstance(layer, DepthwiseConv2d)
    given = _weights(writer, layer, weights.transpose(0, 3, 1, 2))
    writer.node(
        "Conv", [tensor.name, given], layer.name, dims=(1, out[2], *out[:2]),
        kernel_shape=list(weights.shape[1:3]), strides=list(layer.stride),
        dilations=list(layer.dilation), pads=pads, group=len(weights) if depthwise else 1,
    )  # fmt: skip
    rows = weights.sum(axis=(1, 2))
    made = replace(tensor, name=layer.name, shape=out)
    return _sums(writer, made, layer, weights, slope, _shifts(rows, offset, each=depthwise))


def dense(writer: Writer, layer: Dense, tensor: Tensor) -> Tensor:
    """``MatMul``, of weights in the order in which the file has its inputs."""
    tensor = as_row(writer, tensor, layer.name)
    tensor, slope, offset = uniform(writer, tensor, layer.name)
    weights = layer.weights.astype(np.int64)
    ordered = weights if tensor.order is None else weights[:, tensor.order]
    given = _weights(writer, layer, ordered.T)
    writer.node("MatMul", [tensor.name, given], layer.name, dims=(1, len(weights)))
    made = replace(tensor, name=layer.name, shape=(1, 1, len(weights)), order=None)
    return _sums(writer, made, layer, weights, slope, _shifts(weights, offset))


def _weights(writer: Writer, layer: Conv2d | Dense, weights: np.ndarray) -> str:
    """Real numbers, and the quantiser that makes the layer's weights of them."""
    scale = Fraction(1, 1 << layer.weight_fraction_bits)
    # Weights have at most 16 bits, so that their floats are exact.
    real = writer.array(f"{layer.name}/real", weights * float(scale))
    given = [real, writer.array(f"{layer.name}/weights/scale", [scale])]
    name = f"{layer.name}/weights"
    if layer.weight_bits == 1:
        return writer.node("BipolarQuant", given, name, domain=QONNX, dims=weights.shape)
    given.append(writer.array("0", [0]))
    given.append(writer.array(f"{name}/bits", [layer.weight_bits]))
    return writer.node("Quant", given, name, domain=QONNX, dims=weights.shape,
                       signed=1, narrow=0, rounding_mode="ROUND")  # fmt: skip


def _padded(padding: Padding, tensor: Tensor, picture: Input) -> np.ndarray:
    """What padding stands for in each channel."""
    if padding.pixel is None:
        return line(tensor.channels, padding.value).slope
    transform = picture.transform
    if isinstance(transform, Affine):
        number = transform.scale * padding.pixel + transform.offset
        return line(tensor.channels, number).slope
    levels = transform.values[:, padding.pixel - picture.low].tolist()
    return line(tensor.channels, levels if len(levels) > 1 else levels[0]).slope * transform.scale


def _pad(
    writer: Writer, tensor: Tensor, blank: np.ndarray, pads: list[int], layer: str
) -> tuple[Tensor, np.ndarray, list[int]]:
    """What the convolution reads, what was subtracted of it, and its own padding with 0.

    Where the numbers to pad with differ, they are subtracted first, so that 0 stands for them.
    """
    nothing = line(tensor.channels).offset
    if not blank.any():
        return tensor, nothing, pads
    if not writer.holds(*blank):
        raise ModelError("pads with a number between those that its input has; it is not written")
    finest = max((number / tensor.unit).denominator for number in blank)
    unit = tensor.unit / finest
    reach = max(abs(number / unit).numerator for number in blank)
    if (blank == blank[0]).all():
        name = f"{layer}/padded"
        value = writer.array(f"{name}/value", blank[0])
        sides = [0, 0, *pads[:2], 0, 0, *pads[2:]]
        given = [tensor.name, writer.raw(f"{name}/sides", np.array(sides, np.int64)), value]
        height, width, channels = tensor.shape
        dims = (1, channels, height + pads[0] + pads[2], width + pads[1] + pads[3])
        writer.node("Pad", given, name, dims=dims)
        shift, pads, reach = nothing, [0] * 4, max(tensor.reach * finest, reach)
    else:
        name, shift = f"{layer}/shifted", blank
        by = writer.array(f"{name}/by", tensor.by_channel(blank))
        writer.node("Sub", [tensor.name, by], name, dims=tensor.dims)
        reach += tensor.reach * finest
    writer.check_reach(reach)
    return replace(tensor, name=name, unit=unit, low=-reach, high=reach), shift, pads


def _shifts(rows: np.ndarray, offset: np.ndarray, *, each: bool = False) -> np.ndarray:
    """What offsets of inputs come to in each output; of its own input alone where ``each``."""
    if each:
        return rows[:, 0].astype(object) * offset
    if (offset == offset[0]).all():
        return rows.sum(axis=1).astype(object) * offset[0]
    return rows.astype(object) @ offset


def _sums(
    writer: Writer, tensor: Tensor, layer: Conv2d | Dense, weights: np.ndarray, slope: Fraction,
    shifts: np.ndarray,
) -> Tensor:  # fmt: skip
    """What leaves; ``tensor`` has the unit and the reach of what was read."""
    most = int(np.abs(weights).reshape(len(weights), -1).sum(axis=1).max()) * tensor.reach
    writer.check_reach(most)
    scale = Fraction(1, 1 << layer.weight_fraction_bits)
    offsets = shifts * scale + rationals(len(weights), layer.bias)
    steps = then((), line(len(weights), slope, offsets))
    return replace(tensor, unit=tensor.unit * scale, low=-most, high=most, steps=steps)
