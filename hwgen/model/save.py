"""Writes a description that ``load`` reads back as the same model."""

import json
import os
from fractions import Fraction
from pathlib import Path
from typing import Any

from hwgen.errors import ModelError, located
from hwgen.files import write_whole
from hwgen.model.head import YoloHead
from hwgen.model.layers import (
    INPUT_NAME,
    Affine,
    AveragePool,
    BatchNorm,
    Conv2d,
    Dense,
    DepthwiseConv2d,
    Input,
    Layer,
    MaxPool,
    Model,
    Padding,
    Quantise,
)
from hwgen.model.schema import FORMAT, check_document
from hwgen.model.verify import verify_model
from hwgen.model.weights import pack_weights
from hwgen.readers.json_object import MAX_FILE_BYTES

__all__ = ["dump_model", "save_model"]

_LINE_LENGTH = 100
# Integers up to here are floats to the bit in every JSON reader.
_SAFE_INTEGER = 1 << 53


def save_model(model: Model, path: str | os.PathLike[str]) -> None:
    """Write a description, weights packed into it.

    The same model gives the same bytes on every machine. The file is replaced as a whole or, when
    anything fails, not at all.

    Raises
    ------
    ModelError
        If the model is not in order, or the file cannot be written.
    """
    write_whole(Path(path), dump_model(model))


def dump_model(model: Model) -> bytes:
    """Write a description as the bytes that ``save_model`` puts into its file.

    Raises
    ------
    ModelError
        If the model is not in order, or too large for one file.
    """
    verify_model(model)
    document = _document(model)
    with located(model.source):
        check_document(document)
        data = (_format(document) + "\n").encode()
        if len(data) > MAX_FILE_BYTES:
            raise ModelError(
                f"as one file the description has {len(data)} bytes, "
                f"but at most {MAX_FILE_BYTES} (64 MiB) are allowed"
            )
    return data


def _document(model: Model) -> dict[str, Any]:
    document: dict[str, Any] = {
        "format": FORMAT,
        "name": model.name,
        "input": _input(model.input),
        "layers": [],
    }
    before = INPUT_NAME
    for layer in model.layers:
        entry: dict[str, Any] = {"kind": layer.kind, "name": layer.name}
        if layer.inputs != (before,):
            entry["inputs"] = list(layer.inputs)
        document["layers"].append(entry | _fields(layer))
        before = layer.name
    if model.classes is not None:
        document["classes"] = list(model.classes)
    if model.head is not None:
        document["head"] = _head(model.head)
    if model.provenance:
        document["provenance"] = model.provenance
    return document


def _input(picture: Input) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "height": picture.height,
        "width": picture.width,
        "channels": picture.channels,
        "type": "uint8",
    }
    transform = picture.transform
    scale = _rational(transform.scale)
    if not isinstance(transform, Affine):
        values = transform.values.tolist()
        rows = values if len(values) > 1 else values[0]
        entry["transform"] = {"kind": "table", "values": rows, "scale": scale}
    elif transform != Affine():
        offset = _rational(transform.offset)
        entry["transform"] = {"kind": "affine", "scale": scale, "offset": offset}
    return entry


def _head(head: YoloHead) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "kind": "yolo_v1",
        "grid": [head.rows, head.columns],
        "boxes": head.boxes,
        "classes": head.classes,
        "scale": _rational(head.scale),
    }
    return entry if head.names is None else entry | {"names": list(head.names)}


def _fields(layer: Layer) -> dict[str, Any]:
    match layer:
        case Conv2d(weights=weights):
            filters, *kernel, _ = weights.shape
            given = {} if isinstance(layer, DepthwiseConv2d) else {"filters": filters}
            return {
                **given,
                "kernel": _step(kernel),
                "stride": _step(layer.stride),
                **({"dilation": _step(layer.dilation)} if max(layer.dilation) > 1 else {}),
                **_padding(layer.padding),
                **_weights(layer),
            }
        case Dense(weights=weights):
            return {"units": weights.shape[0], **_weights(layer)}
        case BatchNorm():
            return {
                "gamma": layer.gamma.tolist(),
                "beta": layer.beta.tolist(),
                "mean": layer.mean.tolist(),
                "variance": layer.variance.tolist(),
                "epsilon": layer.epsilon,
            }
        case MaxPool():
            return {
                "window": _step(layer.window),
                "stride": _step(layer.stride),
                "mode": "ceil" if layer.ceil else "floor",
                **({} if layer.padding.mode == "valid" else {"padding": _margin(layer.padding)}),
            }
        case AveragePool():
            return {"window": _step(layer.window), "stride": _step(layer.stride)}
        case Quantise():
            return {
                "bits": layer.bits,
                "signed": layer.signed,
                "fraction_bits": layer.fraction_bits,
            }
        case _:
            return {}


def _weights(layer: Conv2d | Dense) -> dict[str, Any]:
    entry: dict[str, Any] = {"weights": {"base64": pack_weights(layer.weights, layer.weight_bits)}}
    if layer.weight_bits > 1:
        entry["weight_bits"] = layer.weight_bits
    if layer.weight_fraction_bits:
        entry["weight_fraction_bits"] = layer.weight_fraction_bits
    return entry


def _padding(padding: Padding) -> dict[str, Any]:
    if padding.mode == "valid":
        return {"padding": "valid"}
    return {
        "padding": _margin(padding),
        "pad_value": padding.value if padding.pixel is None else {"pixel": padding.pixel},
    }


def _margin(padding: Padding) -> str | dict[str, int]:
    sides = ("top", "bottom", "left", "right")
    return "same" if padding.mode == "same" else {s: getattr(padding, s) for s in sides}


def _step(pair: tuple[int, ...] | list[int]) -> int | list[int]:
    return pair[0] if pair[0] == pair[1] else list(pair)


def _rational(value: Fraction) -> int | str:
    # A float's decimal digits hide the fraction it is, so all but integers are written as one.
    if value.denominator == 1 and abs(value) <= _SAFE_INTEGER:
        return int(value)
    return f"{value.numerator}/{value.denominator}"


def _format(value: Any, indent: int = 0) -> str:
    """Write JSON with an object or a list of objects in one line where it fits."""
    inner = " " * (indent + 2)
    line = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if len(line) + indent <= _LINE_LENGTH:
        return line
    if isinstance(value, dict):
        items = [f"{inner}{_format_key(key)}: {_format(v, indent + 2)}" for key, v in value.items()]
        return "{\n" + ",\n".join(items) + "\n" + " " * indent + "}"
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        items = [f"{inner}{_format(item, indent + 2)}" for item in value]
        return "[\n" + ",\n".join(items) + "\n" + " " * indent + "]"
    return line


def _format_key(key: str) -> str:
    return json.dumps(key, ensure_ascii=False)
