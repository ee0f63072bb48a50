"""Convolutions, padding and pools, one small graph each, equal to the reference executor."""

import importlib

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="needs the package onnx")
graphs = importlib.import_module("qonnx_graphs")
checks = importlib.import_module("qonnx_checks")
Graph = graphs.Graph
channels = graphs.channels
image = graphs.image

GRAPHS = {
    # Convolutions
    "conv_of_groups": lambda: (
        image(4).begin().conv(6, 2, 3, 3, group=2, pads=[1, 1, 1, 1]).end(180)),
    "conv_of_groups_and_bias": lambda: (
        image(4).begin().then("Conv", np.ones((4, 2, 1, 1)) / 1.0, [1.0, 2.0, 3.0, 4.0], group=2)
        .quant(2.0).end(120)),
    "conv_depth_multiplier": lambda: (
        image(2).begin().conv(6, 1, 3, 3, group=2, strides=[2, 1]).then("Mul", channels(6))
        .quant(1.0).conv(2, 6, 1, 1).end(12)),
    "conv_depthwise_separable": lambda: (
        image(3).begin().conv(3, 1, 3, 3, group=3, pads=[1, 1, 1, 1]).quant(1.0)
        .conv(4, 3, 1, 1).quant(4.0).end(120)),
    "conv_of_one_axis_groups_pads": lambda: (
        Graph(1, 4, 9).begin().conv(4, 2, 3, group=2, pads=[2, 0], strides=[2]).quant(1.0).end(20)),
    "conv_dilated_same_lower": lambda: (
        image().begin().conv(3, 2, 3, 2, dilations=[2, 2], auto_pad="SAME_LOWER").end(90)),
    "conv_same_upper": lambda: (
        image().begin().conv(3, 2, 3, 2, auto_pad="SAME_UPPER", strides=[2, 2]).end(27)),
    "conv_valid": lambda: image().begin().conv(3, 2, 3, 2, auto_pad="VALID").end(48),
    "conv_of_channels_of_different_scales": lambda: (
        image(2).begin(scale=np.array([0.5, 2.0]).reshape(1, 2, 1, 1)).conv(3, 2, 2, 2).end(60)),
    "conv_of_unquantised_weights_of_few_levels": lambda: (
        image(2).begin().then("Conv", np.array([0.25, -0.5, 0, 0.75]).reshape(2, 2, 1, 1)).end(60)),
    "conv_of_ternary_weights_of_any_scale": lambda: (
        image(2).begin().then("Conv", np.array([[0.3, -0.3], [0, 0.7]]).reshape(2, 2, 1, 1))
        .quant(1.125).end(60)),
    # Pads
    "pad_before_conv": lambda: (
        image().begin().pad([0, 0, 1, 2, 0, 0, 0, 1]).conv(3, 2, 3, 3).end(3 * 5 * 6)),
    "pad_before_conv_that_pads": lambda: (
        image().begin().pad([0, 0, 1, 0, 0, 0, 0, 1]).conv(3, 2, 3, 3, pads=[1, 1, 1, 1])
        .end(3 * 7 * 6)),
    "pad_with_minus_one": lambda: (
        image().then("Sub", 128.0).quantise().pad([0, 0, 1, 1, 0, 0, 1, 1], -1.0)
        .conv(3, 2, 3, 3).end(90)),
    "pad_of_pixels": lambda: (
        image().pad([0, 0, 1, 1, 0, 0, 1, 1], 7.0).conv(3, 2, 3, 3).end(90)),
    "pad_and_then_a_quantiser": lambda: (
        image().then("Sub", 128.0).then("Div", 16.0).pad([0, 0, 1, 1, 0, 0, 1, 1]).quant()
        .conv(3, 2, 3, 3).end(90)),
    "pad_of_a_signal_by_axes": lambda: (
        Graph(1, 3, 8).begin().then("Pad", np.array([2, 1]), "", np.array([-1]))
        .conv(2, 3, 3).end(18), 18),
    "pad_before_maximum": lambda: (
        image().begin(signed=0).pad([0, 0, 1, 1, 0, 0, 1, 1])
        .then("MaxPool", kernel_shape=[2, 2], strides=[2, 2]).end(24)),
    "pad_of_opset_9": lambda: (
        image().begin().then("Pad", pads=[0, 0, 1, 1, 0, 0, 1, 1]).conv(3, 2, 3, 3).end(90), 9),
    "pad_before_flatten": lambda: image().begin().pad([0, 0, 1, 1, 0, 0, 1, 1]).end(112),
    "pad_before_add": lambda: image().begin().padded_add(),
    # Pools
    "mean_that_counts_its_padding": lambda: (
        image().begin().then("AveragePool", kernel_shape=[2, 2], strides=[2, 2],
                             pads=[1, 1, 0, 0], count_include_pad=1).quant(0.5).end(18)),
    "mean_of_pads": lambda: (
        image().begin().pad([0, 0, 1, 1, 0, 0, 1, 1])
        .then("AveragePool", kernel_shape=[2, 2], strides=[2, 2]).quant(0.5).end(24)),
    "mean_ceil_that_changes_nothing": lambda: (
        image(2, 6, 6).begin().then("AveragePool", kernel_shape=[2, 2], strides=[2, 2],
                                    ceil_mode=1).quant(0.5).end(18)),
    "mean_read_without_quantiser": lambda: (
        image().begin().then("AveragePool", kernel_shape=[2, 2], strides=[2, 2]).end(12)),
    "global_mean_and_gemm": lambda: image(3, 4, 4).begin().then("GlobalAveragePool").end(3),
    "maximum_ceil_and_pads": lambda: (
        image().begin().then("MaxPool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 0, 1, 1],
                             ceil_mode=1).end(24)),
    "maximum_of_pixels": lambda: (
        image().then("MaxPool", kernel_shape=[2, 2], strides=[1, 1]).conv(3, 2, 3, 3).end(18)),
    "maximum_same_lower": lambda: (
        image().begin().then("MaxPool", kernel_shape=[2, 2], strides=[2, 2],
                             auto_pad="SAME_LOWER").end(18)),
    "global_maximum": lambda: image(3, 4, 4).begin().then("GlobalMaxPool").end(3),
    "reduce_max": lambda: image(3, 4, 4).begin().then("ReduceMax", axes=[2, 3]).end(3),
    "reduce_mean_keeping_no_axes": lambda: (
        image(3, 4, 4).begin().then("ReduceMean", axes=[-1, -2], keepdims=0)
        .then("MatMul", np.eye(3))),
    "reduce_mean_of_opset_18": lambda: (
        image(3, 4, 4).begin().then("ReduceMean", np.array([2, 3]), keepdims=0)
        .then("MatMul", np.eye(3)), 18),
    "reduce_mean_of_columns": lambda: (
        image(2, 3, 4).begin().then("ReduceMean", axes=[3], keepdims=0).end(6)),
    "reduce_sum": lambda: (
        image(3, 4, 4).begin().then("ReduceSum", np.array([2, 3]), keepdims=0)
        .then("MatMul", np.eye(3))),
    "reduce_mean_channels_last": lambda: (
        image(3, 4, 4).begin().then("Transpose", perm=[0, 2, 3, 1])
        .then("ReduceMean", axes=[1, 2], keepdims=0).then("MatMul", np.eye(3))),
}  # fmt: skip


@pytest.mark.parametrize("name", GRAPHS)
def test_an_operator_computes_what_the_reference_does(tmp_path, name):
    made = GRAPHS[name]()
    net, opset = made if isinstance(made, tuple) else (made, 17)
    checks.assert_imported(net, tmp_path, opset=opset)
