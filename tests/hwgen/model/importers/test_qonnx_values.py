"""Functions and quantisers, one small graph each, equal to the reference executor."""

import importlib

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="needs the package onnx")
graphs = importlib.import_module("qonnx_graphs")
checks = importlib.import_module("qonnx_checks")
GENERAL = graphs.GENERAL
Graph = graphs.Graph
dense = graphs.dense
figures = graphs.figures
image = graphs.image
integer = graphs.integer
mapped = graphs.mapped

GRAPHS = {
    # Functions of one number
    "hard_sigmoid": lambda: (
        dense().then("HardSigmoid", alpha=0.25, beta=0.5).quant(0.25, signed=0).end(6)),
    "hardtanh_as_clip_of_opset_6": lambda: (
        dense().then("Clip", min=-1.0, max=1.0).quant(0.25).end(6), 9),
    "clip_without_ends": lambda: dense().then("Clip").quant(4.0).end(6),
    "clip_with_only_a_maximum": lambda: dense().then("Clip", "", 6.0).quant(2.0).end(6),
    "sigmoid_and_quantiser": lambda: (
        dense().then("Div", 8.0).then("Sigmoid").quant(2.0**-4, signed=0).end(6)),
    "tanh_and_quantiser": lambda: dense().then("Div", 8.0).then("Tanh").quant(0.125).end(6),
    "sigmoid_and_round": lambda: (
        dense().then("Div", 8.0).then("Sigmoid").then("Mul", 7.0).then("Round").end(6)),
    "tanh_at_its_middle": lambda: (
        dense().then("Tanh").then("BipolarQuant", 1.0, domain=GENERAL).end(6)),
    "norm_of_pixels": lambda: (
        image().norm(*figures(2), epsilon=0.5).quant(8.0).conv(3, 2, 3, 3).end(36)),
    "maximum_and_minimum_with_constants": lambda: (
        dense().then("Max", -3.0).then("Min", 6.0).quant(1.0).end(6)),
    "minimum_with_the_constant_first": lambda: dense().constant_first(6.0, "Min").quant(1.0).end(6),
    "leaky_relu": lambda: dense().then("LeakyRelu", alpha=0.125).quant(0.5).end(6),
    "prelu_of_each_channel": lambda: (
        image().begin().conv(3, 2, 3, 3).then("PRelu", np.array([0.5, 0.25, 2.0]).reshape(3, 1, 1))
        .quant(1.0).end(36)),
    "sign_with_zero": lambda: dense().then("Sign").end(6),
    "sign_of_a_sign": lambda: dense().then("Sign").then("Add", 0.125).then("Sign").end(6),
    "comparison_and_where": lambda: (
        dense().then("GreaterOrEqual", 0.0).then("Where", 1.0, -1.0).end(6)),
    "comparison_of_less": lambda: (
        dense().then("Less", [1.0, 2, 3, -1, -2, 0]).then("Cast", to=1).end(6)),
    "comparison_at_most_and_not": lambda: (
        dense().then("LessOrEqual", 3.0).then("Not").then("Cast", to=1).end(6)),
    "comparison_with_the_constant_first": lambda: (
        dense().constant_first(3.0, "Greater").then("Cast", to=1).then("Mul", 2.0)
        .then("Sub", 1.0).end(6)),
    "cast_of_integers": lambda: dense().quant().then("Cast", to=6).then("Cast", to=1).end(6),
    # Quantisers of plain ONNX
    "quantize_and_dequantize": lambda: (
        dense().then("QuantizeLinear", 2.0, integer(3, np.int8))
        .then("DequantizeLinear", 2.0, integer(3, np.int8)).end(6), 19),
    "quantize_clip_dequantize": lambda: (
        dense().then("QuantizeLinear", 1.5, integer(0, np.int8))
        .then("Clip", integer(-4, np.int8), integer(3, np.int8))
        .then("DequantizeLinear", 1.5, integer(0, np.int8)).end(6), 19),
    "quantized_pixels": lambda: (
        image().then("QuantizeLinear", 1.0, integer(0, np.uint8))
        .then("DequantizeLinear", 1.0, integer(0, np.uint8)).conv(3, 2, 3, 3).end(36), 19),
    "dequantized_weights_of_each_column": lambda: (
        Graph(1, 9).begin().dequantized(9, 3, axis=1), 19),
    "dequantized_weights_of_each_kernel": lambda: (image().begin().dequantized_kernels(), 19),
    "clip_and_round": lambda: (
        dense().then("Div", 2.0).then("Clip", -2.0, 1.0).then("Round").then("Mul", 0.5).end(6)),
    "round_and_clip": lambda: (
        dense().then("Mul", 0.25).then("Round").then("Mul", 4.0).then("Clip", -8.0, 12.0).end(6)),
    "floor_to_two_levels": lambda: (
        mapped().then("Div", 16.0).then("Clip", 0.0, 1.0).then("Floor")
        .then("Mul", 2.0).then("Sub", 1.0)
        .conv(2, 3, 3, 3, pads=[1, 1, 1, 1]).end(24)),
    "ceil_of_a_norm": lambda: (
        image().begin().conv(3, 2, 3, 3).norm(*figures(3), epsilon=0.5)
        .then("Clip", -3.0, 3.0).then("Ceil").end(36)),
    "round_read_by_two": lambda: image().begin().rounded_branches(),
    "rounded_output": lambda: dense().then("Div", 4.0).then("Round").then("Mul", 0.5),
    # Quantisers
    **{f"rounding_{mode}": (lambda mode=mode: (
        dense().then("Div", 4.0).quant(0.5, bits=6, rounding_mode=mode).end(6)))
        for mode in ("ROUND", "HALF_EVEN", "HALF_UP", "HALF_DOWN", "CEIL", "FLOOR", "UP", "DOWN",
                     "ROUND_TO_ZERO")},
    "zero_point_of_values": lambda: dense().quant(2.0, 8.0, signed=0).end(6),
    "zero_point_of_pixels": lambda: image().quant(16.0, -8.0).conv(2, 2, 3, 3).end(24),
    "zero_point_that_is_no_integer": lambda: dense().quant(2.0, 7.5, signed=0).end(6),
    "zero_point_of_each_channel": lambda: (
        image().begin().conv(3, 2, 3, 3)
        .quant(2.0, np.array([1.0, 8, 3]).reshape(1, 3, 1, 1), signed=0).end(36)),
    "zero_point_under_padding": lambda: (
        mapped().quant(2.0, 8.0, signed=0).conv(2, 3, 3, 3, pads=[1, 1, 1, 1]).end(24)),
    "zero_point_of_weights": lambda: Graph(1, 9).begin().quantised_matrix(9, 3, zero=3.0, signed=0),
    "zero_point_of_the_output": lambda: dense().quant(2.0, 8.0, signed=0),
    "int_quant": lambda: (
        dense().then("IntQuant", 2.0, 0.0, 3.0, domain=GENERAL, signed=1).end(6)),
    "narrow_unsigned": lambda: dense().quant(2.0, bits=3, signed=0, narrow=1).end(6),
    "ternary_values": lambda: dense().quant(2.0, bits=2, narrow=1).end(6),
    "bipolar_scale_of_each_channel": lambda: (
        image().begin().conv(3, 2, 3, 3)
        .then("BipolarQuant", np.array([0.5, 1, 2]).reshape(1, 3, 1, 1), domain=GENERAL).end(36)),
    "thresholds_channels_last": lambda: (
        image().begin().conv(3, 2, 3, 3).then("Transpose", perm=[0, 2, 3, 1])
        .then("MultiThreshold", np.sort(np.arange(9).reshape(3, 3) * 3.0 - 9), domain=GENERAL,
              data_layout="NHWC", out_scale=0.5, out_bias=-1.0, out_dtype="INT2").end(36)),
    "wide_quantiser_that_changes_nothing": lambda: (
        dense().quant(1.0).then("Mul", 0.5).quant(0.25, bits=16).end(6)),
    "bias_of_32_bits": lambda: Graph(1, 9).begin().biased(9, 3),
    "truncated_mean": lambda: (
        image(2, 4, 4).begin(signed=0).then("GlobalAveragePool").then("Mul", 16.0)
        .then("Trunc", 1.0, 0.0, 8.0, 4.0, domain=GENERAL).end(2)),
    **{f"truncated_to_{mode}": (lambda mode=mode: (
        dense().then("Trunc", 0.5, 0.0, 8.0, 4.0, 6.0, domain=GENERAL, signed=1,
                     rounding_mode=mode).end(6)))
        for mode in ("FLOOR", "ROUND", "CEIL", "HALF_UP", "ROUND_TO_ZERO")},
}  # fmt: skip


@pytest.mark.parametrize("name", GRAPHS)
def test_an_operator_computes_what_the_reference_does(tmp_path, name):
    made = GRAPHS[name]()
    net, opset = made if isinstance(made, tuple) else (made, 17)
    checks.assert_imported(net, tmp_path, opset=opset)
