"""Small pictures that can be learned, and a network of each kind that is trained."""

from fractions import Fraction

import numpy as np

from hwgen.model import Affine, Builder, Model, Table
from hwgen.topologies import (
    Conv,
    Precision,
    Topology,
    deeper,
    residual,
    wide_first,
    with_last_bits,
)
from hwgen.training import TrainingData

SIDE = 8
CLASSES = ("dot", "line", "ring")

BIT = Precision(1, 1)


def pictures(count: int, channels: int, seed: int):
    """Noise around a pattern of each class: uint8 pictures, and what they show."""
    rng = np.random.default_rng(seed)
    patterns = np.random.default_rng(99).integers(0, 2, (len(CLASSES), SIDE, SIDE, channels)) * 120
    y = np.arange(count) % len(CLASSES)
    noise = rng.integers(0, 136, (count, SIDE, SIDE, channels))
    return (patterns[y] + noise).astype(np.uint8), y.astype(np.int64)


def small_data(channels: int = 1, train: int = 96, classes: tuple[str, ...] = CLASSES):
    parts = []
    for seed, count in enumerate((train, 24, 60)):
        x, y = pictures(count, channels, seed)
        keep = y < len(classes)
        parts += [x[keep], y[keep]]
    return TrainingData(*parts, classes)


def topology(convs, dense, precisions=None, name="kind"):
    count = len(convs) + len(dense)
    picture = (SIDE, SIDE, 1)
    return Topology(name, picture, convs, dense, precisions or (BIT,) * count, dense_norm=True)


PLAIN = topology((Conv(8, pool="max"), Conv(8)), (3,))
DEEP = deeper(topology((Conv(8), Conv(8, pool="max")), (3,)), 3)

TOPOLOGIES = {
    "plain": PLAIN,
    "wide first": wide_first(PLAIN, 2),
    "residual": residual(DEEP),
    "16-bit last layer": with_last_bits(PLAIN, 16),
    "8 bits": topology((Conv(4, pool="max"), Conv(4)), (3,), (Precision(8, 8),) * 3),
    "16 bits": topology((Conv(4, pool="max"), Conv(4)), (3,), (Precision(16, 16),) * 3),
    "2 and 4 bits": topology((Conv(4), Conv(4)), (3,), (BIT, Precision(2, 4), Precision(4, 2))),
    "residual of 8 bits": residual(
        deeper(topology((Conv(4), Conv(4)), (3,), (Precision(8, 8),) * 3), 3)
    ),
    "dense only": topology((), (12, 3)),
    "depthwise": topology((Conv(6), Conv(6, depthwise=True), Conv(8, 1, pool="global")), (3,)),
    "valid, stride 2": topology((Conv(6, 3, 2, valid=True), Conv(6, pool="ceil")), (5, 3)),
    "no norm": topology((Conv(6, norm=False), Conv(6, norm=False, pool="max")), (3,)),
    "scores of a map's mean": topology((Conv(6, pool="max"), Conv(3, 1, pool="global")), ()),
}


def described(name: str) -> Model:
    """Networks that no topology says, as importers make them."""
    rng = np.random.default_rng(5)

    def bits(*shape):
        return rng.choice([-1, 1], shape)

    def norm(net, channels, spread):
        net.batch_norm(
            gamma=rng.uniform(0.5, 2, channels) * rng.choice([-1, 1], channels),
            beta=rng.normal(0, 0.3, channels), mean=rng.normal(0, spread, channels),
            variance=rng.uniform(0.5, 2, channels) * spread**2, epsilon=0,
        )  # fmt: skip

    if name == "both signs of gamma, thirds":
        net = Builder(
            "signs", height=8, width=8, channels=1, transform=Affine(Fraction(2, 255), Fraction(-1))
        )
        net.conv2d(bits(6, 3, 3, 1), padding="same", pad_value=0)
        norm(net, 6, 1.5)
        net.sign().max_pool(2, mode="ceil").conv2d(bits(6, 3, 3, 6), padding="same", pad_value=1)
        norm(net, 6, 7)
        net.sign().max_pool(3, stride=2, padding="same").flatten().dense(bits(3, 6 * 4))
        return net.build()
    if name == "thresholds, table":
        values = np.minimum(np.arange(256) // 32, 6) - 3
        net = Builder(
            "steps", height=8, width=8, channels=1, transform=Table(values[None], Fraction(1, 3))
        )
        net.conv2d(rng.integers(-2, 2, (5, 3, 3, 1)), weight_bits=2, bias=[0, 0.1, 1, -1, 0])
        net.multi_threshold(np.sort(rng.normal(0, 2, (5, 3)), axis=1), 2, out_scale=Fraction(1, 2))
        net.conv2d(rng.integers(-1, 2, (4, 3, 3, 5)), weight_bits=2)
        net.multi_threshold([-2.5, 0.25, 2], 2, out_scale=2, out_bias=-3)
        net.flatten().dense(bits(3, 4 * 16), bias=[Fraction(1, 7), 0, -1])
        return net.build()
    if name == "joined, means of thirds":
        net = Builder("joined", height=8, width=8, channels=1)
        net.conv2d(bits(4, 3, 3, 1), name="a", padding="same", pad_pixel=3)
        norm(net, 4, 400)
        net.quantise(4, signed=True, scale=Fraction(1, 3), rounding="half_even", name="q")
        net.conv2d(bits(4, 3, 3, 4), name="b", padding="same", pad_value=0)
        norm(net, 4, 8)
        net.quantise(3, signed=True, narrow=True, fraction_bits=1, name="r")
        net.concat(["q", "r"], "both").average_pool(3, "mean")
        net.quantise(6, signed=True, scale=Fraction(1, 5)).flatten().dense(bits(3, 32))
        norm(net, 3, 5)
        return net.build()
    assert name == "one score, unused bits"
    net = Builder("one", height=8, width=8, channels=1)
    net.batch_norm(gamma=1, beta=0, mean=99.5, variance=1).sign().flatten()
    net.dense(bits(6, 64)).batch_norm(gamma=[1, -1, 0, 1, 1, 1], beta=0, mean=0.5, variance=1)
    return net.sign().dense(bits(1, 6)).build()


DESCRIBED = (
    "both signs of gamma, thirds", "thresholds, table", "joined, means of thirds",
    "one score, unused bits",
)  # fmt: skip
