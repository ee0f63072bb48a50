"""QONNX graphs of pixels 0 to 255, with short words for what most of them have."""

import numpy as np
from qonnx_files import Net, Typed

__all__ = ["GENERAL", "Graph", "channels", "dense", "figures", "image", "integer", "mapped"]

GENERAL = "qonnx.custom_op.general"


class Graph(Net):
    """A graph that reads pixels 0 to 255, with short words for what most have."""

    def __init__(self, *shape):
        super().__init__(*shape, domain=GENERAL)

    def quant(self, scale=1.0, zero=0.0, bits=4.0, **more):
        more = {"signed": 1} | more
        return self.then("Quant", scale, zero, float(bits), domain=GENERAL, **more)

    def begin(self, **more):
        """Numbers of 4 bits around zero."""
        return self.then("Sub", 128.0).then("Div", 16.0).quant(**more)

    def weights(self, *shape, bits=3.0, scale=0.5):
        real = self.rng.normal(size=shape) * 2
        return self.add("Quant", real, scale, 0.0, bits, domain=GENERAL, signed=1)

    def conv(self, *shape, **more):
        return self.then("Conv", self.weights(*shape), **more)

    def end(self, inputs, units=3):
        """Scores, of quantised values."""
        if self.nodes[-1].op_type == "Conv":
            self.quant(2.0)
        return self.then("Flatten").then("MatMul", self.weights(inputs, units))

    def constant_first(self, array, op="MatMul"):
        self.last = self.add(op, np.asarray(array, float), self.last)
        return self

    def pad(self, counts, value=0.0):
        return self.then("Pad", np.array(counts), value)

    def quantised_matrix(self, inputs, units, **more):
        zero = more.pop("zero")
        real = self.rng.normal(size=(inputs, units)) * 2
        bits = self.add("Quant", real, 0.5, zero, 3.0, domain=GENERAL, **more)
        return self.then("MatMul", bits)

    def dequantized(self, inputs, units, axis):
        levels = self.rng.integers(-8, 8, (inputs, units)).astype(np.int8)
        scale = 2.0 ** self.rng.integers(-2, 2, units)
        return self.then("MatMul", self.add("DequantizeLinear", Typed(levels), scale, axis=axis))

    def dequantized_kernels(self):
        levels = self.rng.integers(0, 16, (3, 2, 3, 3)).astype(np.uint8)
        zeros = Typed(np.array([7, 8, 3], np.uint8))
        bits = self.add("DequantizeLinear", Typed(levels), [0.5, 0.25, 1.0], zeros, axis=0)
        return self.then("Conv", bits).end(36)

    def rounded_branches(self):
        self.conv(2, 2, 1, 1).then("Clip", -4.0, 3.0).then("Round")
        both = self.last
        other = self.conv(2, 2, 1, 1).then("Clip", -4.0, 4.0).then("Round").last
        self.last = self.add("Add", both, other)
        return self.end(60)

    def biased(self, inputs, units):
        bias = self.add("Quant", self.rng.normal(size=units), 2.0**-10, 0.0, 32.0,
                        domain=GENERAL, signed=1)  # fmt: skip
        bias = self.add("Unsqueeze", bias, np.array([0]))
        return self.then("MatMul", self.weights(inputs, units)).then("Add", bias)

    def branches(self, op, one, other, *, out=0.5, between=None, **more):
        trunk = self.last
        parts = []
        for scale in (one, other):
            self.last = trunk
            parts.append(self.conv(4, 2, 3, 3).quant(scale).last)
        if between is not None:
            parts[1] = between(self, parts[1])
        self.last = self.add(op, *parts, **more)
        if out is not None:
            self.quant(out)
        count = 8 if op == "Concat" else 4
        if one > 0.5:
            return self
        return self.conv(2, count, 2, 2).end(12)

    def nhwc_concat(self):
        self.then("Transpose", perm=[0, 2, 3, 1])
        other = self.add("Neg", self.last)
        self.last = self.add("Concat", self.last, other, axis=-1)
        return self.then("Transpose", perm=[0, 3, 1, 2]).conv(3, 4, 3, 3).end(36)

    def padded_add(self):
        wide = self.pad([0, 0, 1, 1, 0, 0, 1, 1]).last
        other = self.conv(2, 2, 1, 1).quant(1.0).last
        self.last = self.add("Add", wide, other)
        return self.quant(1.0).end(112)

    def sums_of_sums(self):
        one = self.last
        other = self.conv(2, 2, 1, 1).quant(1.0).last
        both = self.add("Add", one, other)
        self.last = self.add("Add", both, one)
        return self.quant(2.0).end(60)

    def split(self):
        self.then("Split", np.array([1, 3]), axis=1)
        self.nodes[-1].output.append("rest")
        first = self.last
        self.last = self.add("Concat", "rest", first, axis=1)
        return self.conv(3, 4, 3, 3).end(36)


def integer(value, dtype):
    """A constant of a type of integers."""
    return Typed(np.array(value, dtype))


def image(channels=2, rows=6, columns=5):
    """A graph that reads a small picture."""
    return Graph(1, channels, rows, columns)


def channels(count):
    return (2.0 ** (np.arange(count) % 3 - 1)).reshape(1, count, 1, 1)


def figures(count, seed=3):
    rng = np.random.default_rng(seed)
    gamma, beta, mean = rng.integers(-4, 5, (3, count)) / 2
    return gamma, beta, mean, 4.0 ** rng.integers(0, 3, count)


def dense():
    return Graph(1, 9).begin().then("MatMul", np.arange(54).reshape(9, 6) % 5 - 2.0)


def mapped():
    return image(2, 4, 3).begin().conv(3, 2, 1, 1)
