"""Reads a description: the only parser of the format."""

from collections import Counter
from fractions import Fraction
from math import prod
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np

from hwgen.errors import ModelError, located
from hwgen.model.graph import Node, sort_graph
from hwgen.model.head import YoloHead
from hwgen.model.kinds.base import Context
from hwgen.model.kinds.pairs import read_pair
from hwgen.model.layers import INPUT_NAME, KINDS, Affine, Conv2d, Dense, Input, Layer, Model, Table
from hwgen.model.names import check_layer_names, check_name
from hwgen.model.schema import check_document
from hwgen.model.shapes import output_shape
from hwgen.model.verify import check_input, verify_model
from hwgen.readers.json_object import read_json

__all__ = ["load_model", "model_of"]


def load_model(path: str | PathLike[str]) -> Model:
    """Read a description from a JSON file.

    Parameters
    ----------
    path : path-like
        The file; sidecars lie in its folder.

    Returns
    -------
    Model
        Verified; layers in topological order, names and defaults filled in, arrays read-only,
        ``source`` being ``path``.

    Raises
    ------
    ModelError
        One sentence naming the file, the layer and the constraint that is broken.
    """
    source = fspath(path)
    with located(source):
        document = read_json(Path(source))
        check_document(document)
        model = model_of(document, source)
    verify_model(model)
    return model


def model_of(document: dict[str, Any], source: str = Model.source) -> Model:
    """Make the network of a document that keeps to the schema; see `load_model`."""
    check_name(document["name"])
    picture = _input(document["input"])
    check_input(picture)

    entries = document["layers"]
    nodes = _nodes(entries)
    check_layer_names(node.name for node in nodes)
    shapes = {INPUT_NAME: (picture.height, picture.width, picture.channels)}
    layers: list[Layer] = []
    weights = 0
    for k in sort_graph(nodes):
        name, kind, inputs = nodes[k]
        in_shapes = [shapes[source] for source in inputs]
        with located(f"layer {name!r}"):
            context = Context(name, inputs, in_shapes[0], Path(source).parent, weights)
            layer = KINDS[kind].read(entries[k], context)
            layer.check()
            shapes[name] = output_shape(layer, *in_shapes)
        if isinstance(layer, Conv2d | Dense):
            weights += prod(layer.weights.shape)
        layers.append(layer)

    classes = document.get("classes")
    return Model(
        name=document["name"],
        input=picture,
        layers=tuple(layers),
        classes=None if classes is None else tuple(classes),
        provenance=document.get("provenance", {}),
        source=source,
        head=_head(document["head"]) if "head" in document else None,
    )


def _nodes(entries: list[dict[str, Any]]) -> list[Node]:
    counts: Counter[str] = Counter()
    nodes: list[Node] = []
    for entry in entries:
        kind = entry["kind"]
        counts[kind] += 1
        before = nodes[-1].name if nodes else INPUT_NAME
        name = entry.get("name", f"{kind}_{counts[kind]}")
        nodes.append(Node(name, kind, tuple(entry.get("inputs", [before]))))
    return nodes


def _input(entry: dict[str, Any]) -> Input:
    height, width, channels = (int(entry[key]) for key in ("height", "width", "channels"))
    kind, digits = entry["type"].split("int")
    bits, signed = int(digits), kind != "u"
    transform = entry.get("transform", {"kind": "affine"})
    scale = Fraction(transform.get("scale", 1))
    if transform["kind"] == "affine":
        offset = Fraction(transform.get("offset", 0))
        return Input(height, width, channels, Affine(scale, offset), bits, signed)
    rows = (
        transform["values"] if isinstance(transform["values"][0], list) else [transform["values"]]
    )
    if len({len(row) for row in rows}) > 1:
        raise ModelError("input transform: values must have as many levels for each channel")
    values = np.array([[int(level) for level in row] for row in rows], dtype=np.int64)
    values.flags.writeable = False
    return Input(height, width, channels, Table(values, scale), bits, signed)


def _head(entry: dict[str, Any]) -> YoloHead:
    names = entry.get("names")
    return YoloHead(
        *read_pair(entry["grid"]),
        boxes=int(entry["boxes"]),
        classes=int(entry["classes"]),
        scale=Fraction(entry.get("scale", 1)),
        names=None if names is None else tuple(names),
    )
