"""Where a graph's input has its channels: as asked for, as the graph or its shape shows."""

import importlib

import numpy as np
import pytest

from hwgen.model.importers import Options, import_model

pytest.importorskip("onnx", reason="needs the package onnx")
Net = importlib.import_module("qonnx_files").Net


def size_of(model):
    return (model.input.height, model.input.width, model.input.channels)


@pytest.mark.parametrize(
    ("shape", "order", "size", "said"),
    [
        ((1, 6, 5, 3), None, (6, 5, 3), "channels last; as its shape shows"),
        ((1, 3, 6, 5), None, (6, 5, 3), "channels first; as its shape shows"),
        ((1, 6, 5, 8), [0, 3, 1, 2], (6, 5, 8), "channels last; as the graph shows"),
        ((1, 8, 6, 5), [0, 2, 3, 1], (6, 5, 8), "channels first; as the graph shows"),
        ((1, 8, 6, 5), None, (6, 5, 8),
         "channels first; as ONNX has it; --layout last where that is wrong"),
        ((1, 7, 2), [0, 2, 1], (1, 7, 2), "channels last, a signal; as the graph shows"),
        ((1, 30), None, (1, 30, 1), "a row of numbers"),
    ],
)  # fmt: skip
def test_the_layout_is_what_the_graph_or_the_shape_shows(tmp_path, shape, order, size, said):
    net = Net(*shape).quantise()
    if order is not None:
        net.then("Transpose", perm=order)
    net.then("Flatten").then("MatMul", np.ones((int(np.prod(shape)), 2), np.int64))
    model, _ = import_model(net.save(tmp_path), Options(pixels="raw"))
    assert (size_of(model), model.provenance["layout"]) == (size, said)


@pytest.mark.parametrize(
    ("layout", "size"), [("first", (5, 7, 6)), ("last", (6, 5, 7)), (None, (5, 7, 6))]
)
def test_where_nothing_shows_the_layout_the_option_decides(tmp_path, layout, size):
    net = Net(1, 6, 5, 7).quantise().then("Flatten").then("MatMul", np.ones((210, 2), np.int64))
    model, _ = import_model(net.save(tmp_path), Options(pixels="raw", layout=layout))
    assert size_of(model) == size
