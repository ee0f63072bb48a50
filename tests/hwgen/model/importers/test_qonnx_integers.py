"""Graphs whose input is integers: of its first quantiser, of a note beside it, of its own type."""

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shared_data import shared_arrays, shared_file

from hwgen.errors import ModelError
from hwgen.model import Model
from hwgen.model.importers import Options, import_model
from hwgen.passes import lower_network
from sim import golden

onnx: Any = pytest.importorskip("onnx", reason="needs the package onnx")
Net = importlib.import_module("qonnx_files").Net
reference_outputs = importlib.import_module("qonnx_reference").reference_outputs

QONNX = {"domain": "qonnx.custom_op.general"}
QUANTISED = Options(pixels="quantised")


def quant(net, scale, bits, **attributes):
    return net.then("Quant", scale, 0.0, np.float64(bits), **QONNX, **attributes)


def ending(net, inputs):
    """A layer of 3-bit weights, scores of five classes."""
    weights = net.rng.integers(-4, 4, (inputs, 5)) * 0.5
    levels = net.add("Quant", weights, 0.5, 0.0, np.float64(3), **QONNX, signed=1)
    return net.then("Flatten").then("MatMul", levels).then("Mul", 0.25)


def scores(model: Model, integers: np.ndarray) -> np.ndarray:
    """Of integers in the graph's layout, (frames, ...)."""
    size = model.input
    rows = integers.reshape(len(integers), size.channels, size.height, size.width)
    pixels = rows.transpose(0, 2, 3, 1).astype(size.dtype)
    found = golden.run(model, pixels).float_scores
    return found.reshape(len(integers), -1)


def altered(path: Path, change: Any) -> Path:
    made = onnx.load(path)
    change(made.graph)
    path.write_bytes(made.SerializeToString())
    return path


@pytest.mark.parametrize(
    ("bits", "attributes", "number_type", "ends"),
    [
        (8, {"signed": 1}, "int8", (-128, 127)),
        (8, {"signed": 1, "narrow": 1}, "int8", (-127, 127)),
        (4, {"signed": 0}, "uint4", (0, 15)),
        (12, {"signed": 1}, "int12", (-2048, 2047)),
        (16, {"signed": 1, "rounding_mode": "FLOOR"}, "int16", (-32768, 32767)),
    ],
)
def test_the_first_quantiser_says_what_the_input_is(tmp_path, bits, attributes, number_type, ends):
    scale = 2.0**-7
    path = ending(quant(Net(1, 2, 10), scale, bits, **attributes), 20).save(tmp_path)
    model, _ = import_model(path, QUANTISED)
    assert (model.input.height, model.input.width, model.input.channels) == (1, 10, 2)
    assert model.input.number_type == number_type
    said = f"{number_type}, integers of the first quantiser; as asked for"
    assert model.provenance["pixels"] == said
    integers = np.random.default_rng(bits).integers(ends[0], ends[1] + 1, (6, 2, 10))
    expected = reference_outputs(path, (integers * scale).astype(np.float32))
    assert np.array_equal(scores(model, integers), expected)


def test_bits_of_the_first_quantiser_meet_no_multiplier(tmp_path):
    net = Net(1, 12).quantise(0.5)
    net.domain = "qonnx.custom_op.general"
    net.nodes[0].domain = net.domain
    path = net.dense(net.rng.choice([-1, 1], (4, 12))).save(tmp_path)
    model, _ = import_model(path, QUANTISED)
    assert model.input.number_type == "uint1"
    (stage,) = lower_network(model).matrices.values()
    assert stage.counts
    bits = np.random.default_rng(1).integers(0, 2, (5, 12))
    expected = reference_outputs(path, (bits - 0.5).astype(np.float32))
    assert np.array_equal(scores(model, bits), expected)


@pytest.mark.parametrize(
    ("note", "number_type", "low", "value"),
    [
        ("BIPOLAR", "uint1", 0, lambda u: 2 * u - 1),
        ("BINARY", "uint1", 0, lambda u: u),
        ("INT5", "int5", -16, lambda u: u),
        ("UINT12", "uint12", 0, lambda u: u),
        ("TERNARY", "int2", -1, lambda u: u),
    ],
)
def test_a_note_beside_the_input_counts_where_it_is_asked_for(
    tmp_path, note, number_type, low, value
):
    path = ending(Net(1, 12).then("Add", 1.0).then("Div", 2.0), 12).save(tmp_path)

    def change(graph):
        entry = onnx.StringStringEntryProto(key="finn_datatype", value=note)
        graph.quantization_annotation.append(
            onnx.TensorAnnotation(tensor_name="x", quant_parameter_tensor_names=[entry])
        )

    altered(path, change)
    assert import_model(path)[0].input.number_type == "uint8"
    model, _ = import_model(path, QUANTISED)
    assert model.input.number_type == number_type
    assert f"its input is noted as {note}" in str(model.provenance["pixels"])
    high = 1 if note == "TERNARY" else model.input.high
    integers = np.random.default_rng(2).integers(low, high + 1, (6, 12))
    expected = reference_outputs(path, value(integers).astype(np.float32))
    assert np.array_equal(scores(model, integers), expected)


def typed(path: Path, name: str) -> Path:
    def change(graph):
        graph.input[0].type.tensor_type.elem_type = getattr(onnx.TensorProto, name)

    return altered(path, change)


@pytest.mark.parametrize(
    ("name", "number_type"), [("INT8", "int8"), ("UINT16", "uint16"), ("INT16", "int16")]
)
def test_a_type_of_integers_decides_by_itself(tmp_path, name, number_type):
    path = ending(Net(1, 3, 4, 4), 48).save(tmp_path)
    plain = reference_outputs  # runs the graph as it was, of floats
    integers = np.random.default_rng(3).integers(0, 128, (4, 3, 4, 4))
    expected = plain(path, integers.astype(np.float32))
    model, _ = import_model(typed(path, name))
    assert model.input.number_type == number_type
    assert model.provenance["pixels"] == f"{number_type}; its input is {name.lower()}"
    assert np.array_equal(scores(model, integers), expected)


def test_a_type_as_of_pictures_leaves_them_pictures(tmp_path):
    model, _ = import_model(typed(ending(Net(1, 3, 4, 4), 48).save(tmp_path), "UINT8"))
    assert model.input.number_type == "uint8"
    assert str(model.provenance["pixels"]).startswith("pixel / 255")


def test_what_a_quantiser_makes_of_stated_integers_is_computed(tmp_path):
    """A coarser quantiser of 4-bit integers is a table, one of 12-bit integers thresholds."""
    for note, number_type in (("INT4", "int4"), ("INT12", "int12")):
        path = ending(quant(Net(1, 12), 4.0, 3, signed=1), 12).save(tmp_path)

        def change(graph, note=note):
            entry = onnx.StringStringEntryProto(key="finn_datatype", value=note)
            graph.quantization_annotation.append(
                onnx.TensorAnnotation(tensor_name="x", quant_parameter_tensor_names=[entry])
            )

        model, _ = import_model(altered(path, change), QUANTISED)
        assert model.input.number_type == number_type
        ends = model.input.low, model.input.high + 1
        integers = np.random.default_rng(4).integers(*ends, (20, 12))
        expected = reference_outputs(path, integers.astype(np.float32))
        assert np.array_equal(scores(model, integers), expected)


def test_a_graph_without_integers_ahead_of_its_weights_is_refused(tmp_path):
    path = ending(Net(1, 12), 12).save(tmp_path)
    with pytest.raises(ModelError, match=r"ahead of any quantiser, and the file does not say what"):
        import_model(path, QUANTISED)


def test_more_bits_than_an_input_has_are_refused(tmp_path):
    path = ending(quant(Net(1, 12), 1.0, 24, signed=1), 12).save(tmp_path)
    with pytest.raises(ModelError, match=r"makes 24 bits of the input, which has at most 16"):
        import_model(path, QUANTISED)


def test_two_quantisers_that_differ_are_no_one_input(tmp_path):
    net = Net(1, 12)
    ends = [
        net.add("Quant", "x", scale, 0.0, np.float64(4), **QONNX, signed=1) for scale in (0.5, 0.25)
    ]
    net.last = net.add("Concat", *ends, axis=1)
    with pytest.raises(ModelError, match=r"quantises the input in another way than the quantiser"):
        import_model(ending(net, 24).save(tmp_path), QUANTISED)


def rounded(frames: np.ndarray, scale: float, low: int, high: int) -> np.ndarray:
    values = frames.astype(np.float32) / np.float32(255)
    return np.clip(np.rint(values / np.float32(scale)), low, high)


@pytest.mark.parametrize(
    ("name", "number_type", "integers"),
    [
        ("unsw_nb15-mlp-w2a2", "uint1", lambda frames: frames // 255),
        ("radioml_conv1d_w8a2", "int2", lambda frames: rounded(frames, 1.0, -2, 1)),
        ("kwsmlp_w3a3", "int8", lambda frames: rounded(frames, 0.8298504, -127, 127)),
    ],
)
def test_public_files_compute_their_reference_from_integers(name, number_type, integers):
    model, _ = import_model(shared_file(f"models/public/{name}.onnx"), QUANTISED)
    assert model.input.number_type == number_type
    arrays = shared_arrays(f"models/public/{name}.reference.npz")
    found = golden.run(model, integers(arrays["X"]).astype(model.input.dtype)).float_scores
    size = np.abs(arrays["R"]).max()
    assert np.abs(found.reshape(arrays["R"].shape) - arrays["R"]).max() <= 1e-6 * size
