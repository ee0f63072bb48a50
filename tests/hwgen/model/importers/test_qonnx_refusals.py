"""QONNX graphs that are not imported, a sentence each, and files that are no graphs."""

import importlib
import re
import sys

import numpy as np
import pytest

from hwgen.errors import ModelError, ToolError
from hwgen.model.importers import import_model

onnx = pytest.importorskip("onnx", reason="needs the package onnx")
Net = importlib.import_module("qonnx_files").Net

WEIGHTS = np.ones((3, 4), np.int64)
FIGURES = np.ones((4, 3))


def small():
    return Net(1, 1, 2, 2)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: small().begin().dense(WEIGHTS).then("Relu"),
         r"node 'n7' \(Relu\): is of a kind that is not imported"),
        (lambda: small().begin().dense(WEIGHTS).then("Sign"),
         r"node 'n7' \(Sign\): is of a kind that is not imported"),
        (lambda: small().then("BipolarQuant", 1.0, domain="other"),
         r"node 'n0' \(BipolarQuant\): is of the domain 'other', not .*"),
        (lambda: small().then("Mul", 2.0, domain="other"),
         r"node 'n0' \(Mul\): is of the domain 'other', not '' or 'ai.onnx'"),
        (lambda: small().then("Quant", 1.0, 0.0, 2.0, domain="onnx.brevitas", signed=1),
         r"node 'n0' \(Quant\): must be signed and of 1 bit; other quantisers are not imported"),
        (lambda: small().then("Quant", 1.0, 0.0, 1.0, domain="onnx.brevitas", signed=0),
         r"node 'n0' \(Quant\): must be signed and of 1 bit; other quantisers are not imported"),
        (lambda: small().then("Quant", 1.0, 1.0, 1.0, domain="onnx.brevitas", signed=1),
         r"node 'n0' \(Quant\): must have 0 as its zero point"),
        (lambda: small().quantise(-1.0),
         r"node 'n0' \(BipolarQuant\): must have one positive number as its scale"),
        (lambda: small().then("BipolarQuant", domain="onnx.brevitas"),
         r"node 'n0' \(BipolarQuant\): must have 2 inputs, not 1"),
        (lambda: small().quantise().quantise(),
         r"node 'n1' \(BipolarQuant\): quantises what is -1 and \+1 already"),
        (lambda: small().then("Mul", 0.0).quantise(),
         r"node 'n1' \(BipolarQuant\): reads pixels multiplied by 0"),
        (lambda: small().begin().dense(WEIGHTS).then("Mul", 0.0).quantise(),
         r"node 'n8' \(BipolarQuant\): reads sums multiplied by 0"),
        (lambda: small().begin().dense(WEIGHTS).then("Add", 1e30).quantise(),
         r"node 'n8' \(BipolarQuant\): has thresholds beyond 2\*\*51"),
        (lambda: small().begin().dense(WEIGHTS).then("Add", np.inf),
         r"node 'n7' \(Add\): must have finite numbers"),
        (lambda: small().begin().dense(WEIGHTS).then("Div", 0.0),
         r"node 'n7' \(Div\): must divide by a number other than 0"),
        (lambda: small().begin().dense(WEIGHTS).then("Add", np.ones(2)),
         r"node 'n7' \(Add\): must have one number, or one for each unit of a dense layer"),
        (lambda: small().quantise().dense(WEIGHTS),
         r"node 'n3' \(MatMul\): must read a flat tensor; put a Flatten before it"),
        (lambda: small().then("Flatten").dense(WEIGHTS),
         r"node 'n3' \(MatMul\): must read -1 and \+1, behind a quantiser"),
        (lambda: small().begin().then("Add", 1.0).dense(WEIGHTS),
         r"node 'n7' \(MatMul\): must read -1 and \+1, behind a quantiser"),
        (lambda: small().begin().then("MatMul", np.ones((3, 4))),
         r"node 'n4' \(MatMul\): must have a matrix of 4 rows, not the shape \(3, 4\)"),
        (lambda: small().begin().then("MatMul", np.array([[1.0], [1], [1], [0.5]])),
         r"node 'n4' \(MatMul\): must have weights of -1 and \+1, all with the same scale"),
        (lambda: small().begin().norm(*FIGURES),
         r"node 'n4' \(BatchNormalization\): must follow a dense layer"),
        (lambda: small().begin().dense(WEIGHTS).norm(*FIGURES[:, :2]),
         r"node 'n7' \(BatchNormalization\): must have 4 arrays of 3 figures"),
        (lambda: small().begin().dense(WEIGHTS).norm(*FIGURES, training_mode=1),
         r"node 'n7' \(BatchNormalization\): is in training mode"),
        (lambda: small().begin().dense(WEIGHTS).norm(*FIGURES).norm(*FIGURES),
         r"node 'n8' \(BatchNormalization\): must follow a dense layer"),
        (lambda: small().begin().dense(WEIGHTS).norm(*FIGURES).then("Mul", 2.0),
         r"node 'n8' \(Mul\): follows a batch normalisation, which is not imported"),
        (lambda: small().begin().dense(WEIGHTS).then("Mul", 0.1).norm(*FIGURES),
         r"node 'n8' \(BatchNormalization\): reads sums with a scale that no float64 .*"),
        (lambda: small().then("Reshape", np.array([2, 2])),
         r"node 'n0' \(Reshape\): must make a row of a whole frame"),
        (lambda: small().then("Flatten", axis=2),
         r"node 'n0' \(Flatten\): must make a row of a whole frame"),
        (lambda: small().begin().then("Add", "x"),
         r"node 'n4' \(Add\): reads more than the tensor before it; branches are not imported"),
        (lambda: small().then("Mul", 2.0),
         "its output does not follow from its input by layers known here"),
        (lambda: Net(1, 8).quantise(),
         "its input must be frames of channels x rows x columns, or of a square picture"),
        (lambda: Net(1, "c", 4, 4).quantise(),
         "its input must be frames of channels x rows x columns, or of a square picture"),
    ],
)  # fmt: skip
def test_what_is_not_imported_is_one_sentence(tmp_path, make, message):
    path = make().save(tmp_path)
    with pytest.raises(ModelError, match=f"^{re.escape(str(path))}: {message}$"):
        import_model(path)


def test_a_file_cut_short_is_refused(tmp_path):
    path = small().begin().dense(WEIGHTS).save(tmp_path)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(ModelError, match=r"^[^:]*net\.onnx: is a damaged ONNX file, or .*$"):
        import_model(path)


def test_two_outputs_are_refused(tmp_path):
    path = small().begin().dense(WEIGHTS).save(tmp_path)
    model = onnx.load(path)
    model.graph.output.append(model.graph.output[0])
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelError, match=r"^.*: must have one input and one output, not 1 and 2$"):
        import_model(path)


def test_arrays_in_other_files_are_not_read(tmp_path):
    path = small().begin().dense(WEIGHTS).save(tmp_path)
    model = onnx.load(path)
    model.graph.initializer[0].data_location = onnx.TensorProto.EXTERNAL
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelError, match=r"^.*: its array 'c0' lies in another file, which .*$"):
        import_model(path)


def test_without_the_package_the_error_says_what_to_install(tmp_path, monkeypatch):
    path = small().begin().dense(WEIGHTS).save(tmp_path)
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ToolError) as error:
        import_model(path)
    assert str(error.value) == (
        f"{path}: is an ONNX file, which is read with the package onnx: pip install 'hwgen[import]'"
    )
    assert error.value.exit_code == 3
