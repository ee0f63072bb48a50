"""Windows that move over maps, as Keras describes them, in the form of the functions for graphs."""

from typing import Any

from hwgen.errors import ModelError
from hwgen.model.importers.keras.settings import check_channels_last, numbers, word
from hwgen.model.importers.qonnx.tensor import Tensor
from hwgen.readers.onnx_file import Node

__all__ = ["window_node"]


def window_node(
    op: str,
    config: dict[str, Any],
    tensor: Tensor,
    size: list[int],
    *,
    default_stride: list[int] | None = None,
    groups: int = 1,
) -> Node:
    """A node with strides, dilations and padding.

    Parameters
    ----------
    op : str
        What the function that takes it calls it.
    size : list of int
        Rows and columns of the window; of signals its columns alone.
    """
    check_channels_last(config)
    axes = len(size)
    if tensor.place.ndim != axes + 2:
        raise ModelError(f"must read maps of {axes + 1} axes, not of {tensor.place.ndim - 1}")
    given = config.get("strides")
    step = default_stride if given is None else None
    strides = numbers(config, "strides", axes, 1) if step is None else list(step)
    dilations = numbers(config, "dilation_rate", axes, 1)
    known = ("valid", "same", "causal") if op == "Conv" and axes == 1 else ("valid", "same")
    rule = word(config, "padding", known, "valid")
    befores, afters = [], []
    for window in zip(tensor.sizes[2:], size, strides, dilations, strict=True):
        before, after = _padding(rule, *window)
        befores.append(before)
        afters.append(after)
    attributes = {
        "kernel_shape": size,
        "strides": strides,
        "dilations": dilations,
        "pads": [*befores, *afters],
        "group": groups,
    }
    return Node(op, "", "", (), (), attributes)


def _padding(rule: str, outer: int, tap: int, stride: int, gap: int) -> tuple[int, int]:
    """How many places are added before and behind: of an odd number the one more is behind."""
    reach = (tap - 1) * gap
    match rule:
        case "valid":
            return 0, 0
        case "causal":
            return reach, 0
    total = max((-(-outer // stride) - 1) * stride + reach + 1 - outer, 0)
    return total // 2, total - total // 2
