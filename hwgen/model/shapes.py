"""Shapes of the feature maps, and the padding that ``same`` stands for."""

from collections.abc import Sequence
from math import prod

from hwgen.errors import ModelError, located, times
from hwgen.model.layers import (
    INPUT_NAME,
    Add,
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
    Quantise,
    Relu,
    Sign,
)

__all__ = [
    "MAX_ELEMENTS",
    "Shape",
    "check_elements",
    "check_flat",
    "infer_shapes",
    "output_shape",
    "reach_of",
    "resolve_padding",
]

Shape = tuple[int, int, int]
"""(height, width, channels)"""

MAX_ELEMENTS = 1 << 24
"""Elements a feature map may have, so that no description asks for gigabytes."""


def reach_of(layer: Conv2d | MaxPool) -> tuple[int, int]:
    """Rows and columns from the first to the last tap of a kernel, or of a window."""
    if isinstance(layer, MaxPool):
        return layer.window
    rows, columns = (
        (taps - 1) * step + 1
        for taps, step in zip(layer.weights.shape[1:3], layer.dilation, strict=True)
    )
    return (rows, columns)


def resolve_padding(layer: Conv2d | MaxPool, in_shape: Shape) -> tuple[int, int, int, int]:
    """Count the rows and columns that a convolution or a maximum adds around its input.

    Parameters
    ----------
    layer : Conv2d or MaxPool
    in_shape : tuple of int
        (height, width, channels) of its input.

    Returns
    -------
    tuple of int
        (top, bottom, left, right). For ``"same"`` the output has ``ceil(input / stride)`` rows
        and columns, and an odd extra one goes to the bottom or right.
    """
    padding = layer.padding
    if padding.mode == "valid":
        return (0, 0, 0, 0)
    if padding.mode == "explicit":
        return (padding.top, padding.bottom, padding.left, padding.right)
    counts = []
    for size, reach, stride in zip(in_shape, reach_of(layer), layer.stride, strict=False):
        total = max((-(-size // stride) - 1) * stride + reach - size, 0)
        counts += [total // 2, total - total // 2]
    top, bottom, left, right = counts
    return (top, bottom, left, right)


def output_shape(layer: Layer, in_shape: Shape, *more: Shape) -> Shape:
    """Compute the shape a layer puts out.

    Parameters
    ----------
    layer : Layer
        Its own fields must be in order (``verify.check_layer``).
    in_shape, *more : tuple of int
        (height, width, channels) of its inputs, in order.

    Raises
    ------
    ModelError
        If the layer cannot read this shape, or the output is larger than ``MAX_ELEMENTS``.
    """
    channels = in_shape[2]
    match layer:
        case Conv2d():
            shape = _conv2d_shape(layer, in_shape)
        case Dense(weights=weights):
            check_flat(in_shape)
            if weights.shape[1] != channels:
                raise ModelError(
                    f"weights take {weights.shape[1]} inputs, but the input has {channels}"
                )
            shape = (1, 1, weights.shape[0])
        case BatchNorm(gamma=gamma):
            if len(gamma) != channels:
                raise ModelError(
                    f"figures are for {len(gamma)} channels, but the input has {channels}"
                )
            shape = in_shape
        case Sign() | Relu() | Quantise():
            shape = in_shape
        case MaxPool() | AveragePool():
            shape = _pool_shape(layer, in_shape)
        case Add():
            shape = _add_shape(layer.inputs, (in_shape, *more))
        case Concat():
            shape = _concat_shape(layer.inputs, (in_shape, *more))
        case Flatten():
            shape = (1, 1, prod(in_shape))
        case _:
            raise ModelError(f"kind {layer.kind!r} is not built by this version")
    check_elements("output", shape)
    return shape


def infer_shapes(model: Model) -> dict[str, Shape]:
    """Compute the shape of each feature map of a verified model.

    Returns
    -------
    dict
        (height, width, channels) by layer name; ``"input"`` is the picture.

    Raises
    ------
    ModelError
        If shapes do not chain.
    """
    picture = model.input
    shapes = {INPUT_NAME: (picture.height, picture.width, picture.channels)}
    for layer in model.layers:
        with located(f"{model.source}: layer {layer.name!r}"):
            shapes[layer.name] = output_shape(layer, *(shapes[name] for name in layer.inputs))
    return shapes


def check_elements(what: str, shape: tuple[int, ...]) -> None:
    """Refuse a feature map that is too large, before anybody allocates it."""
    if prod(shape) > MAX_ELEMENTS:
        raise ModelError(
            f"{what} of {times(shape)} has {prod(shape)} elements, "
            f"but at most {MAX_ELEMENTS} (2**24) are allowed"
        )


def check_flat(in_shape: Shape) -> None:
    """Refuse a shape that a dense layer cannot read."""
    if in_shape[:2] != (1, 1):
        raise ModelError(
            f"dense reads 1 x 1 pixels, but its input is {times(in_shape)}: "
            "put a flatten layer before it"
        )


def _conv2d_shape(layer: Conv2d, in_shape: Shape) -> Shape:
    height, width, channels = in_shape
    filters, _, _, in_channels = layer.weights.shape
    kernel = reach_of(layer)
    if isinstance(layer, DepthwiseConv2d):
        in_channels = filters
    if in_channels != channels:
        raise ModelError(f"weights take {in_channels} channels, but the input has {channels}")
    top, bottom, left, right = resolve_padding(layer, in_shape)
    padded = (height + top + bottom, width + left + right)
    check_elements("padded input", (*padded, channels))
    if kernel[0] > padded[0] or kernel[1] > padded[1]:
        dilated = ", dilated," if max(layer.dilation) > 1 else ""
        raise ModelError(
            f"kernel {times(kernel)}{dilated} is larger than its input {times(padded)}"
        )
    rows, columns = (
        (size - k) // stride + 1
        for size, k, stride in zip(padded, kernel, layer.stride, strict=True)
    )
    return (rows, columns, filters)


def _add_shape(names: Sequence[str], shapes: Sequence[Shape]) -> Shape:
    for name, shape in zip(names, shapes, strict=True):
        if shape != shapes[0]:
            raise ModelError(
                f"adds layers of one shape, but {names[0]!r} is {times(shapes[0])} "
                f"and {name!r} is {times(shape)}"
            )
    return shapes[0]


def _concat_shape(names: Sequence[str], shapes: Sequence[Shape]) -> Shape:
    for name, shape in zip(names, shapes, strict=True):
        if shape[:2] != shapes[0][:2]:
            raise ModelError(
                f"joins layers of one height and width, but {names[0]!r} is "
                f"{times(shapes[0][:2])} and {name!r} is {times(shape[:2])}"
            )
    return (*shapes[0][:2], sum(shape[2] for shape in shapes))


def _pool_shape(layer: MaxPool | AveragePool, in_shape: Shape) -> Shape:
    counts = []
    padding = resolve_padding(layer, in_shape) if isinstance(layer, MaxPool) else (0,) * 4
    sides = (padding[:2], padding[2:])
    for inner, window, stride, (before, after) in zip(
        in_shape, layer.window, layer.stride, sides, strict=False
    ):
        size = inner + before + after
        if isinstance(layer, MaxPool) and layer.ceil:
            # A window has to start inside the input, or its maximum would be over nothing.
            starts = -(-(before + inner) // stride)
            counts.append(min(-((window - size) // stride) + 1, starts))
        else:
            counts.append((size - window) // stride + 1)
    rows, columns = counts
    if rows < 1 or columns < 1:
        raise ModelError(
            f"window {times(layer.window)} is larger than its input {times(in_shape[:2])}"
        )
    return (rows, columns, in_shape[2])
