"""Checks that a model keeps every rule of the description, whoever made it."""

from collections.abc import Sequence
from math import prod

import numpy as np

from hwgen.errors import ModelError, describe, located, times
from hwgen.model.graph import Node, sort_graph
from hwgen.model.head import YoloHead, check_head
from hwgen.model.kinds.base import MAX_BITS
from hwgen.model.kinds.shape import Shape, check_elements
from hwgen.model.layers import (
    Activation,
    Affine,
    Conv2d,
    Dense,
    Flatten,
    Input,
    Layer,
    MaxPool,
    Model,
    Table,
)
from hwgen.model.names import check_layer_names, check_name
from hwgen.model.shapes import infer_shapes
from hwgen.model.values import check_int, check_json, check_rational, check_text
from hwgen.model.weights import check_weight_count

__all__ = ["check_input", "check_pads", "verify_model"]

MAX_TABLE_BITS = 8
"""Bits of a pixel that a table makes a level of."""

_LEVEL_LIMIT = 1 << 31


def verify_model(model: Model) -> None:
    """Check all that a description must keep to.

    Which kinds may follow each other is not checked here: that depends on what can be built.

    Raises
    ------
    ModelError
        One sentence naming ``model.source``, the layer and the constraint.
    """
    with located(model.source):
        check_name(model.name)
        check_input(model.input)
        if not model.layers:
            raise ModelError("a network has at least one layer")
        for layer in model.layers:
            _check_is_layer(layer)
        check_layer_names(layer.name for layer in model.layers)
        nodes = [Node(layer.name, layer.kind, layer.inputs) for layer in model.layers]
        if sort_graph(nodes) != list(range(len(nodes))):
            raise ModelError("layers must be in topological order")
        total = 0
        for layer in model.layers:
            with located(f"layer {layer.name!r}"):
                layer.check()
                check_pads(layer, model.input)
                if isinstance(layer, Conv2d | Dense):
                    check_weight_count(layer.weights.shape, total)
                    total += layer.weights.size
    shapes = infer_shapes(model)
    with located(model.source):
        _check_classes(model.classes, shapes[model.layers[-1].name][2])
        if not isinstance(model.provenance, dict):
            raise ModelError(f"provenance must be a dict, not {describe(model.provenance)}")
        with located("provenance"):
            check_json(model.provenance)
        if model.head is not None:
            with located("head"):
                check_head(model.head)
                _check_grid(model.head, model.layers, shapes[model.layers[-1].name])


def check_input(picture: Input) -> None:
    """Check the picture's size, format and transform."""
    for what in ("height", "width", "channels"):
        with located("input"):
            check_int(what, getattr(picture, what), 1)
    check_elements("input", (picture.height, picture.width, picture.channels))
    with located("input"):
        check_int("bits", picture.bits, 1, MAX_BITS)
        if not isinstance(picture.signed, bool):
            raise ModelError(f"signed must be True or False, not {describe(picture.signed)}")
        if picture.signed and picture.bits == 1:
            raise ModelError("a signed pixel has 2 bits or more")
    transform = picture.transform
    with located("input transform"):
        if isinstance(transform, Affine):
            check_rational("scale", transform.scale)
            check_rational("offset", transform.offset)
        elif isinstance(transform, Table):
            check_rational("scale", transform.scale)
            _check_table(transform.values, picture)
        else:
            raise ModelError(f"must be an Affine or a Table, not {describe(transform)}")
        if transform.scale == 0:
            raise ModelError("scale must not be 0")


def _check_is_layer(layer: object) -> None:
    if not isinstance(layer, Layer):
        raise ModelError(f"layers must be of the layer kinds, not {describe(layer)}")
    if not isinstance(layer.inputs, tuple) or not all(isinstance(n, str) for n in layer.inputs):
        raise ModelError(
            f"layer {describe(layer.name)}: inputs must be a tuple of names, "
            f"not {describe(layer.inputs)}"
        )


def check_pads(layer: Layer, picture: Input) -> None:
    """Check that what a layer pads with, if it is a pixel, is one of the picture's."""
    if isinstance(layer, Conv2d) and layer.padding.pixel is not None:
        check_int("pad_value pixel", layer.padding.pixel, picture.low, picture.high)


def _check_table(values: object, picture: Input) -> None:
    if picture.bits > MAX_TABLE_BITS:
        raise ModelError(
            f"a table is for pixels of up to {MAX_TABLE_BITS} bits, not {picture.bits}"
        )
    if not isinstance(values, np.ndarray) or values.dtype != np.int64:
        raise ModelError(f"values must be an int64 array, not {describe(values)}")
    channels, count = picture.channels, 1 << picture.bits
    if values.shape not in ((1, count), (channels, count)):
        raise ModelError(
            f"values must be 1 x {count} or {channels} x {count} (channels, levels), "
            f"not {times(values.shape)}"
        )
    if values.min() < -_LEVEL_LIMIT or values.max() >= _LEVEL_LIMIT:
        raise ModelError("values must fit 32 bits, two's complement")


def _check_classes(classes: object, channels: int) -> None:
    if classes is None:
        return
    if not isinstance(classes, tuple):
        raise ModelError(f"classes must be a tuple of names, not {describe(classes)}")
    if len(classes) != channels:
        raise ModelError(
            f"classes must have a name for each of the {channels} output channels, "
            f"not {len(classes)} names"
        )
    for name in classes:
        with located("classes"):
            check_text(name)


def _check_grid(head: YoloHead, layers: Sequence[Layer], shape: Shape) -> None:
    """Check that scores, and as many as the grid has, are what the last layer puts out."""
    last = layers[-1]
    grid = f"a grid of {head.rows}x{head.columns} cells with {_contents(head)}"
    by_name = {layer.name: layer for layer in layers}
    source: Layer | None = last
    while isinstance(source, MaxPool | Flatten):
        source = by_name.get(source.inputs[0])
    if isinstance(source, Activation):
        raise ModelError(
            f"{grid} needs scores, but {last.name!r} gives thresholded values: "
            f"{source.name!r} is a {source.kind}"
        )
    needed, given = head.scores, prod(shape)
    if given != needed:
        raise ModelError(f"{grid} needs {needed} scores, but {last.name!r} gives {given}")
    whole = (head.rows, head.columns, head.cell_values)
    if shape not in ((1, 1, needed), whole):
        raise ModelError(
            f"{grid} needs {times(whole)} scores, but {last.name!r} gives {times(shape)}"
        )


def _contents(head: YoloHead) -> str:
    boxes = "1 box" if head.boxes == 1 else f"{head.boxes} boxes"
    classes = "1 class" if head.classes == 1 else f"{head.classes} classes"
    return f"{boxes} and {classes}"
