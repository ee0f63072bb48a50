"""Small networks that several tests share."""

from fractions import Fraction
from typing import Any

import numpy as np

from hwgen.model import Affine, Builder, Model

__all__ = ["TINY_FOLDING", "many_kinds", "norm", "small_face", "tiny_network", "weights"]


def weights(rng: np.random.Generator, *shape: int) -> Any:
    """Random -1/+1 weights."""
    return rng.choice([-1, 1], shape).astype(np.int8)


def norm(rng: np.random.Generator, channels: int, spread: float) -> dict[str, Any]:
    """Random batch normalisation with balanced thresholds, both signs of gamma."""
    return {
        "gamma": rng.normal(size=channels),
        "beta": rng.normal(size=channels) / 4,
        "mean": rng.normal(size=channels) * spread / 4,
        "variance": rng.uniform(0.5, 2, channels) * spread**2,
    }


def small_face(seed: int = 3) -> Model:
    """The face topology at 8x8x3 with few channels: two convolutions, pools and a dense layer."""
    rng = np.random.default_rng(seed)
    return (
        Builder("mini", height=8, width=8, channels=3,
                transform=Affine(Fraction(1, 128), Fraction(-1)))
        .conv2d(weights(rng, 8, 3, 3, 3), name="conv1", padding="same", pad_pixel=128)
        .batch_norm(**norm(rng, 8, 3), name="norm1")
        .sign(name="sign1")
        .max_pool(2, name="pool1")
        .conv2d(weights(rng, 8, 3, 3, 8), name="conv2", padding="same", pad_value=-1)
        .batch_norm(**norm(rng, 8, 8), name="norm2")
        .sign(name="sign2")
        .max_pool(2, name="pool2")
        .flatten(name="flat")
        .dense(weights(rng, 4, 32), name="fc")
        .classes(["a", "b", "c", "d"])
        .build()
    )  # fmt: skip


def tiny_network(seed: int = 3) -> Model:
    """A convolution, and a layer whose weights come in with each frame by `TINY_FOLDING`."""
    rng = np.random.default_rng(seed)
    transform = Affine(Fraction(1, 128), Fraction(-1))
    return (
        Builder("tiny", height=4, width=4, channels=1, transform=transform)
        .conv2d(weights(rng, 4, 3, 3, 1), name="conv", padding="same", pad_pixel=128)
        .batch_norm(**norm(rng, 4, 3), name="norm")
        .sign(name="sign")
        .flatten(name="flat")
        .dense(weights(rng, 3, 64), name="fc")
        .build()
    )


TINY_FOLDING = {
    "conv": {"pe": 2, "simd": 3, "m": 1},
    "fc": {"pe": 1, "simd": 4, "storage": "external"},
}


def many_kinds() -> Builder:
    """A network with most kinds of layers in it, and a head."""
    rng = np.random.default_rng(3)
    net = Builder("kinds", height=4, width=4, channels=3)
    net.conv2d(rng.integers(-8, 8, (4, 3, 3, 3)), "c1", padding="same", pad_pixel=7, weight_bits=4)
    net.batch_norm(1, 2, 3.0, 4, 0.5).relu("r").quantise(4, signed=False, name="q")
    net.conv2d(rng.choice([-1, 1], (4, 3, 3, 1)), "d", padding="same", pad_value=0, depthwise=True)
    net.batch_norm(0.5, 0, 1, 2).quantise(4, signed=False, name="q2")
    net.add(["q", "q2"], "sum").quantise(5, signed=False, name="q3").average_pool(2, "mean")
    return (
        net.flatten()
        .dense(rng.choice([-1, 1], (14, 16)), "fc")
        .yolo_head((1, 2), boxes=1, classes=2, scale="1/8", names=["car", "walker"])
    )
