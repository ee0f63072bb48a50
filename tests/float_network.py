"""Any description in float64, layer by layer: a plain reading of docs/description.md."""

import numpy as np

from hwgen.model import (
    Add,
    Affine,
    AveragePool,
    BatchNorm,
    Concat,
    Conv2d,
    Dense,
    DepthwiseConv2d,
    Flatten,
    MaxPool,
    Model,
    Quantise,
    Relu,
    Sign,
    infer_shapes,
    resolve_padding,
)

__all__ = ["computed"]


def computed(model: Model, picture: np.ndarray) -> dict[str, np.ndarray]:
    """What each layer puts out for one picture (height, width, channels), by its name."""
    assert isinstance(model.input.transform, Affine)
    scale, offset = float(model.input.transform.scale), float(model.input.transform.offset)
    values = {"input": picture * scale + offset}
    for layer in model.layers:
        read = [values[name] for name in layer.inputs]
        match layer:
            case Conv2d():
                values[layer.name] = convolved(layer, read[0], scale, offset)
            case Dense():
                weights = layer.weights * 2.0**-layer.weight_fraction_bits
                values[layer.name] = read[0] @ weights.T
            case BatchNorm():
                slope = layer.gamma / np.sqrt(layer.variance + layer.epsilon)
                values[layer.name] = (read[0] - layer.mean) * slope + layer.beta
            case Sign():
                values[layer.name] = np.where(read[0] >= 0, 1.0, -1.0)
            case Relu():
                values[layer.name] = np.maximum(read[0], 0)
            case Quantise():
                low = -(1 << layer.bits - 1) if layer.signed else 0
                high = (1 << layer.bits - layer.signed) - 1
                step = float(layer.scales[0])
                values[layer.name] = np.clip(np.floor(read[0] / step + 0.5), low, high) * step
            case MaxPool() | AveragePool():
                values[layer.name] = pooled(layer, read[0], infer_shapes(model)[layer.name])
            case Add():
                values[layer.name] = sum(read)
            case Concat():
                values[layer.name] = np.concatenate(read, axis=2)
            case Flatten():
                values[layer.name] = read[0].reshape(1, 1, -1)
    return values


def convolved(layer: Conv2d, read: np.ndarray, scale: float, offset: float) -> np.ndarray:
    top, bottom, left, right = resolve_padding(layer, read.shape)
    pad = layer.padding.value if layer.padding.pixel is None else (
        layer.padding.pixel * scale + offset
    )  # fmt: skip
    framed = np.pad(read, ((top, bottom), (left, right), (0, 0)), constant_values=pad)
    windows = np.lib.stride_tricks.sliding_window_view(framed, layer.weights.shape[1:3], (0, 1))
    windows = windows[:: layer.stride[0], :: layer.stride[1]]
    weights = layer.weights * 2.0**-layer.weight_fraction_bits
    if isinstance(layer, DepthwiseConv2d):
        return np.einsum("yxcij,cij->yxc", windows, weights[..., 0])
    return np.tensordot(windows, weights, axes=((2, 3, 4), (3, 1, 2)))


def pooled(layer: MaxPool | AveragePool, read: np.ndarray, shape: tuple) -> np.ndarray:
    reduce = np.max if isinstance(layer, MaxPool) else np.mean
    out = np.empty(shape)
    for y, x in np.ndindex(shape[:2]):
        rows = slice(y * layer.stride[0], y * layer.stride[0] + layer.window[0])
        columns = slice(x * layer.stride[1], x * layer.stride[1] + layer.window[1])
        out[y, x] = reduce(read[rows, columns], axis=(0, 1))
    return out
