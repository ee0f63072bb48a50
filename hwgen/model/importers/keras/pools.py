"""Pools: maxima and means, over windows or whole maps."""

from typing import Any

from hwgen.errors import ModelError
from hwgen.model.importers.keras.flow import Flow
from hwgen.model.importers.keras.settings import check_channels_last, flag, numbers
from hwgen.model.importers.keras.windows import window_node
from hwgen.model.importers.qonnx.layers import Layers
from hwgen.model.importers.qonnx.pools import average, average_all, maximum
from hwgen.model.importers.qonnx.tensor import Tensor
from hwgen.readers.onnx_file import Node

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


def pooled(layers: Layers, kind: str, config: dict[str, Any], flow: Flow) -> Tensor:
    """Maxima or means over windows; strides are the window's where none are given."""
    op, axes = POOLS[kind]
    size = numbers(config, "pool_size", axes, 2)
    node = window_node(op, config, flow.plain, size, default_stride=size)
    return (maximum if op == "MaxPool" else average)(layers, node, flow.plain)


def pooled_whole(layers: Layers, kind: str, config: dict[str, Any], flow: Flow) -> Tensor:
    """One number for each channel."""
    check_channels_last(config)
    op, tensor = WHOLE[kind], flow.plain
    sizes = list(tensor.place.shape[2:])
    if not sizes:
        raise ModelError("must read maps, not a row of numbers")
    node = Node(op, "", "", (), (), {"kernel_shape": sizes, "strides": sizes})
    if op == "MaxPool":
        made = maximum(layers, node, tensor)
    else:
        made = average_all(layers, node, tensor, None)
    return made if flag(config, "keepdims", False) else made.placed(made.place.reshape(1, -1))
