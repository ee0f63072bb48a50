"""Operations of ATen as nodes of ONNX: one function for each that is known."""

from collections.abc import Callable
from math import isfinite
from typing import Any

import numpy as np

from hwgen.errors import ModelError
from hwgen.model.importers.traced.bounds import bounds
from hwgen.model.importers.traced.grid import grid
from hwgen.model.importers.traced.record import Value
from hwgen.model.importers.traced.simplify import Sum
from hwgen.model.importers.traced.writer import Writer

__all__ = ["write"]

Given = dict[str, Any]

_CUSTOM = "qonnx.custom_op.general"
_MOST_LEVEL = 255


def write(writer: Writer, value: Value) -> str:
    """Add what a value is; gives the name of the tensor.

    Raises
    ------
    ModelError
        If its operation is not known, or not in this form.
    """
    if isinstance(value, Sum):
        return _sum(writer, value)
    if value.kind not in _OPERATIONS:
        raise ModelError("is an operation of PyTorch that is not imported")
    given = _given(value)
    if value.result and value.kind not in ("max", "topk"):
        raise ModelError(f"gives {value.result + 1} tensors, of which only the first is imported")
    return _OPERATIONS[value.kind](writer, value, given)


def _given(value: Value) -> Given:
    """Arguments by name, with defaults."""
    found = {}
    for k, argument in enumerate(value.op._schema.arguments):
        if k < len(value.args):
            found[argument.name] = value.args[k]
        else:
            default = argument.default_value if argument.has_default_value() else None
            found[argument.name] = value.options.get(argument.name, default)
    return found


def _number(value: Value, number: float) -> np.ndarray:
    """A number as the module computes with it: in the tensor's own format."""
    kinds = {"torch.float32": np.float32, "torch.float16": np.float16}
    return np.asarray(number, kinds.get(str(value.data.dtype), np.float64))


def _sum(writer: Writer, value: Sum) -> str:
    parts, rest = [], _number(value, value.number)
    for term, factor in value.terms.items():
        if term.flows:
            name = writer.name(term)
            if factor == -1:
                name = writer.add("Neg", value.label, name)
            elif factor != 1:
                name = writer.add("Mul", value.label, name, factor)
            parts.append(name)
        else:
            rest = rest + factor * writer.array(term)
    name = parts[0]
    for other in parts[1:]:
        name = writer.add("Add", value.label, name, other)
    return writer.add("Add", value.label, name, rest) if rest.any() else name


def _scaled(op: str) -> Callable[[Writer, Value, Given], str]:
    def written(writer: Writer, value: Value, given: Given) -> str:
        one, other = given["self"], given["other"]
        if given.get("rounding_mode"):
            raise ModelError("rounds what it divides; it is not imported")
        if isinstance(other, Value) and other.flows:
            if (isinstance(one, Value) and one.flows) or op == "Div":
                raise ModelError("computes a product or quotient of tensors; it is not imported")
            one, other = other, one
        array = writer.array(other) if isinstance(other, Value) else _number(value, other)
        return writer.add(op, value.label, writer.name(one), array)

    return written


def _weights(writer: Writer, value: Value, given: Any, axis: int) -> Any:
    """Weights, quantised where they are integers times a scale of each output.

    In their own format the products are rounded; what they are products of is what is meant.
    """
    array = writer.array(given)
    found = grid(array, axis)
    if found is None:
        return array
    scale, bits = found
    return writer.add(
        "Quant", value.label, array, scale, 0.0, float(bits), domain=_CUSTOM, signed=1
    )


def _convolution(writer: Writer, value: Value, given: Given) -> str:
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


def _addmm(writer: Writer, value: Value, given: Given) -> str:
    return writer.add(
        "Gemm",
        value.label,
        writer.name(_flowing(given["mat1"])),
        _weights(writer, value, given["mat2"], 1),
        writer.array(given["self"]),
        alpha=float(given["alpha"]),
        beta=float(given["beta"]),
    )


def _product(writer: Writer, value: Value, given: Given) -> str:
    other = given["mat2"] if "mat2" in given else given["other"]
    one = writer.name(_flowing(given["self"]))
    return writer.add("MatMul", value.label, one, _weights(writer, value, other, 1))


def _linear(writer: Writer, value: Value, given: Given) -> str:
    bias = given["bias"]
    extra = () if bias is None else (writer.array(bias),)
    one = writer.name(_flowing(given["input"]))
    return writer.add(
        "Gemm", value.label, one, _weights(writer, value, given["weight"], 0), *extra, transB=1
    )


def _normalised(writer: Writer, value: Value, given: Given) -> str:
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


def _clipped(low: float | None = None, high: float | None = None) -> Any:
    """A ``Clip``; what the operation does not say of its ends is ``low`` and ``high``."""

    def written(writer: Writer, value: Value, given: Given) -> str:
        ends = {"min": low, "max": high}
        for end in ends:
            said = given.get(end, given.get(f"{end}_val"))
            if isinstance(said, Value):
                said = float(writer.array(said).reshape(-1)[0]) if said.data.numel() == 1 else None
                if said is None:
                    raise ModelError("clips at different ends; one number each is imported")
            ends[end] = said if said is not None else ends[end]
        attributes = {key: float(_number(value, e)) for key, e in ends.items() if e is not None}
        return writer.add("Clip", value.label, writer.name(given["self"]), **attributes)

    return written


def _rounded(writer: Writer, value: Value, given: Given) -> str:
    if given.get("decimals"):
        raise ModelError("rounds to decimals; it is not imported")
    low, high = bounds(value)
    if not (isfinite(low) and isfinite(high)) or max(-low, high) > _MOST_LEVEL:
        raise ModelError(
            "rounds what is not clipped to a range of at most 8 bits; clamp it before it"
        )
    signed = low < 0
    most = max(round(high), -round(low) - 1) if signed else round(high)
    bits = float(most.bit_length() + signed or 1)
    name = writer.name(given["self"])
    return writer.add(
        "Quant", value.label, name, 1.0, 0.0, bits, domain=_CUSTOM, signed=int(signed)
    )


def _cast(writer: Writer, value: Value, given: Given) -> str:
    if not value.data.is_floating_point():
        raise ModelError("makes integers of a tensor; it is not imported")
    return writer.name(given["self"])


def _moved(writer: Writer, value: Value, given: Given) -> str:
    shape = np.array(value.data.shape, np.int64)
    return writer.add("Reshape", value.label, writer.name(given["self"]), shape)


def _turned(writer: Writer, value: Value, given: Given) -> str:
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


def _maximum(writer: Writer, value: Value, given: Given) -> str:
    return writer.add(
        "MaxPool",
        value.label,
        writer.name(given["self"]),
        **_window(given),
        dilations=list(given["dilation"]) * (2 // len(given["dilation"])),
        ceil_mode=int(given["ceil_mode"]),
    )


def _window(given: Given) -> dict[str, list[int]]:
    def pair(numbers: Any) -> list[int]:
        return [*numbers] * (2 // len(numbers))

    size = pair(given["kernel_size"])
    stride = pair(given["stride"]) if given["stride"] else size
    return {"kernel_shape": size, "strides": stride, "pads": pair(given["padding"]) * 2}


def _average(writer: Writer, value: Value, given: Given) -> str:
    if given["divisor_override"]:
        raise ModelError("has a divisor of its own; means are imported")
    window, ceil = _window(given), int(given["ceil_mode"])
    return writer.add(
        "AveragePool", value.label, writer.name(given["self"]), **window, ceil_mode=ceil
    )


def _adaptive(op: str) -> Any:
    def written(writer: Writer, value: Value, given: Given) -> str:
        read = given["self"]
        sizes = list(zip(read.data.shape[-2:], value.data.shape[-2:], strict=True))
        if any(size % made for size, made in sizes):
            raise ModelError("has windows of different sizes; those of one size are imported")
        size = [whole // made for whole, made in sizes]
        return writer.add(op, value.label, writer.name(read), kernel_shape=size, strides=size)

    return written


def _mean(writer: Writer, value: Value, given: Given) -> str:
    dims = given.get("dim") or list(range(given["self"].data.ndim))
    axes = [axis % given["self"].data.ndim for axis in dims]
    kept = int(bool(given.get("keepdim")))
    name = writer.name(given["self"])
    return writer.add("ReduceMean", value.label, name, axes=axes, keepdims=kept)


def _joined(writer: Writer, value: Value, given: Given) -> str:
    tensors = given["tensors"]
    if not all(one.flows for one in tensors):
        raise ModelError("joins a tensor with a constant; that is not imported")
    names = [writer.name(one) for one in tensors]
    return writer.add("Concat", value.label, *names, axis=given["dim"])


def _padded(writer: Writer, value: Value, given: Given) -> str:
    dims, pads = given["self"].data.ndim, list(given["pad"])
    pairs = [pads[k : k + 2] for k in range(0, len(pads), 2)][::-1]
    pairs = [[0, 0]] * (dims - len(pairs)) + pairs
    sides = np.array([[low for low, _ in pairs], [high for _, high in pairs]]).reshape(-1)
    number = _number(value, given["value"])
    return writer.add("Pad", value.label, writer.name(given["self"]), sides, number)


def _tail(op: str) -> Any:
    def written(writer: Writer, value: Value, given: Given) -> str:
        name = writer.name(given["self"])
        if op == "Sigmoid":
            return writer.add(op, value.label, name)
        dim = given["dim"]
        if dim is None:
            # Over all numbers of all frames, of which there is one.
            dim = given["self"].data.ndim - 1
        return writer.add(op, value.label, name, axis=dim)

    return written


def _largest(writer: Writer, value: Value, given: Given) -> str:
    if value.kind == "max" and not value.result:
        raise ModelError("is a maximum over an axis; it is not imported")
    attributes = {"axis": given["dim"]}
    if value.kind == "topk":
        attributes["largest"] = int(given["largest"])
    op = "TopK" if value.kind == "topk" else "ArgMax"
    return writer.add(op, value.label, writer.name(given["self"]), **attributes)


_OPERATIONS: dict[str, Callable[[Writer, Value, Given], str]] = {
    "mul": _scaled("Mul"),
    "div": _scaled("Div"),
    "convolution": _convolution,
    "addmm": _addmm,
    "mm": _product,
    "matmul": _product,
    "linear": _linear,
    **dict.fromkeys(
        ("native_batch_norm", "_native_batch_norm_legit_no_training", "batch_norm"), _normalised
    ),
    "relu": _clipped(0.0),
    **dict.fromkeys(("clamp", "clamp_min", "clamp_max", "hardtanh"), _clipped()),
    "round": _rounded,
    "_to_copy": _cast,
    **dict.fromkeys(
        ("view", "_unsafe_view", "reshape", "unsqueeze", "squeeze", "flatten", "_reshape_copy"),
        _moved,
    ),
    **dict.fromkeys(("permute", "transpose", "t"), _turned),
    **dict.fromkeys(("max_pool2d_with_indices", "max_pool2d"), _maximum),
    "avg_pool2d": _average,
    "_adaptive_avg_pool2d": _adaptive("AveragePool"),
    "adaptive_max_pool2d": _adaptive("MaxPool"),
    "mean": _mean,
    "cat": _joined,
    "constant_pad_nd": _padded,
    "_softmax": _tail("Softmax"),
    "_log_softmax": _tail("LogSoftmax"),
    "sigmoid": _tail("Sigmoid"),
    "argmax": _tail("ArgMax"),
    "max": _largest,
    "topk": _largest,
}
