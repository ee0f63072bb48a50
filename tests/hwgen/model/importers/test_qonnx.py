"""QONNX graphs made here, held against the same graphs computed in float64, node by node."""

import importlib
from fractions import Fraction

import numpy as np
import pytest
from foreign_networks import signs

from hwgen.model import Affine, BatchNorm, Dense
from hwgen.model.importers import Options, import_model
from sim import golden

onnx = pytest.importorskip("onnx", reason="needs the package onnx")
Net = importlib.import_module("qonnx_files").Net

QUANTISER_DOMAINS = ["qonnx.custom_op.general", "onnx.brevitas", "finn.custom_op.general"]


def sign(x):
    return np.where(x >= 0, 1, -1)


def pictures(frames, *shape):
    """uint8 (frames, rows, columns, channels), and bits as the graphs read them, CHW."""
    images = np.random.default_rng(5).integers(0, 256, (frames, *shape), dtype=np.uint8)
    images.reshape(-1)[:2] = 127, 128
    return images, sign(2 * (images / 255) - 1).transpose(0, 3, 1, 2).reshape(frames, -1)


def test_a_network_computes_what_its_graph_says_and_flattens_channels_first(tmp_path):
    rng = np.random.default_rng(1)
    first, second = signs(rng, 6, 2 * 3 * 4), signs(rng, 3, 6)
    gamma = np.array([1.5, -0.5, 1, -2, 0.25, 0.75])
    beta, mean = rng.integers(-8, 8, (2, 6)) / 4 + 0.125
    variance = rng.integers(1, 9, 6) / 1.0
    net = Net(1, 2, 3, 4).begin().dense(first).norm(gamma, beta, mean, variance, epsilon=0.5)
    net.quantise().dense(second).then("Mul", -0.5).then("Add", 3.0)
    model, importer = import_model(net.save(tmp_path))
    images, bits = pictures(100, 3, 4, 2)
    hidden = sign(gamma * (bits @ first.T - mean) / np.sqrt(variance + 0.5) + beta)
    result = golden.run(model, images)
    assert importer.name == "qonnx"
    assert np.array_equal(result.scores, hidden @ second.T)
    assert np.array_equal(result.float_scores, hidden @ second.T * -0.5 + 3)
    assert model.input.transform == Affine(Fraction(2, 255), Fraction(-1))


@pytest.mark.parametrize(("op", "number"), [("Div", 255.0), ("Mul", 1 / 255)])
def test_a_graph_that_scales_pixels_itself_reads_0_to_255(tmp_path, op, number):
    weights = signs(np.random.default_rng(2), 3, 9)
    net = Net(1, 1, 3, 3).then(op, number).begin().dense(weights)
    model, _ = import_model(net.save(tmp_path))
    images, bits = pictures(20, 3, 3, 1)
    assert np.array_equal(golden.run(model, images).scores, bits @ weights.T)
    assert model.provenance["pixels"] == "0 to 255; as the graph shows"


def test_pixels_taken_as_bits_are_1_above_127(tmp_path):
    weights = signs(np.random.default_rng(2), 3, 9)
    model, _ = import_model(Net(1, 9).dense(weights).save(tmp_path), Options(pixels="bits"))
    images, bits = pictures(20, 3, 3, 1)
    assert np.array_equal(golden.run(model, images).scores, (bits > 0) @ weights.T)
    assert model.provenance["pixels"] == "bits: 1 above 127, else 0; as asked for"


@pytest.mark.parametrize("domain", QUANTISER_DOMAINS)
def test_quantisers_are_known_in_each_of_their_domains(tmp_path, domain):
    weights = signs(np.random.default_rng(2), 3, 9)
    net = Net(1, 9, domain=domain).then("Mul", 2.0).then("Sub", 1.0).quantise().dense(weights)
    model, _ = import_model(net.save(tmp_path))
    images, bits = pictures(20, 3, 3, 1)
    assert np.array_equal(golden.run(model, images).scores, bits @ weights.T)


def test_a_signed_quant_of_one_bit_gives_minus_one_and_one(tmp_path):
    weights = signs(np.random.default_rng(3), 3, 4)
    net = Net(1, 1, 2, 2).then("Sub", 0.5)
    quant = {"domain": "qonnx.custom_op.general", "signed": 1, "narrow": 1}
    net.then("Quant", 1.0, 0.0, 1.0, **quant).then("Reshape", np.array([1, -1]))
    bits = net.add("Quant", weights.T * 0.5, 1.0, 0.0, 1.0, **quant)
    model, _ = import_model(net.then("MatMul", bits).save(tmp_path))
    images, read = pictures(20, 2, 2, 1)
    assert np.array_equal(golden.run(model, images).scores, read @ weights.T)


@pytest.mark.parametrize(
    ("slope", "offset"),
    [(0.1, 0.3), (-0.1, 0.3), (0.1, -0.25), (-0.1, -0.25), (0.1, -0.2), (-3.0, 6.0)],
)
def test_arithmetic_ahead_of_a_quantiser_is_exact(tmp_path, slope, offset):
    weights = signs(np.random.default_rng(4), 5, 16)
    net = Net(1, 1, 4, 4).begin().dense(weights)
    net.then("Mul", slope).then("Add", np.full(5, offset)).quantise()
    model, _ = import_model(net.save(tmp_path))
    norm = next(layer for layer in model.layers if isinstance(layer, BatchNorm))
    acc = np.arange(-16, 17)[:, None].repeat(5, axis=1)
    exact = [Fraction(float(np.float32(slope))) * a + Fraction(float(np.float32(offset)))
             for a in range(-16, 17)]  # fmt: skip
    bits = golden.sign_of(model, "dense0", norm.name, acc)
    assert bits[:, 0].tolist() == [1 if value >= 0 else -1 for value in exact]


def test_zero_gives_one_and_a_constant_less_a_tensor_turns_it_around(tmp_path):
    net = Net(1, 1, 2, 2).begin().dense(np.ones((1, 4)))
    net.last = net.add("Sub", np.array(2.0), net.last)
    model, _ = import_model(net.quantise().save(tmp_path))
    bits = golden.sign_of(model, "dense0", "norm0", np.array([[1], [2], [3]]))
    assert bits.tolist() == [[1], [1], [-1]]


def test_scales_of_two_go_into_the_batch_normalisation(tmp_path):
    rng = np.random.default_rng(6)
    weights, figures = signs(rng, 4, 9), rng.integers(1, 9, (4, 4)) / 2
    net = Net(1, 1, 3, 3).then("Sub", 0.5).quantise(0.5).then("Flatten").dense(weights, 0.25)
    model, _ = import_model(net.norm(*figures, epsilon=0.0).quantise().save(tmp_path))
    images, bits = pictures(50, 3, 3, 1)
    gamma, beta, mean, variance = figures
    expected = sign(gamma * (bits @ weights.T / 8 - mean) / np.sqrt(variance) + beta)
    assert np.array_equal(golden.run(model, images).scores, expected)


def test_shapes_computed_in_the_graph_and_constants_in_nodes_are_folded(tmp_path):
    weights = signs(np.random.default_rng(8), 3, 16)
    net = Net(1, 1, 4, 4).then("Mul", 2.0).then("Sub", 1.0).quantise()
    size = net.add("Gather", net.add("Shape", "x"), np.array(0), axis=0)
    row = net.add("Concat", net.add("Unsqueeze", size, axes=[0]), np.array([-1]), axis=0)
    tensor = onnx.numpy_helper.from_array(weights.T.astype(np.float32))
    net.then("Reshape", row).then("Identity").then("MatMul", net.add("Constant", value=tensor))
    net.then("Div", net.add("Pow", np.array([16.0]), np.array(0.5)))
    model, _ = import_model(net.save(tmp_path))
    images, bits = pictures(20, 4, 4, 1)
    assert np.array_equal(golden.run(model, images).float_scores, bits @ weights.T / 4)


def test_layers_have_the_names_of_their_place(tmp_path):
    net = (
        Net(1, 1, 2, 2)
        .begin()
        .dense(np.ones((3, 4)))
        .norm(*np.ones((4, 3)))
        .quantise()
        .dense(np.ones((2, 3)))
    )
    model, _ = import_model(net.save(tmp_path))
    assert [layer.name for layer in model.layers] == [
        "binarise", "flatten", "dense0", "norm0", "sign0", "dense1",
    ]  # fmt: skip
    assert isinstance(model.layers[-1], Dense)


def test_nodes_that_the_output_does_not_need_are_left_out(tmp_path):
    weights = signs(np.random.default_rng(9), 3, 4)
    net = Net(1, 1, 2, 2).begin()
    net.add("Tanh", net.add("MatMul", net.last, np.ones((4, 2))))
    model, _ = import_model(net.dense(weights).save(tmp_path))
    assert [layer.name for layer in model.layers] == ["binarise", "flatten", "dense0"]


def test_a_graph_that_begins_by_adding_1_reads_minus_1_to_1(tmp_path):
    net = Net(1, 5).then("Add", 1.0).then("Div", 2.0)
    model, _ = import_model(net.then("MatMul", np.ones((5, 1), np.int64)).save(tmp_path))
    pictures = np.array([0, 51, 102, 255, 255], np.uint8).reshape(1, 1, 5, 1)
    assert golden.run(model, pictures).float_scores.tolist() == [[2.6]]
    assert model.provenance["pixels"].startswith("-1 to 1: ")


def test_means_over_windows_of_9_reach_a_level_exactly(tmp_path):
    quant = {"domain": "qonnx.custom_op.general", "signed": 0}
    net = Net(1, 1, 3, 3).then("Quant", 1.0, 0.0, 8.0, **quant)
    net.then("AveragePool", kernel_shape=[3, 3])
    # 5/9 and 7/9 and so on: sums are compared, for no float is a ninth.
    cuts = np.array([[1, 2, 4, 5, 7, 8, 10]], np.float64) / 9
    net.then("MultiThreshold", cuts, domain="qonnx.custom_op.general").then("Flatten")
    model, _ = import_model(net.save(tmp_path), Options(pixels="raw"))
    pictures = np.zeros((12, 3, 3, 1), np.uint8)
    pictures[:, 0, 0, 0] = np.arange(12)
    # The file's figures are of 24 bits, some above the ninth that they stand for.
    ninths = [float(np.float32(cut)) for cut in cuts[0]]
    expected = [sum(Fraction(total, 9) >= Fraction(cut) for cut in ninths) for total in range(12)]
    assert golden.run(model, pictures).scores[:, 0].tolist() == expected


def test_channels_last_are_seen_and_said(tmp_path):
    weights = signs(np.random.default_rng(11), 3, 5 * 6 * 2)
    net = Net(1, 5, 6, 2).then("Sub", 0.5).quantise().then("Reshape", np.array([1, -1]))
    model, _ = import_model(net.dense(weights).save(tmp_path))
    images, _ = pictures(10, 5, 6, 2)
    bits = sign(images / 255 - 0.5).reshape(10, -1)
    assert np.array_equal(golden.run(model, images).scores, bits @ weights.T)
    assert model.provenance["layout"] == "channels last; as its shape shows"


def test_a_batch_of_4_in_the_graph_is_taken_frame_by_frame(tmp_path):
    weights = signs(np.random.default_rng(12), 3, 4)
    net = Net(4, 1, 2, 2).then("Sub", 0.5).quantise().then("Reshape", np.array([4, -1]))
    model, _ = import_model(net.dense(weights).save(tmp_path))
    images, bits = pictures(20, 2, 2, 1)
    assert np.array_equal(golden.run(model, images).scores, bits @ weights.T)
