"""What a description means, one number at a time: slow, literal, and exact.

Values are integers or fractions; a batch-normalised one is kept as the parts of its formula.
Nothing is shared with the golden model but the description itself.
"""

from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import product
from typing import Any, NamedTuple, assert_never

import numpy as np
from numpy.typing import NDArray

from hwgen.model.layers import (
    Add,
    Affine,
    AveragePool,
    BatchNorm,
    Concat,
    Conv2d,
    Dense,
    DepthwiseConv2d,
    Flatten,
    Layer,
    MaxPool,
    Model,
    MultiThreshold,
    Quantise,
    Relu,
    Sign,
)

Values = NDArray[Any]
"""Object array (H, W, C)."""


class Normalised(NamedTuple):
    """``scaled / sqrt(spread) + beta`` with ``scaled = gamma * (x - mean)``."""

    scaled: Fraction
    spread: Fraction
    beta: Fraction

    def is_negative(self) -> bool:
        """Compare ``scaled`` with ``-beta * sqrt(spread)``, through their squares."""
        a, b = self.scaled, -self.beta
        if a >= 0 and b <= 0:
            return False
        if a < 0 and b >= 0:
            return True
        square = b * b * self.spread
        return a * a < square if a >= 0 else a * a > square

    def decimal(self) -> Decimal:
        """Return the value to about 200 digits."""
        with localcontext() as context:
            context.prec = 250
            return _decimal(self.scaled) / _decimal(self.spread).sqrt() + _decimal(self.beta)


def evaluate(model: Model, image: NDArray[np.integer[Any]]) -> dict[str, Values]:
    """Compute one frame; values by layer name."""
    values: dict[str, Values] = {"input": picture(model, image)}
    for layer in model.layers:
        values[layer.name] = _layer(model, layer, *(values[name] for name in layer.inputs))
    return values


def pixel(model: Model, channel: int, level: int) -> Fraction:
    """What a pixel stands for."""
    transform = model.input.transform
    if isinstance(transform, Affine):
        return transform.scale * level + transform.offset
    row = 0 if len(transform.values) == 1 else channel
    return transform.scale * int(transform.values[row, level - model.input.low])


def picture(model: Model, image: NDArray[np.integer[Any]]) -> Values:
    values = np.empty(image.shape, object)
    for y, x, c in np.ndindex(image.shape):
        values[y, x, c] = pixel(model, c, int(image[y, x, c]))
    return values


def pads(layer: Conv2d | MaxPool, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Rows above and columns left of the input, and rows and columns of the output."""
    given = layer.padding
    result = []
    for axis, (before, after) in enumerate([(given.top, given.bottom), (given.left, given.right)]):
        size, stride = shape[axis], layer.stride[axis]
        k = window_reach(layer, axis)
        if given.mode == "same":
            count = -(-size // stride)
            before = max(0, (count - 1) * stride + k - size) // 2
        else:
            explicit = given.mode == "explicit"
            before, after = (before, after) if explicit else (0, 0)
            count = (size + before + after - k) // stride + 1
        result.append((before, count))
    return result[0][0], result[1][0], result[0][1], result[1][1]


def window_reach(layer: Conv2d | MaxPool, axis: int) -> int:
    """From the first to the last row (axis 0) or column of a kernel or a window."""
    if isinstance(layer, MaxPool):
        return layer.window[axis]
    return len(range((layer.weights.shape[1 + axis] - 1) * layer.dilation[axis] + 1))


def _layer(model: Model, layer: Layer, *sources: Values) -> Values:
    x = sources[0]
    match layer:
        case Conv2d():
            return _conv2d(model, layer, x)
        case Dense():
            flat = x.reshape(-1)
            out = np.empty((1, 1, len(layer.weights)), object)
            unit = Fraction(1, 2**layer.weight_fraction_bits)
            for n, row in enumerate(layer.weights.tolist()):
                total = sum(w * unit * value for w, value in zip(row, flat, strict=True))
                out[0, 0, n] = total + layer.bias[n % len(layer.bias)]
            return out
        case BatchNorm():
            return _batch_norm(layer, x)
        case MaxPool():
            return _max_pool(layer, x)
        case Sign():
            out = np.empty(x.shape, object)
            for at in np.ndindex(x.shape):
                value = x[at]
                negative = value.is_negative() if isinstance(value, Normalised) else value < 0
                out[at] = -1 if negative else 1
            return out
        case Flatten():
            return x.reshape(1, 1, -1)
        case Relu():
            out = np.empty(x.shape, object)
            for at in np.ndindex(x.shape):
                out[at] = Fraction(0) if is_below(x[at], Fraction(0)) else x[at]
            return out
        case Quantise():
            out = np.empty(x.shape, object)
            for at in np.ndindex(x.shape):
                out[at] = _quantised(layer, x[at], layer.scales[at[2] % len(layer.scales)])
            return out
        case MultiThreshold():
            out = np.empty(x.shape, object)
            for at in np.ndindex(x.shape):
                row = layer.thresholds[at[2] if len(layer.thresholds) > 1 else 0].tolist()
                count = sum(not is_below(x[at], Fraction(limit)) for limit in row)
                out[at] = layer.out_scale * count + layer.out_bias
            return out
        case Add():
            return sum(sources[1:], x)
        case Concat():
            return np.concatenate(sources, axis=2)
        case AveragePool():
            return _average_pool(layer, x)
        case _:
            assert_never(layer)


def _conv2d(model: Model, layer: Conv2d, x: Values) -> Values:
    top, left, rows, columns = pads(layer, x.shape)
    weights = layer.weights.tolist()
    filters, ky, kx, channels = layer.weights.shape
    out = np.empty((rows, columns, filters), object)
    for r, q, n in np.ndindex(out.shape):
        total = 0
        for dy, dx, k in product(range(ky), range(kx), range(channels)):
            c = n if isinstance(layer, DepthwiseConv2d) else k
            y = r * layer.stride[0] + dy * layer.dilation[0] - top
            z = q * layer.stride[1] + dx * layer.dilation[1] - left
            if 0 <= y < x.shape[0] and 0 <= z < x.shape[1]:
                value = x[y, z, c]
            elif layer.padding.pixel is not None:
                value = pixel(model, c, layer.padding.pixel)
            else:
                value = layer.padding.value
            total += weights[n][dy][dx][k] * value
        unit = Fraction(1, 2**layer.weight_fraction_bits)
        out[r, q, n] = total * unit + layer.bias[n % len(layer.bias)]
    return out


def _batch_norm(layer: BatchNorm, x: Values) -> Values:
    figures = np.stack([layer.gamma, layer.beta, layer.mean, layer.variance], axis=1).tolist()
    out = np.empty(x.shape, object)
    for y, z, c in np.ndindex(x.shape):
        gamma, beta, mean, variance = map(Fraction, figures[c])
        out[y, z, c] = Normalised(
            gamma * (x[y, z, c] - mean), variance + Fraction(layer.epsilon), beta
        )
    return out


def _max_pool(layer: MaxPool, x: Values) -> Values:
    top, left, *counts = pads(layer, x.shape)
    if layer.ceil:
        for axis, (size, before) in enumerate(zip(x.shape[:2], (top, left), strict=True)):
            window, stride = layer.window[axis], layer.stride[axis]
            after = (layer.padding.bottom, layer.padding.right)[axis]
            end = size + (after if layer.padding.mode == "explicit" else 0)
            starts = range(-before, size, stride)
            # The first window that reaches the edge is the last.
            reaching = (k + 1 for k, s in enumerate(starts) if s + window >= end)
            counts[axis] = next(reaching, len(starts))
    out = np.empty((*counts, x.shape[2]), object)
    for r, q, c in np.ndindex(out.shape):
        y, z = r * layer.stride[0] - top, q * layer.stride[1] - left
        inside = x[max(y, 0) : y + layer.window[0], max(z, 0) : z + layer.window[1], c]
        # Normalised values of a channel differ in their first part only, which orders them.
        out[r, q, c] = max(inside.flat)
    return out


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def is_below(value: Any, bound: Fraction) -> bool:
    """Compare a value, batch-normalised or not, with a rational."""
    if isinstance(value, Normalised):
        return value._replace(beta=value.beta - bound).is_negative()
    return value < bound


def is_above(value: Any, bound: Fraction) -> bool:
    """Compare a value, batch-normalised or not, with a rational."""
    if isinstance(value, Normalised):
        scaled, spread, beta = value
        return Normalised(-scaled, spread, bound - beta).is_negative()
    return value > bound


def _quantised(layer: Quantise, value: Any, unit: Fraction) -> Fraction:
    """The last step of the range whose lower end is not above the value.

    Halves go up; where they go to the even one, the lower end of an odd step is not part of it.
    """
    low = -(2 ** (layer.bits - 1)) if layer.signed else 0
    below, above = low, low + 2**layer.bits
    if layer.narrow:
        below, above = (below + 1, above) if layer.signed else (below, above - 1)
    while above - below > 1:
        middle = (below + above) // 2
        end = (middle - Fraction(1, 2)) * unit
        outside = is_below(value, end)
        if layer.rounding == "half_even" and middle % 2:
            outside = not is_above(value, end)
        if outside:
            above = middle
        else:
            below = middle
    return below * unit


def _average_pool(layer: AveragePool, x: Values) -> Values:
    (ky, kx), (sy, sx) = layer.window, layer.stride
    rows, columns = (x.shape[0] - ky) // sy + 1, (x.shape[1] - kx) // sx + 1
    out = np.empty((rows, columns, x.shape[2]), object)
    for r, q, c in np.ndindex(out.shape):
        window = x[r * sy : r * sy + ky, q * sx : q * sx + kx, c]
        out[r, q, c] = sum(map(Fraction, window.reshape(-1))) / (ky * kx)
    return out
