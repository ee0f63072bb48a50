"""ONNX files as plain nodes and arrays."""

from pathlib import Path

import pytest

onnx = pytest.importorskip("onnx", reason="needs the package onnx")

from hwgen.readers.onnx_file import read_onnx  # noqa: E402


def test_names_that_are_no_utf_8_are_text_all_the_same():
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    node = helper.make_node("Operator_", ["x"], ["y"], name="name_")
    ends = [helper.make_tensor_value_info(name, kind, [1, 2]) for name in "xy"]
    graph = helper.make_graph([node], "graph", ends[:1], ends[1:])
    model = helper.make_model(
        graph, producer_name="maker_", opset_imports=[helper.make_opsetid("", 17)]
    )
    data = model.SerializeToString()
    for word in (b"Operator_", b"name_", b"maker_"):
        data = data.replace(word, word[:-1] + b"\xeb")
    found = read_onnx(data, Path("net.onnx"))
    assert (found.nodes[0].op, found.nodes[0].name) == ("Operator\\xeb", "name\\xeb")
    assert found.producer == "maker\\xeb"
