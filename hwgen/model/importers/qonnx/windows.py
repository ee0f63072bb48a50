"""Attributes of what moves a window over a picture: sizes, strides, padding."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx.tensor import Tensor
from hwgen.readers.onnx_file import Node

__all__ = ["Window", "channels_of", "window_of"]

Pair = tuple[int, int]


@dataclass(frozen=True)
class Window:
    """Rows and columns of a window, of its steps, and from tap to tap.

    ``padding`` is (top, bottom, left, right).
    """

    size: Pair
    stride: Pair
    dilation: Pair
    padding: tuple[int, int, int, int]

    @property
    def padded(self) -> bool:
        """Whether anything is added around."""
        return any(self.padding)


def channels_of(tensor: Tensor) -> NDArray[np.int32]:
    """Channels of a tensor as the layer counts them; refuses one that is no map.

    A map is (1, channels, rows, columns), or (1, channels, columns).
    """
    order = tensor.order()
    if order is None:
        raise ModelError(
            f"must read frames of channels x rows x columns, not the shape {tensor.place.shape} "
            f"of {tensor.shape[0]} x {tensor.shape[1]} pixels of {tensor.channels} channels"
        )
    return order


def window_of(node: Node, tensor: Tensor, size: list[int] | None = None) -> Window:
    """Read the attributes; ``size`` is that of a kernel, where there is one.

    Signals, of one row, are pictures of one row.
    """
    channels_of(tensor)
    axes = tensor.place.ndim - 2
    given = node.attributes.get("kernel_shape", size)
    if size is not None and given is not None and list(given) != size:
        raise ModelError("has a kernel_shape that is not that of its weights")
    if given is None:
        raise ModelError("must have a kernel_shape")
    taps = _numbers("kernel_shape", list(given), axes, 1)
    strides = _numbers("strides", node.attributes.get("strides", [1] * axes), axes, 1)
    apart = _numbers("dilations", node.attributes.get("dilations", [1] * axes), axes, 1)
    auto = node.attributes.get("auto_pad", b"NOTSET")
    pads = _numbers("pads", node.attributes.get("pads", [0] * 2 * axes), 2 * axes, 0)
    if auto in (b"SAME_UPPER", b"SAME_LOWER"):
        pads = _same(tensor, taps, strides, apart, upper=auto == b"SAME_UPPER")
    elif auto == b"VALID":
        pads = [0] * 2 * axes
    elif auto != b"NOTSET":
        raise ModelError("has an unknown auto_pad")
    if axes == 1:
        taps, strides, apart = [1, *taps], [1, *strides], [1, *apart]
        pads = [0, pads[0], 0, pads[1]]
    top, left, bottom, right = pads
    return Window(
        (taps[0], taps[1]),
        (strides[0], strides[1]),
        (apart[0], apart[1]),
        (top, bottom, left, right),
    )


def _numbers(what: str, given: object, count: int, least: int) -> list[int]:
    if (
        not isinstance(given, list | tuple)
        or len(given) != count
        or not all(isinstance(number, int) and least <= number <= 65535 for number in given)
    ):
        raise ModelError(f"must have {count} numbers from {least} up as its {what}")
    return list(given)


def _same(
    tensor: Tensor, taps: list[int], strides: list[int], apart: list[int], *, upper: bool
) -> list[int]:
    befores, afters = [], []
    sizes = tensor.place.shape[2:]
    for size, tap, stride, gap in zip(sizes, taps, strides, apart, strict=True):
        reach = (tap - 1) * gap + 1
        total = max((-(-size // stride) - 1) * stride + reach - size, 0)
        less = total // 2
        befores.append(less if upper else total - less)
        afters.append(total - less if upper else less)
    return [*befores, *afters]
