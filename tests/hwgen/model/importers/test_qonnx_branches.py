"""Matrices, branches and places, one small graph each, equal to the reference executor."""

import importlib

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="needs the package onnx")
graphs = importlib.import_module("qonnx_graphs")
checks = importlib.import_module("qonnx_checks")
Graph = graphs.Graph
channels = graphs.channels
figures = graphs.figures
image = graphs.image

GRAPHS = {
    # Matrices
    "gemm_transposed_input": lambda: (
        Graph(1, 9).begin().then("Reshape", np.array([9, 1]))
        .then("Gemm", np.arange(-13, 14).reshape(9, 3) / 1.0, transA=1, alpha=0.5)),
    "gemm_both_transposed": lambda: (
        Graph(1, 9).begin().then("Transpose", perm=[1, 0])
        .then("Gemm", np.arange(-13, 14).reshape(3, 9) / 1.0, [1.0, 2.0, 3.0],
              transA=1, transB=1, alpha=0.5, beta=-2.0)),
    "gemm_with_one_bias": lambda: (
        Graph(1, 9).begin().then("Gemm", np.ones((9, 3)) / 1.0, 0.75, beta=2.0)),
    "matmul_on_three_axes": lambda: (
        Graph(1, 5, 6).begin().conv(5, 5, 1).quant().then("Transpose", perm=[0, 2, 1])
        .then("MatMul", np.arange(15).reshape(5, 3) / 1.0).quant(8.0).end(18)),
    "matmul_with_the_constant_first": lambda: (
        Graph(1, 5, 6).begin().then("Identity").constant_first(np.arange(15).reshape(3, 5) / 1.0)
        .quant(8.0).end(18)),
    "matmul_of_a_column": lambda: (
        Graph(1, 9).begin().then("Reshape", np.array([9, 1]))
        .constant_first(np.arange(18).reshape(2, 9) / 1.0).then("Flatten", axis=0)),
    "matmul_on_channels_last": lambda: (
        image(3).begin().then("Transpose", perm=[0, 2, 3, 1])
        .then("MatMul", np.arange(-3, 3).reshape(3, 2) / 1.0).then("Add", [0.5, -0.25])
        .quant(2.0).end(60)),
    # Branches
    "add_of_one_scale": lambda: image().begin().branches("Add", 0.5, 0.5),
    "add_of_two_scales": lambda: image().begin().branches("Add", 0.5, 0.75),
    "add_of_scales_of_24_bits": lambda: (
        image().begin().branches("Add", 0.5 + 2**-13, 0.75 - 2**-14, out=None)),
    "sub_of_two_scales": lambda: image().begin().branches("Sub", 0.5, 0.25),
    "sub_of_one_scale": lambda: image().begin().branches("Sub", 0.5, 0.5),
    "add_of_scales_of_each_channel": lambda: (
        image().begin().branches("Add", 0.5, np.array([0.25, 0.5, 1, 2]).reshape(1, 4, 1, 1))),
    "add_that_a_layer_reads": lambda: image().begin().branches("Add", 0.5, 1.0, out=None),
    "add_behind_arithmetic": lambda: (
        image().begin().branches("Add", 0.5, 1.0, between=lambda net, name: net.add(
            "Mul", name, np.array([0.5, 1, -1, 2]).reshape(1, 4, 1, 1)))),
    "concat_of_two_scales": lambda: image().begin().branches("Concat", 0.5, 0.75, axis=1),
    "concat_channels_last": lambda: image().begin().nhwc_concat(),
    "add_of_sums": lambda: image().begin().sums_of_sums(),
    "two_norms_in_a_row": lambda: (
        image().begin().conv(3, 2, 3, 3).norm(*figures(3), epsilon=0.0)
        .norm(*figures(3, 4), epsilon=0.0).quant(1.0).end(36)),
    # Places
    "slice_of_channels": lambda: (
        image(4).begin().then("Slice", np.array([1]), np.array([3]), np.array([1]))
        .conv(3, 2, 3, 3).end(36)),
    "slice_of_opset_9": lambda: (
        image(4).begin().then("Slice", starts=[1], ends=[3], axes=[1]).conv(3, 2, 3, 3).end(36), 9),
    "gather_of_channels": lambda: (
        image(4).begin().then("Gather", np.array([3, 1, 0]), axis=1).then("Mul", channels(3))
        .quant(1.0).conv(3, 3, 3, 3).end(36)),
    "split_and_join": lambda: image(4).begin().split(),
    "channel_shuffle": lambda: (
        image(4).begin().then("Reshape", np.array([1, 2, 2, 6, 5]))
        .then("Transpose", perm=[0, 2, 1, 3, 4]).then("Reshape", np.array([1, 4, 6, 5]))
        .conv(4, 1, 3, 3, group=4).quant(1.0).conv(3, 4, 1, 1).end(36)),
    "squeeze_and_unsqueeze": lambda: (
        Graph(1, 3, 8).begin().then("Unsqueeze", np.array([2])).conv(2, 3, 1, 3)
        .then("Squeeze", np.array([2])).quant(1.0).end(12)),
    "unsqueeze_of_opset_9": lambda: (
        Graph(1, 3, 8).begin().then("Unsqueeze", axes=[2]).conv(2, 3, 1, 3)
        .then("Squeeze", axes=[2]).quant(1.0).end(12), 9),
}  # fmt: skip


@pytest.mark.parametrize("name", GRAPHS)
def test_an_operator_computes_what_the_reference_does(tmp_path, name):
    made = GRAPHS[name]()
    net, opset = made if isinstance(made, tuple) else (made, 17)
    checks.assert_imported(net, tmp_path, opset=opset)
