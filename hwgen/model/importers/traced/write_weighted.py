"""Layers with weights, and batch normalisation, as nodes of ONNX."""

from typing import Any

import numpy as np

from hwgen.errors import ModelError
from hwgen.model.importers.traced.grid import grid
from hwgen.model.importers.traced.record import Value
from hwgen.model.importers.traced.writer import CUSTOM, Given, Writer

__all__ = ["addmm", "convolution", "linear", "normalised", "product"]


def _weights(writer: Writer, value: Value, given: Any, axis: int) -> Any:
    """Weights, quantised where they are integers times a scale of each output.

    In their own format the products are rounded; what they are products of is what is meant.
    """
    array = writer.array(given)
    found = grid(array, axis)
    if found is None:
        return array
    scale, bits = found
    return writer.add("Quant", value.label, array, scale, 0.0, float(bits), domain=CUSTOM, signed=1)


def convolution(writer: Writer, value: Value, given: Given) -> str:
    """A ``Conv``."""
    if given.get("transposed"):
        raise ModelError("is a transposed convolution; it is not imported")
    bias = given["bias"]
    extra = () if bias is None else (writer.array(bias),)
    return writer.add(
        "Conv",
        value.label,
        writer.name(given["input"]),
        _weights(writer, value, given["weight"], 0),
        *extra,
        strides=list(given["stride"]),
        pads=[*given["padding"]] * 2,
        dilations=list(given["dilation"]),
        group=given["groups"],
    )


def _flowing(given: Any) -> Any:
    if not isinstance(given, Value) or not given.flows:
        raise ModelError("multiplies a constant by a tensor; the tensor has to come first")
    return given


def addmm(writer: Writer, value: Value, given: Given) -> str:
    """A ``Gemm`` of a matrix (inputs, units)."""
    return writer.add(
        "Gemm",
        value.label,
        writer.name(_flowing(given["mat1"])),
        _weights(writer, value, given["mat2"], 1),
        writer.array(given["self"]),
        alpha=float(given["alpha"]),
        beta=float(given["beta"]),
    )


def product(writer: Writer, value: Value, given: Given) -> str:
    """A ``MatMul``."""
    other = given["mat2"] if "mat2" in given else given["other"]
    one = writer.name(_flowing(given["self"]))
    return writer.add("MatMul", value.label, one, _weights(writer, value, other, 1))


def linear(writer: Writer, value: Value, given: Given) -> str:
    """A ``Gemm`` of a matrix (units, inputs)."""
    bias = given["bias"]
    extra = () if bias is None else (writer.array(bias),)
    one = writer.name(_flowing(given["input"]))
    return writer.add(
        "Gemm", value.label, one, _weights(writer, value, given["weight"], 0), *extra, transB=1
    )


def normalised(writer: Writer, value: Value, given: Given) -> str:
    """A ``BatchNormalization`` by running figures."""
    if given.get("training"):
        raise ModelError(
            "normalises by the frames that it reads, not by running figures; "
            "batch normalisation has to track them"
        )
    units = given["input"].data.shape[1]
    figures = []
    defaults = (("weight", 1), ("bias", 0), ("running_mean", 0), ("running_var", 1))
    for what, default in defaults:
        one = given[what]
        figures.append(np.full(units, default, np.float64) if one is None else writer.array(one))
    name = writer.name(given["input"])
    return writer.add(
        "BatchNormalization", value.label, name, *figures, epsilon=float(given["eps"])
    )
