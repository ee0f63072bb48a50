"""Pools: maxima and means, over windows or whole maps."""

from typing import Any

from hwgen.errors import ModelError
from hwgen.model.importers.keras.settings import check_channels_last, flag, numbers
from hwgen.model.importers.keras.windows import window_node
from hwgen.model.importers.qonnx.layers import Layers
from hwgen.model.importers.qonnx.padding import laid
from hwgen.model.importers.qonnx.pools import average, maximum, over_all
from hwgen.model.importers.qonnx.tensor import Tensor

__all__ = ["POOLS", "WHOLE", "pooled", "pooled_whole"]

POOLS = {
    "MaxPooling1D": ("MaxPool", 1), "MaxPooling2D": ("MaxPool", 2), "MaxPool1D": ("MaxPool", 1),
    "MaxPool2D": ("MaxPool", 2), "AveragePooling1D": ("AveragePool", 1),
    "AveragePooling2D": ("AveragePool", 2), "AvgPool1D": ("AveragePool", 1),
    "AvgPool2D": ("AveragePool", 2),
}  # fmt: skip
"""Of each kind the operator, and how many axes its windows have."""

WHOLE = {
    "GlobalAveragePooling1D": "GlobalAveragePool", "GlobalAveragePooling2D": "GlobalAveragePool",
    "GlobalMaxPooling1D": "MaxPool", "GlobalMaxPooling2D": "MaxPool",
    "GlobalAvgPool2D": "GlobalAveragePool", "GlobalMaxPool2D": "MaxPool",
}  # fmt: skip


def pooled(layers: Layers, kind: str, config: dict[str, Any], tensor: Tensor) -> Tensor:
    """Maxima or means over windows; strides are the window's where none are given."""
    op, axes = POOLS[kind]
    size = numbers(config, "pool_size", axes, 2)
    node = window_node(op, config, tensor, size, default_stride=size)
    return (maximum if op == "MaxPool" else average)(layers, node, tensor)


def pooled_whole(layers: Layers, kind: str, config: dict[str, Any], tensor: Tensor) -> Tensor:
    """One number for each channel."""
    check_channels_last(config)
    if tensor.place.ndim < 3:
        raise ModelError("must read maps, not a row of numbers")
    made = over_all(layers, laid(layers, tensor), largest=WHOLE[kind] == "MaxPool")
    axes = tensor.place.ndim - 2
    made = made.placed(made.place.reshape(1, -1, *[1] * axes))
    return made if flag(config, "keepdims", False) else made.placed(made.place.reshape(1, -1))
