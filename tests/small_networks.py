"""Small networks that several tests share."""

from fractions import Fraction
from typing import Any

import numpy as np

from hwgen.model import Affine, Builder, Model

__all__ = ["norm", "small_face", "weights"]


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
