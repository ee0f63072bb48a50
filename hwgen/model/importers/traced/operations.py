"""Operations of ATen as nodes of ONNX: one function for each that is known."""

from collections.abc import Callable
from math import isfinite
from typing import Any

import numpy as np

from hwgen.errors import ModelError
from hwgen.model.importers.traced.bounds import bounds
from hwgen.model.importers.traced.record import Value
from hwgen.model.importers.traced.simplify import Sum
from hwgen.model.importers.traced.write_moves import (
    adaptive,
    average,
    maximum,
    mean,
    moved,
    turned,
)
from hwgen.model.importers.traced.write_weighted import (
    addmm,
    convolution,
    linear,
    normalised,
    product,
)
from hwgen.model.importers.traced.writer import CUSTOM, Given, Writer

__all__ = ["write"]

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
        attributes: dict[str, Any] = {
            key: float(_number(value, e)) for key, e in ends.items() if e is not None
        }
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
    return writer.add("Quant", value.label, name, 1.0, 0.0, bits, domain=CUSTOM, signed=int(signed))


def _cast(writer: Writer, value: Value, given: Given) -> str:
    if not value.data.is_floating_point():
        raise ModelError("makes integers of a tensor; it is not imported")
    return writer.name(given["self"])


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
    attributes: dict[str, Any] = {"axis": given["dim"]}
    if value.kind == "topk":
        attributes["largest"] = int(given["largest"])
    op = "TopK" if value.kind == "topk" else "ArgMax"
    return writer.add(op, value.label, writer.name(given["self"]), **attributes)


_OPERATIONS: dict[str, Callable[[Writer, Value, Given], str]] = {
    "mul": _scaled("Mul"),
    "div": _scaled("Div"),
    "convolution": convolution,
    "addmm": addmm,
    "mm": product,
    "matmul": product,
    "linear": linear,
    **dict.fromkeys(
        ("native_batch_norm", "_native_batch_norm_legit_no_training", "batch_norm"), normalised
    ),
    "relu": _clipped(0.0),
    **dict.fromkeys(("clamp", "clamp_min", "clamp_max", "hardtanh"), _clipped()),
    "round": _rounded,
    "_to_copy": _cast,
    **dict.fromkeys(
        ("view", "_unsafe_view", "reshape", "unsqueeze", "squeeze", "flatten", "_reshape_copy"),
        moved,
    ),
    **dict.fromkeys(("permute", "transpose", "t"), turned),
    **dict.fromkeys(("max_pool2d_with_indices", "max_pool2d"), maximum),
    "avg_pool2d": average,
    "_adaptive_avg_pool2d": adaptive("AveragePool"),
    "adaptive_max_pool2d": adaptive("MaxPool"),
    "mean": mean,
    "cat": _joined,
    "constant_pad_nd": _padded,
    "_softmax": _tail("Softmax"),
    "_log_softmax": _tail("LogSoftmax"),
    "sigmoid": _tail("Sigmoid"),
    "argmax": _tail("ArgMax"),
    "max": _largest,
    "topk": _largest,
}
