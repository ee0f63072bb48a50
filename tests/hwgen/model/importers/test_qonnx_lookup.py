"""Pixels looked up in an array are the table of the picture's transform."""

import importlib

import numpy as np
import pytest

from hwgen.errors import ModelError
from hwgen.model import Table
from hwgen.model.importers import Options, import_model

onnx = pytest.importorskip("onnx", reason="needs the package onnx")
Net = importlib.import_module("qonnx_files").Net
assert_imported = importlib.import_module("qonnx_checks").assert_imported

ONE = np.random.default_rng(4).integers(-9, 10, 256) / 4


def looked_up(array, starts=None):
    """A graph that looks pixels of two channels up, and weighs what it finds."""
    net = Net(1, 2, 4, 5, domain="qonnx.custom_op.general")
    if starts is not None:
        net.then("Add", np.array(starts, float).reshape(1, 2, 1, 1))
    net.then("Cast", to=onnx.TensorProto.INT64)
    net.last = net.add("Gather", np.asarray(array, float), net.last)
    real = net.rng.normal(size=(3, 2, 3, 3))
    bits = net.add("BipolarQuant", real, 1.0, domain=net.domain)
    return net.then("Conv", bits, pads=[1, 1, 1, 1])


@pytest.mark.parametrize(
    ("array", "starts", "rows"),
    [(ONE, None, 1), (np.concatenate([ONE, 2 * ONE]), [0, 256], 2)],
    ids=["one for all", "one a channel"],
)
def test_what_is_found_is_what_the_reference_finds(tmp_path, array, starts, rows):
    net = looked_up(array, starts)
    transform = assert_imported(net, tmp_path).input.transform
    assert isinstance(transform, Table)
    assert transform.values.shape == (rows, 256)


@pytest.mark.parametrize(
    ("net", "options", "sentence"),
    [
        (lambda: looked_up(ONE[:255]), {}, r"node 'n1' \(Gather\): has 255 numbers, not 256 "),
        (lambda: looked_up(ONE, [0, 1]), {}, r"node 'n2' \(Gather\): has 256 numbers, not 256 "),
        (lambda: looked_up(ONE.reshape(16, 16)), {}, r"must look pixels up in one row of numbers"),
        (lambda: looked_up(ONE), {"pixels": "unit"}, r"looks up pixels, which are 0 to 255; try "),
    ],
)
def test_arrays_that_do_not_fit_pixels_are_refused(tmp_path, net, options, sentence):
    with pytest.raises(ModelError, match=sentence):
        import_model(net().save(tmp_path), Options(**options))
