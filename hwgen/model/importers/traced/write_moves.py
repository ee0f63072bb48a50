"""Reshapes and pools as nodes of ONNX."""

from typing import Any

import numpy as np

from hwgen.errors import ModelError
from hwgen.model.importers.traced.record import Value
from hwgen.model.importers.traced.writer import Given, Writer

__all__ = ["adaptive", "average", "maximum", "mean", "moved", "turned"]


def moved(writer: Writer, value: Value, given: Given) -> str:
    """A ``Reshape``."""
    shape = np.array(value.data.shape, np.int64)
    return writer.add("Reshape", value.label, writer.name(given["self"]), shape)


def turned(writer: Writer, value: Value, given: Given) -> str:
    """A ``Transpose``."""
    read = given["self"]
    axes = list(range(read.data.ndim))
    match value.kind:
        case "permute":
            axes = [axis % read.data.ndim for axis in given["dims"]]
        case "t":
            axes.reverse()
        case _:
            one, other = (given[key] % read.data.ndim for key in ("dim0", "dim1"))
            axes[one], axes[other] = axes[other], axes[one]
    return writer.add("Transpose", value.label, writer.name(read), perm=axes)


def maximum(writer: Writer, value: Value, given: Given) -> str:
    """A ``MaxPool``."""
    return writer.add(
        "MaxPool",
        value.label,
        writer.name(given["self"]),
        **_window(given),
        dilations=list(given["dilation"]) * (2 // len(given["dilation"])),
        ceil_mode=int(given["ceil_mode"]),
    )


def _window(given: Given) -> dict[str, Any]:
    def pair(numbers: Any) -> list[int]:
        return [*numbers] * (2 // len(numbers))

    size = pair(given["kernel_size"])
    stride = pair(given["stride"]) if given["stride"] else size
    return {"kernel_shape": size, "strides": stride, "pads": pair(given["padding"]) * 2}


def average(writer: Writer, value: Value, given: Given) -> str:
    """An ``AveragePool``."""
    if given["divisor_override"]:
        raise ModelError("has a divisor of its own; means are imported")
    window, ceil = _window(given), int(given["ceil_mode"])
    return writer.add(
        "AveragePool", value.label, writer.name(given["self"]), **window, ceil_mode=ceil
    )


def adaptive(op: str) -> Any:
    """A pool whose windows follow from the size that it leaves."""

    def written(writer: Writer, value: Value, given: Given) -> str:
        read = given["self"]
        sizes = list(zip(read.data.shape[-2:], value.data.shape[-2:], strict=True))
        if any(size % made for size, made in sizes):
            raise ModelError("has windows of different sizes; those of one size are imported")
        size = [whole // made for whole, made in sizes]
        return writer.add(op, value.label, writer.name(read), kernel_shape=size, strides=size)

    return written


def mean(writer: Writer, value: Value, given: Given) -> str:
    """A ``ReduceMean``."""
    dims = given.get("dim") or list(range(given["self"].data.ndim))
    axes = [axis % given["self"].data.ndim for axis in dims]
    kept = int(bool(given.get("keepdim")))
    name = writer.name(given["self"])
    return writer.add("ReduceMean", value.label, name, axes=axes, keepdims=kept)
