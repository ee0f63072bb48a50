"""Writes a description that ``load`` reads back as the same model."""

import os
from pathlib import Path
from typing import Any

from hwgen.errors import ModelError, located
from hwgen.files import write_whole
from hwgen.model.head import YoloHead
from hwgen.model.json_text import format_json
from hwgen.model.layers import INPUT_NAME, Affine, Input, Model
from hwgen.model.schema import FORMAT, check_document
from hwgen.model.values import write_rational
from hwgen.model.verify import verify_model
from hwgen.readers.json_object import MAX_FILE_BYTES

__all__ = ["dump_model", "save_model"]


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
        data = (format_json(document) + "\n").encode()
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
        document["layers"].append(entry | layer.write())
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
        "type": picture.number_type,
    }
    transform = picture.transform
    scale = write_rational(transform.scale)
    if not isinstance(transform, Affine):
        values = transform.values.tolist()
        rows = values if len(values) > 1 else values[0]
        entry["transform"] = {"kind": "table", "values": rows, "scale": scale}
    elif transform != Affine():
        offset = write_rational(transform.offset)
        entry["transform"] = {"kind": "affine", "scale": scale, "offset": offset}
    return entry


def _head(head: YoloHead) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "kind": "yolo_v1",
        "grid": [head.rows, head.columns],
        "boxes": head.boxes,
        "classes": head.classes,
        "scale": write_rational(head.scale),
    }
    return entry if head.names is None else entry | {"names": list(head.names)}
