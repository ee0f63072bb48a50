"""Reads a description: the only parser of the format."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, located
from hwgen.model.graph import Node, sort_graph
from hwgen.model.head import YoloHead
from hwgen.model.layers import (
    INPUT_NAME,
    Add,
    Affine,
    AveragePool,
    BatchNorm,
    Concat,
    Conv2d,
    Dense,
    DepthwiseConv2d,
    Flatten,
    Input,
    Layer,
    MaxPool,
    Model,
    Padding,
    Quantise,
    Relu,
    Sign,
    Table,
)
from hwgen.model.names import check_layer_names, check_name
from hwgen.model.schema import check_document
from hwgen.model.shapes import Shape, check_flat, output_shape
from hwgen.model.verify import check_input, check_weight_count, verify_model
from hwgen.model.verify_layer import check_layer
from hwgen.model.weights import read_weights
from hwgen.readers.json_object import read_json

__all__ = ["load_model"]


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
        model = _model(document, source)
    verify_model(model)
    return model


@dataclass(frozen=True)
class _Context:
    """What a layer is read with: its place in the graph, and what came before it."""

    name: str
    inputs: tuple[str, ...]
    in_shape: Shape
    folder: Path
    weights_before: int

    def weights(
        self, entry: dict[str, Any], shape: tuple[int, ...]
    ) -> NDArray[np.int8] | NDArray[np.int16]:
        check_weight_count(shape, self.weights_before)
        return read_weights(entry["weights"], shape, self.folder, _weight_format(entry)[0])


def _model(document: dict[str, Any], source: str) -> Model:
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
            context = _Context(name, inputs, in_shapes[0], Path(source).parent, weights)
            layer = _READERS[kind](entries[k], context)
            check_layer(layer)
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
    transform = entry.get("transform", {"kind": "affine"})
    scale = Fraction(transform.get("scale", 1))
    if transform["kind"] == "affine":
        offset = Fraction(transform.get("offset", 0))
        return Input(height, width, channels, Affine(scale, offset))
    rows = (
        transform["values"] if isinstance(transform["values"][0], list) else [transform["values"]]
    )
    values = np.array([[int(level) for level in row] for row in rows], dtype=np.int64)
    values.flags.writeable = False
    return Input(height, width, channels, Table(values, scale))


def _head(entry: dict[str, Any]) -> YoloHead:
    names = entry.get("names")
    return YoloHead(
        *_pair(entry["grid"]),
        boxes=int(entry["boxes"]),
        classes=int(entry["classes"]),
        scale=Fraction(entry.get("scale", 1)),
        names=None if names is None else tuple(names),
    )


def _conv2d(entry: dict[str, Any], context: _Context) -> Conv2d:
    shape = (int(entry["filters"]), *_pair(entry["kernel"]), context.in_shape[2])
    return Conv2d(*_convolution(entry, context, shape))


def _convolution(
    entry: dict[str, Any], context: _Context, shape: tuple[int, ...]
) -> tuple[Any, ...]:
    """Fields of a convolution, in order."""
    return (
        context.name,
        context.inputs,
        context.weights(entry, shape),
        _pair(entry.get("stride", 1)),
        _padding(entry.get("padding", "valid"), entry.get("pad_value", 0)),
        *_weight_format(entry),
        _pair(entry.get("dilation", 1)),
    )


def _depthwise_conv2d(entry: dict[str, Any], context: _Context) -> DepthwiseConv2d:
    shape = (context.in_shape[2], *_pair(entry["kernel"]), 1)
    return DepthwiseConv2d(*_convolution(entry, context, shape))


def _dense(entry: dict[str, Any], context: _Context) -> Dense:
    check_flat(context.in_shape)
    shape = (int(entry["units"]), context.in_shape[2])
    weights = context.weights(entry, shape)
    return Dense(context.name, context.inputs, weights, *_weight_format(entry))


def _batch_norm(entry: dict[str, Any], context: _Context) -> BatchNorm:
    channels = context.in_shape[2]
    gamma, beta, mean, variance = (
        _figures(key, entry[key], channels) for key in ("gamma", "beta", "mean", "variance")
    )
    epsilon = float(entry["epsilon"])
    return BatchNorm(context.name, context.inputs, gamma, beta, mean, variance, epsilon)


def _sign(entry: dict[str, Any], context: _Context) -> Sign:
    return Sign(context.name, context.inputs)


def _max_pool(entry: dict[str, Any], context: _Context) -> MaxPool:
    window = _pair(entry["window"])
    stride = _pair(entry["stride"]) if "stride" in entry else window
    padding = _padding(entry.get("padding", "valid"), 0)
    ceil = entry.get("mode") == "ceil"
    return MaxPool(context.name, context.inputs, window, stride, ceil, padding)


def _average_pool(entry: dict[str, Any], context: _Context) -> AveragePool:
    window = _pair(entry["window"])
    stride = _pair(entry["stride"]) if "stride" in entry else window
    return AveragePool(context.name, context.inputs, window, stride)


def _relu(entry: dict[str, Any], context: _Context) -> Relu:
    return Relu(context.name, context.inputs)


def _quantise(entry: dict[str, Any], context: _Context) -> Quantise:
    bits, fraction_bits = int(entry["bits"]), int(entry["fraction_bits"])
    return Quantise(context.name, context.inputs, bits, entry["signed"], fraction_bits)


def _add(entry: dict[str, Any], context: _Context) -> Add:
    return Add(context.name, context.inputs)


def _concat(entry: dict[str, Any], context: _Context) -> Concat:
    return Concat(context.name, context.inputs)


def _flatten(entry: dict[str, Any], context: _Context) -> Flatten:
    return Flatten(context.name, context.inputs)


_READERS: dict[str, Callable[[dict[str, Any], _Context], Layer]] = {
    "conv2d": _conv2d,
    "depthwise_conv2d": _depthwise_conv2d,
    "dense": _dense,
    "batch_norm": _batch_norm,
    "sign": _sign,
    "max_pool": _max_pool,
    "flatten": _flatten,
    "relu": _relu,
    "quantise": _quantise,
    "average_pool": _average_pool,
    "add": _add,
    "concat": _concat,
}


def _weight_format(entry: dict[str, Any]) -> tuple[int, int]:
    """Bits of a weight, and how many of them are behind its binary point."""
    return int(entry.get("weight_bits", 1)), int(entry.get("weight_fraction_bits", 0))


def _pair(value: Any) -> tuple[int, int]:
    rows, columns = value if isinstance(value, list) else (value, value)
    return (int(rows), int(columns))


def _padding(padding: Any, value: Any) -> Padding:
    pixel = int(value["pixel"]) if isinstance(value, dict) else None
    number = 0 if isinstance(value, dict) else int(value)
    if isinstance(padding, str):
        return Padding("same" if padding == "same" else "valid", value=number, pixel=pixel)
    counts = {side: int(count) for side, count in padding.items()}
    return Padding("explicit", **counts, value=number, pixel=pixel)


def _figures(what: str, value: Any, channels: int) -> NDArray[np.float64]:
    if isinstance(value, list) and len(value) != channels:
        raise ModelError(f"{what} must have {channels} figures, not {len(value)}")
    figures = np.empty(channels, dtype=np.float64)
    figures[:] = value
    figures.flags.writeable = False
    return figures
