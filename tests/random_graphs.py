"""Random quantised graphs of all layers; scales are powers of two, which floats have exactly."""

import numpy as np
from qonnx_files import Net

__all__ = ["make"]

DOMAIN = "qonnx.custom_op.general"
CHANNELS = 4


class Random(Net):
    """A graph of random layers behind an input of channels x rows x columns, or columns."""

    def __init__(self, rng, *sizes):
        super().__init__(1, *sizes, domain=DOMAIN)
        self.random, self.sizes = rng, list(sizes)

    def power(self, *shape):
        return 2.0 ** self.random.integers(-3, 1, shape)

    def levels(self, tensor, scale, **more):
        bits, signed = int(self.random.integers(2, 5)), int(self.random.integers(2))
        mode = str(self.random.choice(["ROUND", "FLOOR", "CEIL", "ROUND_TO_ZERO"]))
        how = {"signed": signed, "narrow": int(self.random.integers(2)), "rounding_mode": mode}
        return self.add("Quant", tensor, scale, 0.0, float(bits), domain=DOMAIN, **(how | more))

    def activate(self):
        """Anything that gives numbers of few bits."""
        channels = self.sizes[0]
        match int(self.random.integers(4)):
            case 0:
                self.then("BipolarQuant", 0.5, domain=DOMAIN)
            case 1:
                rows = np.sort(self.random.integers(-20, 20, (channels, 5)) / 4, axis=1)
                self.then("MultiThreshold", rows, domain=DOMAIN, out_scale=0.5, out_bias=-1.0)
            case 2:
                self.last = self.levels(self.add("Relu", self.last), self.power())
            case _:
                self.then("Clip", -2.0, 3.0)
                self.last = self.levels(self.last, self.power())

    def steps(self):
        """Anything with constants, of each channel, and of any sign."""
        dims = (1, self.sizes[0], *[1] * (len(self.sizes) - 1))
        if self.random.integers(2):
            self.then("Mul", self.power(*dims) * self.random.choice([-1.0, 1.0], dims))
            self.then("Sub", self.random.integers(-4, 5, dims) / 4)
        if self.random.integers(2):
            gamma, beta, mean = self.random.integers(-8, 9, (3, self.sizes[0])) / 4
            variance = 4.0 ** self.random.integers(0, 3, self.sizes[0])
            self.norm(gamma, beta, mean, variance, epsilon=0.0)

    def convolve(self):
        rng, axes = self.random, len(self.sizes) - 1
        depthwise = bool(rng.integers(2)) and self.sizes[0] == CHANNELS
        shape = (
            CHANNELS,
            1 if depthwise else self.sizes[0],
            *[int(rng.integers(1, 1 + min(3, *self.sizes[1:])))] * axes,
        )
        scale = self.power(CHANNELS, *[1] * (axes + 1))
        weights = self.levels(self.constant(rng.normal(size=shape)), scale, signed=1)
        pads = rng.integers(0, 2, 2 * axes).tolist()
        given = {"group": CHANNELS if depthwise else 1, "pads": pads,
                 "strides": rng.integers(1, 3, axes).tolist()}  # fmt: skip
        bias = [rng.integers(-8, 9, CHANNELS) / 8] if rng.integers(2) else []
        self.then("Conv", weights, *bias, **given)
        before = self.sizes[1:]
        self.sizes = [CHANNELS] + [
            (size + pads[k] + pads[k + axes] - shape[2]) // given["strides"][k] + 1
            for k, size in enumerate(before)
        ]

    def pool(self):
        window = [2] * (len(self.sizes) - 1)
        self.then("MaxPool", kernel_shape=window, strides=window)
        self.sizes = [self.sizes[0], *(size // 2 for size in self.sizes[1:])]

    def mean(self):
        """A mean over windows of 2, or over all where that divides exactly."""
        axes = len(self.sizes) - 1
        if all(size in (1, 2, 4) for size in self.sizes[1:]):
            self.then("GlobalAveragePool")
            self.sizes[1:] = [1] * axes
        elif min(self.sizes[1:]) > 1:
            self.then("AveragePool", kernel_shape=[2] * axes, strides=[1] * axes)
            self.sizes[1:] = [size - 1 for size in self.sizes[1:]]
        else:
            return
        self.last = self.levels(self.last, 0.25)

    def branch(self):
        trunk = self.last
        twin = self.levels(trunk, 0.5)
        other = self.levels(self.add("Neg", trunk), 0.5)
        if self.random.integers(2):
            self.last = self.add("Add", twin, other)
            self.last = self.levels(self.last, 0.5)
        else:
            self.last = self.add("Concat", twin, other, axis=1)
            self.sizes[0] *= 2

    def end(self):
        rng, inputs = self.random, int(np.prod(self.sizes))
        self.then("Flatten") if rng.integers(2) else self.then("Reshape", np.array([0, -1]))
        weights = rng.normal(size=(5, inputs))
        levels = self.levels(self.constant(weights), self.power(5, 1), signed=1)
        if rng.integers(2):
            self.then("Gemm", levels, rng.integers(-8, 9, 5) / 8, transB=1, alpha=0.5, beta=2.0)
        else:
            self.then("MatMul", self.add("Transpose", levels, perm=[1, 0]))
        if rng.integers(2):
            self.then("Mul", self.power(5))


def make(seed):
    rng = np.random.default_rng(seed)
    sizes = [(3, 8, 8), (2, 9, 7), (CHANNELS, 16), (1, 6, 6)][seed % 4]
    net = Random(rng, *sizes)
    net.then("Mul", 2.0).then("Sub", 1.0)
    net.last = net.levels(net.last, 0.25, signed=1)
    for _ in range(int(rng.integers(1, 4))):
        net.convolve()
        early = rng.integers(2) and min(net.sizes[1:]) > 2
        net.steps()
        if early:
            net.pool()
        net.activate()
        if not early and min(net.sizes[1:]) > 2 and rng.integers(2):
            net.pool()
        if rng.integers(3) == 0:
            net.branch()
    if rng.integers(2):
        net.mean()
    net.end()
    return net
