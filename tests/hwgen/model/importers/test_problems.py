"""Problems of a file, all at once: what each says, and that one hides no other."""

import importlib

import numpy as np
import pytest

from hwgen.errors import ModelError, located
from hwgen.model.importers import import_model
from hwgen.model.importers.problems import Problem, RefusedError
from hwgen.model.importers.qonnx import QONNX

onnx = pytest.importorskip("onnx", reason="needs the package onnx")
Net = importlib.import_module("qonnx_files").Net

WEIGHTS = np.ones((3, 4), np.int64)
DOMAIN = {"domain": "onnx.brevitas"}


def refused(net, folder):
    with pytest.raises(RefusedError) as error:
        import_model(net.save(folder))
    return error.value


def test_every_node_that_cannot_be_imported_is_a_problem(tmp_path):
    net = Net(1, 1, 2, 2).begin().dense(WEIGHTS).then("Elu").quantise()
    net.then("Quant", 1.0, 0.0, 2.5, signed=1, **DOMAIN).then("Erf")
    error = refused(net, tmp_path)
    assert [(p.node, p.operator) for p in error.problems] == [
        ("n7", "Elu"), ("n9", "Quant"), ("n10", "Erf"),
    ]  # fmt: skip
    assert error.problems[0].found == "1 x 3, 4 bits signed"
    assert str(error) == (
        f"{tmp_path / 'net.onnx'}: node 'n7' (Elu): is of a kind that is not imported; "
        "use a quantiser, ReLU or Hardtanh with one behind it, as the activation "
        "(and 2 more problems)"
    )
    assert (error.importer, error.exit_code) == (QONNX, 2)
    assert error.notes[2:] == ("3 nodes read what these were to make, and more may be wrong there",)


def test_a_node_behind_a_refused_one_is_not_blamed_for_it(tmp_path):
    net = Net(1, 1, 2, 2).then("Erf").begin().dense(WEIGHTS).norm(*np.ones((4, 3))).quantise()
    net.last = net.add("Reshape", net.last, net.add("Shape", net.last))
    assert [p.operator for p in refused(net.then("Softmax"), tmp_path).problems] == ["Erf"]


def test_branches_are_looked_at_each(tmp_path):
    net = Net(1, 1, 2, 2).begin()
    odd, odder = net.add("Elu", net.last), net.add("Erf", net.last)
    net.last = net.add("Add", odd, odder)
    assert [p.operator for p in refused(net, tmp_path).problems] == ["Elu", "Erf"]


def test_a_problem_of_the_whole_file_has_no_node(tmp_path):
    (tmp_path / "x.bin").write_bytes(b"hello")
    with pytest.raises(RefusedError) as error:
        import_model(tmp_path / "x.bin")
    (problem,) = error.value.problems
    assert (problem.node, problem.operator, error.value.importer) == ("", "", None)


def test_the_remedy_ends_the_sentence_and_places_begin_it():
    sentence = r"^a: b: is odd; make it even$"
    with pytest.raises(ModelError, match=sentence) as error, located("a"), located("b"):
        raise ModelError("is odd", remedy="make it even", found="3")
    got = error.value
    assert (got.reason, got.remedy, got.found) == ("a: b: is odd", "make it even", "3")


def test_a_name_of_many_lines_is_written_on_one():
    problem = Problem("a\nb", "Erf", "", "is odd", "")
    assert problem.sentence == r"node 'a\nb' (Erf): is odd"


def spoilt(folder, change):
    path = Net(1, 1, 2, 2).begin().dense(WEIGHTS).save(folder)
    model = onnx.load(path)
    change(model)
    path.write_bytes(model.SerializeToString())
    with pytest.raises(RefusedError) as error:
        import_model(path)
    return error.value.problems[0]


def swap(model):
    nodes = [onnx.NodeProto.FromString(n.SerializeToString()) for n in model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend([nodes[1], nodes[0], *nodes[2:]])


def cycle(model):
    model.graph.node[0].input[0] = model.graph.node[-1].output[0]


def double(model):
    model.graph.node[1].output[0] = model.graph.node[0].output[0]
    model.graph.node[2].input[0] = model.graph.node[0].output[0]


@pytest.mark.parametrize(
    ("change", "node", "reason"),
    [
        (swap, "n1", "reads 't0', which a node makes that comes after it"),
        (cycle, "n0", "reads 't6', which a node makes that comes after it"),
        (double, "n1", "makes 't0', which is made already"),
        (lambda m: m.graph.initializer.pop(0), "n0",
         "reads 'c0', which no node makes and no array of the file is"),
        (lambda m: setattr(m.opset_import[0], "version", 99), "",
         f"is of opset 99; those from 9 to {onnx.defs.onnx_opset_version()} are known"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_graph_as_such_is_named(tmp_path, change, node, reason):
    problem = spoilt(tmp_path, change)
    assert (problem.node, problem.reason) == (node, reason)
    assert problem.remedy


def test_a_float_network_is_said_to_be_one_first(tmp_path):
    net = (
        Net(1, 1, 2, 2).then("Flatten").then("MatMul", np.arange(12).reshape(4, 3) / 7).then("Relu")
    )
    first, *others = refused(net.then("MatMul", np.arange(6).reshape(3, 2) / 7), tmp_path).problems
    assert (first.node, first.reason) == (
        "", "is a float network: nothing in it is quantised",
    )  # fmt: skip
    assert first.found == "2 layers with weights of float32, and no quantiser"
    assert [problem.node for problem in others][:1] == ["n1"]


def test_an_outer_product_of_constants_is_refused_before_it_is_computed(tmp_path):
    net = Net(1, 1, 2, 2).begin().dense(WEIGHTS)
    net.then("Add", net.add("Mul", np.ones((9000, 1)), np.ones((1, 9000))))
    (problem,) = refused(net, tmp_path).problems
    assert (problem.node, problem.found) == ("n7", "float32 9000 x 1; float32 1 x 9000")
    assert problem.reason.startswith("makes arrays of more than 16,777,216 numbers")


def test_open_sizes_hide_no_node(tmp_path):
    error = refused(Net(1, 3, "h", "w").quantise().then("Erf"), tmp_path)
    assert [(p.node, p.found) for p in error.problems] == [("", "1 x 3 x ? x ?"), ("n1", "")]
