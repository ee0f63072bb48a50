"""Random quantised graphs of every operator that is imported.

Scales are powers of two, or fractions of few bits, so that float64 holds every value and each tie
of rounding exactly. A graph's ``size`` is [channels, rows, columns], or [channels, columns].
"""

import numpy as np
from qonnx_files import Net

__all__ = ["FORMS", "random_graph"]

DOMAIN = "qonnx.custom_op.general"
CHANNELS = 4

MODES = (
    "ROUND", "HALF_EVEN", "HALF_UP", "HALF_DOWN", "FLOOR", "CEIL", "UP", "DOWN", "ROUND_TO_ZERO",
)  # fmt: skip

FORMS = (
    "channels last", "groups", "hard sigmoid", "int quant", "pad",
    "reduce", "scale of each channel", "sign", "sub of branches", "tails",
    "transposed gemm", "trunc", "unequal branches",
    "unsqueeze", "zero point",
)  # fmt: skip
"""What a graph may have beside what each has; leave one out and no graph has it."""


class RandomGraph(Net):
    """A graph that grows, node by node, of what a generator draws."""

    def __init__(self, rng, size, forms, *, last):
        shape = (*size[1:], size[0]) if last else size
        super().__init__(1, *shape, domain=DOMAIN)
        self.random, self.size, self.forms = rng, list(size), forms
        if last:
            self.then("Transpose", perm=[0, len(size), *range(1, len(size))])

    def chance(self, one_in):
        return self.random.integers(one_in) == 0

    def has(self, form, one_in=3):
        return form in self.forms and self.chance(one_in)

    def scale(self, *shape):
        """Powers of two, or as often fractions of up to six bits."""
        if self.chance(2):
            return 2.0 ** self.random.integers(-3, 1, shape)
        return self.random.integers(9, 64, shape) / 64

    def by_channel(self):
        """One number, or one for each channel."""
        every = self.has("scale of each channel", 2)
        return (1, self.size[0], *[1] * (len(self.size) - 1)) if every else ()

    def quantised(self, tensor, scale, **more):
        bits = int(self.random.integers(2, 5))
        how = {
            "signed": int(self.random.integers(2)),
            "narrow": int(self.random.integers(2)),
            "rounding_mode": str(self.random.choice(MODES)),
        } | more
        zero = 0.0
        if "signed" not in more and self.has("zero point", 4):
            # Zero stays a level: what follows may pad with it.
            zero = float(self.random.integers(-how["signed"], 2))
        op = "IntQuant" if self.has("int quant") else "Quant"
        return self.add(op, tensor, scale, zero, float(bits), domain=DOMAIN, **how)

    def weights(self, shape, scale):
        real = self.random.normal(size=shape) * 0.8
        if self.chance(3):
            return self.add("BipolarQuant", real, scale, domain=DOMAIN)
        return self.quantised(self.constant(real), scale, signed=1)

    def activate(self):
        """Anything that gives numbers of few bits."""
        channels = self.size[0]
        form = int(self.random.integers(7))
        if form == 0:
            self.then("BipolarQuant", self.scale(), domain=DOMAIN)
        elif form == 1:
            rows = np.sort(self.random.integers(-20, 20, (channels, 5)) / 4, axis=1)
            nhwc = len(self.size) == 3 and self.chance(2)
            if nhwc:
                self.then("Transpose", perm=[0, 2, 3, 1])
            self.then("MultiThreshold", rows, domain=DOMAIN, out_scale=0.5, out_bias=-1.0,
                      data_layout="NHWC" if nhwc else "NCHW")  # fmt: skip
            if nhwc:
                self.then("Transpose", perm=[0, 3, 1, 2])
        elif form == 2 and "sign" in self.forms:
            self.then("Sign")
        elif form == 3 and "hard sigmoid" in self.forms:
            self.then("HardSigmoid", alpha=0.25, beta=0.5)
            self.last = self.quantised(self.last, 0.125, signed=0)
        elif form == 4 and "trunc" in self.forms:
            self.last = self.add(
                "Quant", self.last, 0.25, 0.0, 6.0, domain=DOMAIN, signed=1, narrow=0,
                rounding_mode="ROUND",
            )  # fmt: skip
            self.then("Trunc", 0.25, 0.0, 6.0, 3.0, domain=DOMAIN, rounding_mode="FLOOR")
        elif form == 5:
            self.then("Clip", -1.0, 1.0)
            self.last = self.quantised(self.last, 0.25, signed=1)
        else:
            self.then("Relu")
            self.last = self.quantised(self.last, self.scale(*self.by_channel()))

    def steps(self):
        """Arithmetic with constants, of each channel, and of any sign."""
        dims = (1, self.size[0], *[1] * (len(self.size) - 1))
        if self.chance(2):
            self.then("Mul", self.scale(*dims) * self.random.choice([-1.0, 1.0], dims))
            op = str(self.random.choice(["Sub", "Add"]))
            self.then(op, self.random.integers(-4, 5, dims) / 4)
        if self.chance(3):
            self.then("Div", float(self.random.choice([-2.0, 0.5, 4.0])))
        if self.chance(2):
            gamma, beta, mean = self.random.integers(-8, 9, (3, self.size[0])) / 4
            variance = 4.0 ** self.random.integers(0, 3, self.size[0])
            self.norm(gamma, beta, mean, variance, epsilon=0.0)

    def convolve(self):
        rng, axes, inputs = self.random, len(self.size) - 1, self.size[0]
        groups = [1, *([CHANNELS] if inputs == CHANNELS else [])]
        if "groups" in self.forms and inputs % 2 == 0:
            groups.append(2)
        group = int(rng.choice(groups))
        taps = int(rng.integers(1, 1 + min(3, *self.size[1:])))
        scale = self.scale(*((CHANNELS, *[1] * (axes + 1)) if self.chance(2) else ()))
        weights = self.weights((CHANNELS, inputs // group, *[taps] * axes), scale)
        pads = rng.integers(0, 2, 2 * axes)
        steps = rng.integers(1, 3, axes)
        given = {"group": group, "strides": steps.tolist()}
        for k in range(axes):
            self.size[k + 1] = (self.size[k + 1] + int(pads[k] + pads[k + axes]) - taps) // int(
                steps[k]
            ) + 1
        if self.has("pad", 2):
            self.then("Pad", np.array([0, 0, *pads[:axes], 0, 0, *pads[axes:]]), 0.0)
        else:
            given["pads"] = pads.tolist()
        bias = [rng.integers(-8, 9, CHANNELS) / 8] if self.chance(2) else []
        self.then("Conv", weights, *bias, **given)
        self.size[0] = CHANNELS

    def pool(self):
        window = [2] * (len(self.size) - 1)
        self.then("MaxPool", kernel_shape=window, strides=window)
        self.size = [self.size[0], *(size // 2 for size in self.size[1:])]

    def mean(self):
        """A mean over windows of 2, or over all where that divides exactly."""
        axes = len(self.size) - 1
        if all(size in (1, 2, 4) for size in self.size[1:]):
            if self.has("reduce", 2):
                self.then("ReduceMean", axes=list(range(2, 2 + axes)), keepdims=1)
            else:
                self.then("GlobalAveragePool")
            self.size[1:] = [1] * axes
        elif min(self.size[1:]) > 1:
            self.then("AveragePool", kernel_shape=[2] * axes, strides=[1] * axes)
            self.size[1:] = [size - 1 for size in self.size[1:]]
        else:
            return
        self.last = self.quantised(self.last, 0.25)

    def branch(self):
        trunk = self.last
        scales = (self.scale(), self.scale()) if self.has("unequal branches", 2) else (0.5, 0.5)
        how = {"narrow": 0} if self.chance(2) else {}
        twin = self.quantised(trunk, scales[0], **how)
        other = self.quantised(self.add("Neg", trunk), scales[1], **how)
        if self.chance(2):
            op = "Sub" if self.has("sub of branches", 2) else "Add"
            self.last = self.quantised(self.add(op, twin, other), 0.5)
        else:
            self.last = self.add("Concat", twin, other, axis=1)
            self.size[0] *= 2
            # Channels of different scales are read by what quantises them alone.
            self.last = self.quantised(self.last, 0.5)

    def reshaped(self):
        """Squeezed, or with one axis more, and back."""
        axis = len(self.size) + 1
        self.then("Unsqueeze", np.array([axis])).then("Squeeze", np.array([axis]))

    def end(self):
        rng, inputs = self.random, int(np.prod(self.size))
        self.then("Flatten") if self.chance(2) else self.then("Reshape", np.array([0, -1]))
        scale = self.scale(*((5, 1) if self.chance(2) else ()))
        weights = self.weights((5, inputs), scale)
        bias = rng.integers(-8, 9, 5) / 8
        if self.chance(2):
            self.then("MatMul", self.add("Transpose", weights, perm=[1, 0]))
        elif self.has("transposed gemm", 2):
            self.then("Transpose", perm=[1, 0])
            self.then("Gemm", weights, bias, transA=1, transB=1, alpha=0.5, beta=2.0)
        else:
            self.then("Gemm", weights, bias, transB=1, alpha=0.5, beta=2.0)
        if self.chance(2):
            self.then("Mul", self.scale(5))
        self.scores = self.last
        if self.has("tails"):
            op = str(rng.choice(["Softmax", "LogSoftmax", "Sigmoid", "ArgMax"]))
            self.then(op, **({} if op == "Sigmoid" else {"axis": 1}))


def random_graph(seed, forms=FORMS):
    """A graph of random layers; ``scores`` names the tensor ahead of its tail.

    ``last`` says that its input has channels last.
    """
    rng = np.random.default_rng(seed)
    size = [(3, 8, 8), (2, 9, 7), (CHANNELS, 16), (1, 6, 6)][seed % 4]
    last = len(size) == 3 and "channels last" in forms and bool(rng.integers(2))
    net = RandomGraph(rng, size, forms, last=last)
    net.then("Mul", 2.0).then("Sub", 1.0)
    net.last = net.quantised(net.last, 0.25, signed=1)
    for _ in range(int(rng.integers(1, 4))):
        net.convolve()
        early = net.chance(2) and min(net.size[1:]) > 2
        net.steps()
        if early:
            net.pool()
        net.activate()
        if not early and min(net.size[1:]) > 2 and net.chance(2):
            net.pool()
        if net.has("unsqueeze", 4):
            net.reshaped()
        if net.chance(3):
            net.branch()
    if net.chance(2):
        net.mean()
    net.end()
    net.channels_last = last
    return net
