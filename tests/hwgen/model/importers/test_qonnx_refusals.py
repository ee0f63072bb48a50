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


def halved():
    return small().then("Sub", 0.5).quantise()


def padded(counts, value=0.0, **more):
    return halved().then("Pad", np.array(counts), value, **more)


def quant(*numbers, **attributes):
    return small().then("Quant", *numbers, domain="onnx.brevitas", **attributes)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: small().begin().dense(WEIGHTS).then("Erf"),
         r"node 'n7' \(Erf\): is of a kind that is not imported; use a quantiser, ReLU or .*"),
        (lambda: small().begin().then("ConvTranspose", np.ones((1, 1, 2, 2))),
         r"node 'n4' \(ConvTranspose\): is of a kind that is not imported; use convolutions, .*"),
        (lambda: small().begin().dense(WEIGHTS).then("Relu"),
         r"node 'n7' \(Relu\): its output is clipped, but not quantised; put a quantiser .*"),
        (lambda: small().then("BipolarQuant", 1.0, domain="other"),
         r"node 'n0' \(BipolarQuant\): is of the domain 'other', not .*"),
        (lambda: small().then("Mul", 2.0, domain="other"),
         r"node 'n0' \(Mul\): is of the domain 'other', not '' or 'ai.onnx'"),
        (lambda: quant(1.0, 0.0, 9.0, signed=1),
         r"node 'n0' \(Quant\): has 512 levels; values have at most 8 bits between layers; "
         r"quantise to 8 bits or fewer"),
        (lambda: quant(1.0, 0.0, 1.0, signed=0, narrow=1),
         r"node 'n0' \(Quant\): has one level alone, because it is narrow and of 1 bit"),
        (lambda: quant(1.0, 0.0, 2.5, signed=1),
         r"node 'n0' \(Quant\): must have one whole number of bits"),
        (lambda: quant(1.0, 0.0, 2.0, signed=1, rounding_mode="MAGIC"),
         r"node 'n0' \(Quant\): has the unknown rounding mode 'MAGIC'"),
        (lambda: quant(1.0, 1.0, 1.0, signed=1),
         r"node 'n0' \(Quant\): has -1 and \+1 as its levels, and must have 0 as its zero point"),
        (lambda: quant(1.0, 0.0, 2.0, signed=2),
         r"node 'n0' \(Quant\): must have 0 or 1 as signed, not 2"),
        (lambda: quant(1.0, np.inf, 2.0, signed=1),
         r"node 'n0' \(Quant\): must have numbers below 65,536 as its zero point"),
        (lambda: quant(8.0, 0.0, 2.0, signed=1),
         r"node 'n0' \(Quant\): gives the same for every pixel, read as pixel / 255, which .*; "
         r"try --input raw"),
        (lambda: small().quantise(-1.0),
         r"node 'n0' \(BipolarQuant\): must have positive numbers as its scale"),
        (lambda: small().then("BipolarQuant", domain="onnx.brevitas"),
         r"node 'n0' \(BipolarQuant\): must have 2 inputs, not 1"),
        (lambda: small().then("Mul", 0.0).quantise(),
         r"node 'n1' \(BipolarQuant\): reads pixels multiplied by 0"),
        (lambda: small().begin().dense(WEIGHTS).then("Add", np.inf),
         r"node 'n7' \(Add\): must have finite numbers"),
        (lambda: small().begin().dense(WEIGHTS).then("Div", 0.0),
         r"node 'n7' \(Div\): must divide by a number other than 0"),
        (lambda: small().begin().dense(WEIGHTS).then("Add", np.ones(2)),
         r"node 'n7' \(Add\): has an array of the shape \(2,\), which does not spread over .*"),
        (lambda: halved().then("Add", np.arange(4.0).reshape(1, 1, 2, 2)),
         r"node 'n2' \(Add\): must have one number, or one for each channel"),
        (lambda: halved().dense(WEIGHTS[:, :2]),
         r"node 'n4' \(MatMul\): must read a flat tensor; put a Flatten before it"),
        (lambda: Net(1, 2, 3, 4).then("Sub", 0.5).quantise().then("Transpose", perm=[0, 2, 1, 3])
         .then("MatMul", np.ones((4, 3))),
         r"node 'n3' \(MatMul\): must read a flat tensor; put a Flatten before it"),
        (lambda: small().begin().dense(WEIGHTS).dense(np.ones((2, 3))),
         r"node 'n9' \(MatMul\): must read quantised values; put a quantiser before it"),
        (lambda: small().begin().then("MatMul", np.ones((3, 4))),
         r"node 'n4' \(MatMul\): must have a matrix for 4 inputs, not the shape \(4, 3\)"),
        (lambda: small().begin().then("MatMul", np.array([[0.1], [0.3], [0.17], [0.5]])),
         r"node 'n4' \(MatMul\): must have weights that are integers times a scale of .*"),
        (lambda: small().begin().then("Gemm", np.ones((4, 3)), transA=1),
         r"node 'n4' \(Gemm\): must have a matrix for 1 inputs, not the shape \(3, 4\)"),
        (lambda: Net(1, 4, 2, 2).then("Sub", 0.5).quantise().then("Conv", np.ones((3, 2, 1, 1)),
                                                                  group=2),
         r"node 'n2' \(Conv\): must have groups of as many channels; 2 do not divide 4 to 3"),
        (lambda: padded([1, 0, 0, 0, 0, 0, 0, 0]),
         r"node 'n2' \(Pad\): pads frames or channels; only rows and columns are imported"),
        (lambda: padded([0, 0, -1, 0, 0, 0, 0, 0]),
         r"node 'n2' \(Pad\): cuts off rows or columns; that is not imported"),
        (lambda: padded([0, 0, 1, 1, 0, 0, 0, 0], mode="reflect"),
         r"node 'n2' \(Pad\): must have the mode constant; others are not imported"),
        (lambda: padded([0, 0, 1, 1, 0, 0, 0, 0], 0.5).then("Conv", np.ones((3, 1, 1, 1))),
         r"node 'n3' \(Conv\): pads with what none of the integers that it reads stands for"),
        (lambda: padded([0, 0, 1, 1, 0, 0, 0, 0], 3.0).then("Conv", np.ones((3, 1, 1, 1))),
         r"node 'n3' \(Conv\): pads with a number that is not -1, 0 or 1 of those that it reads"),
        (lambda: padded([0, 0, 1, 1, 0, 0, 0, 0], 3.0).then("MaxPool", kernel_shape=[2, 2]),
         r"node 'n3' \(MaxPool\): takes maxima with what a Pad put around; that is not imported"),
        (lambda: small().begin().dense(WEIGHTS).then("LeakyRelu", alpha=-0.5),
         r"node 'n7' \(LeakyRelu\): falls below zero, so no thresholds stand for it; use a .*"),
        (lambda: halved().then("Add", 0.5).then("Cast", to=7),
         r"node 'n3' \(Cast\): cuts fractions off; put a quantiser before it"),
        (lambda: halved().then("Gather", np.array([0, 0]), axis=2),
         r"node 'n2' \(Gather\): must give each number once, and some"),
        (lambda: halved().then("MaxPool", kernel_shape=[2, 2], dilations=[2, 2]),
         r"node 'n2' \(MaxPool\): has dilations; maxima of neighbours alone are imported"),
        (lambda: halved().then("AveragePool", kernel_shape=[2, 2], pads=[1, 1, 1, 1]),
         r"node 'n2' \(AveragePool\): divides by another number at the edges; set .*"),
        (lambda: small().begin().dense(WEIGHTS).norm(*FIGURES[:, :2]),
         r"node 'n7' \(BatchNormalization\): must have 4 arrays of 3 figures"),
        (lambda: small().begin().dense(WEIGHTS).norm(*FIGURES, training_mode=1),
         r"node 'n7' \(BatchNormalization\): is in training mode"),
        (lambda: Net(2, 3, 2, 2).then("Transpose", perm=[1, 0, 2, 3]),
         r"node 'n0' \(Transpose\): must make a row of a whole frame"),
        (lambda: small().then("Reshape", np.array([1, 3])),
         r"node 'n0' \(Reshape\): does not fit the shape that it reads"),
        (lambda: halved().then("Add", "x"),
         r"node 'n2' \(Add\): reads pixels; put a quantiser before it"),
        (lambda: halved().then("Mul", "x"),
         r"node 'n2' \(Mul\): multiplies branches; only weights that a file holds .*"),
        (lambda: halved().then("Softmax", axis=0),
         r"node 'n2' \(Softmax\): must be over all scores of a frame, one row of them"),
        (lambda: halved().then("ArgMax", axis="one"),
         r"node 'n2' \(ArgMax\): has attributes or inputs that do not fit its kind"),
        (lambda: halved().then("Clip", "nowhere"),
         r"node 'n2' \(Clip\): reads 'nowhere', which no node makes and no array .*"),
        (lambda: small().then("Mul", 2.0),
         r"node 'n0' \(Mul\): its output does not follow from its input by layers known here"),
        (lambda: Net(1, 2, 2, 2, 2).quantise(),
         "its input must be frames of channels x rows x columns, signals of .*"),
        (lambda: Net(1, "c", 4, 4).quantise(),
         "its input leaves a size open; export it with the size of its frames, .*"),
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
    with pytest.raises(
        ModelError, match=r"^.*: must have one input and one output, not 1 and 2; .*"
    ):
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
