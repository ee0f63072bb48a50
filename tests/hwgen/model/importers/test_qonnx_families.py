"""Networks of the shapes that others publish, made small: equal to the reference executor.

Their figures are random; what is theirs is which nodes an exporter writes, and in what order.
"""

import importlib

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="needs the package onnx")
graphs = importlib.import_module("qonnx_graphs")
checks = importlib.import_module("qonnx_checks")
GENERAL, Graph, figures = graphs.GENERAL, graphs.Graph, graphs.figures


class Family(Graph):
    """A graph with the habits of exporters."""

    def bits(self, *shape, scale=1.0):
        """Weights of -1 and +1."""
        return self.add("BipolarQuant", self.rng.normal(size=shape), scale, domain=GENERAL)

    def normed(self, channels, seed=3):
        gamma, beta, mean, variance = figures(channels, seed)
        gamma = np.where(gamma == 0, 1.5, gamma)
        return self.norm(gamma, beta, mean, variance * 16, epsilon=0.0)

    def computed_scale(self, bits=4.0, **more):
        """A quantiser whose scale the graph computes, from a maximum over a number of steps."""
        scale = self.add("Div", np.array(8.0), self.add("Pow", np.array(2.0), np.array(3.0)))
        self.last = self.add("Quant", self.last, scale, 0.0, bits, domain=GENERAL, **more)
        return self

    def tensor_norm(self):
        """What Brevitas's examples call so: a batch normalisation of one channel, in pieces."""
        root = self.add("Sqrt", self.add("Add", np.array(3.5), np.array(0.5)))
        return self.then("Sub", 1.0).then("Div", root).then("Mul", -0.5).then("Add", 0.25)


def cnv_with_two_bits():
    net = Family(1, 3, 10, 10).then("Div", 128.0).then("Sub", 1.0)
    net.quant(2.0**-7, bits=8, narrow=1)
    net.then("Conv", net.bits(4, 3, 3, 3)).normed(4).quant(1.0, bits=2)
    net.then("Conv", net.bits(6, 4, 3, 3, scale=0.5)).normed(6).quant(1.0, bits=2)
    net.then("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    net.then("Reshape", np.array([1, -1]))
    net.then("MatMul", net.add("Transpose", net.bits(8, 54), perm=[1, 0])).normed(8).quant(bits=2)
    return net.then("MatMul", net.bits(8, 5)).tensor_norm()


def vgg_of_signals():
    net = Family(1, 2, 32).begin(bits=8)
    for inputs in (2, 4):
        net.conv(4, inputs, 3, pads=[1, 1]).normed(4).then("Relu").computed_scale(signed=0)
        net.then("MaxPool", kernel_shape=[2], strides=[2])
    net.end(32, 6).normed(6).then("Relu").quant(signed=0)
    bias = net.add("Quant", net.rng.normal(size=4), 0.125, 0.0, 16.0, domain=GENERAL, signed=1)
    return net.then("Gemm", net.weights(4, 6), bias, transB=1)


def jets_by_hls4ml():
    net = Family(1, 16).begin(bits=8)
    for inputs, units in ((16, 8), (8, 6)):
        bias = net.add("Quant", net.rng.normal(size=units), 0.25, 0.0, 6.0, domain=GENERAL,
                       signed=1, narrow=0, rounding_mode="ROUND")  # fmt: skip
        net.then("MatMul", net.weights(inputs, units)).then("Add", bias).normed(units)
        net.then("Relu").quant(0.5, bits=6, signed=0, rounding_mode="FLOOR")
    return net.then("MatMul", net.weights(6, 5)).then("Add", np.arange(5) / 4)


def autoencoder():
    net = Family(1, 20).begin(bits=8)
    for inputs, units in ((20, 8), (8, 3), (3, 8)):
        net.then("Gemm", net.weights(units, inputs), np.zeros(units), transB=1).normed(units)
        net.then("Relu").quant(signed=0)
    return net.then("Gemm", net.weights(20, 8), np.zeros(20), transB=1)


def residual(net, channels, *, scales):
    """Two convolutions, and what they read added, each with a scale of its own."""
    trunk = net.last
    net.conv(channels, channels, 3, 3, pads=[1, 1, 1, 1]).normed(channels, 4).then("Relu")
    net.quant(signed=0).conv(channels, channels, 3, 3, pads=[1, 1, 1, 1]).normed(channels, 5)
    branch = net.quant(scales[0]).last
    net.last = trunk
    skip = net.quant(scales[1]).last
    net.last = net.add("Add", branch, skip)
    return net.then("Relu").quant(1.0, signed=0)


def resnet_of_one_scale():
    net = Family(1, 3, 9, 9).begin(bits=8)
    net.conv(4, 3, 3, 3, strides=[2, 2], pads=[1, 1, 1, 1]).normed(4).then("Relu").quant(signed=0)
    net.then("MaxPool", kernel_shape=[3, 3], strides=[1, 1], pads=[1, 1, 1, 1])
    residual(net, 4, scales=(0.5, 0.5))
    residual(net, 4, scales=(1.0, 1.0)).then("GlobalAveragePool").then("Mul", 25.0)
    net.then("Trunc", 1.0, 0.0, 9.0, 6.0, domain=GENERAL)
    return net.end(4)


def resnet_of_two_scales():
    net = Family(1, 3, 8, 8).begin(bits=8)
    net.conv(4, 3, 3, 3, pads=[1, 1, 1, 1]).normed(4).then("Relu").quant(signed=0)
    residual(net, 4, scales=(0.75, 0.5))
    net.then("AveragePool", kernel_shape=[8, 8], strides=[8, 8])
    return net.then("Flatten").then("Gemm", net.weights(3, 4), np.arange(3) / 2, transB=1)


def mobile_blocks():
    net = Family(1, 3, 9, 9).begin(bits=8).conv(4, 3, 3, 3, strides=[2, 2], pads=[1] * 4)
    net.normed(4).then("Clip", 0.0, 6.0).quant(0.5, signed=0)
    net.then("Pad", np.array([0, 0, 0, 0, 0, 0, 1, 1]), 0.0)
    net.conv(8, 1, 3, 3, group=4, strides=[2, 2]).normed(8).then("Clip", 0.0, 6.0)
    net.quant(0.5, signed=0).conv(4, 8, 1, 1).normed(4).quant(0.5)
    return net.then("ReduceMean", axes=[2, 3], keepdims=0).quant(0.25).end(4)


def binary_by_torch():
    """Signs as torch writes them: of weights too, and a comparison where zero is +1."""
    net = Family(1, 3, 6, 6).then("Div", 128.0).then("Sub", 1.0).then("Sign")
    kernels = net.rng.normal(size=(4, 3, 3, 3))
    net.then("Conv", net.add("Sign", kernels)).normed(4).then("Clip", -1.0, 1.0)
    net.then("GreaterOrEqual", 0.0).then("Where", 1.0, -1.0).then("Flatten")
    return net.then("MatMul", net.add("Transpose", net.add("Sign", net.rng.normal(size=(3, 64))),
                                      perm=[1, 0]))  # fmt: skip


def xnor_scales():
    """Weights of -1 and +1 times the mean of their size, which the graph computes."""
    net = Family(1, 2, 6, 6).begin()
    kernels = net.constant(net.rng.choice([-1.5, -0.5, 0.5, 1.5], (4, 2, 2, 2)))
    size = net.add("ReduceMean", net.add("Abs", kernels), axes=[1, 2, 3])
    net.then("Conv", net.add("Mul", net.add("Sign", kernels), size)).normed(4).then("Sign")
    return net.end(100)


def dorefa():
    """Activations of 5 levels by clipping and rounding, weights as they are."""
    net = Family(1, 2, 6, 6).begin()
    net.conv(4, 2, 3, 3).normed(4)
    net.then("Clip", 0.0, 1.0).then("Mul", 4.0).then("Round").then("Div", 4.0)
    return net.end(64)


def larq_channels_last():
    """Of TensorFlow: each convolution between two transpositions, a sign that is never zero."""
    net = Family(1, 6, 6, 3).then("Sub", 128.0).then("Div", 128.0)
    sizes = 3
    for units in (4, 6):
        net.then("Sign").then("Add", 0.125).then("Sign")
        net.then("Transpose", perm=[0, 3, 1, 2])
        net.then("Conv", net.bits(units, sizes, 3, 3), auto_pad="SAME_UPPER")
        net.then("Transpose", perm=[0, 2, 3, 1])
        net.then("Mul", np.linspace(0.5, 2, units)).then("Add", np.linspace(-2, 2, units))
        sizes = units
    net.then("Sign").then("Transpose", perm=[0, 3, 1, 2])
    net.then("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    net.then("Transpose", perm=[0, 2, 3, 1]).then("Reshape", np.array([1, -1]))
    return net.then("MatMul", net.bits(54, 3))


def squeezed_heads():
    """Two branches of other kernels, joined, as in SqueezeNet and Inception."""
    net = Family(1, 3, 8, 8).begin(bits=8).conv(4, 3, 1, 1).then("Relu").quant(0.5, signed=0)
    trunk, parts = net.last, []
    for taps, scale in ((1, 0.5), (3, 0.75)):
        net.last = trunk
        pads = [taps // 2] * 4
        net.conv(4, 4, taps, taps, pads=pads).then("Relu").quant(scale, signed=0)
        parts.append(net.last)
    net.last = net.add("Concat", *parts, axis=1)
    net.then("MaxPool", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
    return net.conv(3, 8, 1, 1).quant(1.0).then("GlobalAveragePool").then("Flatten")


FAMILIES = [
    autoencoder, binary_by_torch, cnv_with_two_bits, dorefa, jets_by_hls4ml, larq_channels_last,
    mobile_blocks, resnet_of_one_scale, resnet_of_two_scales, squeezed_heads, vgg_of_signals,
    xnor_scales,
]  # fmt: skip


@pytest.mark.parametrize("make", FAMILIES)
def test_a_network_of_a_family_computes_what_the_reference_does(tmp_path, make):
    last = make is larq_channels_last
    checks.assert_imported(make(), tmp_path, last=last)
