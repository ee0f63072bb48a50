"""Networks so small that all of their foldings can be tried."""

from pathlib import Path
from typing import Any

import numpy as np

from hwgen.model import Builder, Model, load_model

__all__ = ["pooled", "precise", "strip", "tiny"]

MODELS = Path(__file__).parents[1] / "models"


def tiny() -> Model:
    """The network of the tutorial: a convolution, a pool and a dense layer."""
    return load_model(MODELS / "tiny.json")


def strip() -> Model:
    """Three layers whose words do not divide each other: 3, 4 and 6 channels."""
    rng = np.random.default_rng(8)

    def weights(*shape: int) -> Any:
        return rng.choice(np.array([-1, 1], np.int8), shape)

    def norm(channels: int) -> dict[str, Any]:
        return {"gamma": 1.0, "beta": 0, "mean": rng.normal(size=channels), "variance": 1}

    net = Builder("strip", height=6, width=6, channels=3)
    net.conv2d(weights(4, 3, 3, 3), name="conv1").batch_norm(**norm(4), name="n1").sign(name="s1")
    net.conv2d(weights(6, 3, 3, 4), name="conv2").batch_norm(**norm(6), name="n2").sign(name="s2")
    return net.flatten(name="flat").dense(weights(3, 24), name="fc").build()


def precise() -> Model:
    """Two layers of 4-bit weights, the second on 4-bit numbers."""
    rng = np.random.default_rng(9)
    net = Builder("precise", height=4, width=4, channels=2)
    net.conv2d(rng.integers(-8, 8, (2, 3, 3, 2)), name="conv", weight_bits=4)
    net.quantise(4, signed=True, name="level").flatten(name="flat")
    return net.dense(rng.integers(-8, 8, (3, 8)), name="fc", weight_bits=4).build()


def pooled() -> Model:
    """Two layers and a pool, whose words may be taken apart ahead of the second layer."""
    rng = np.random.default_rng(10)
    net = Builder("pooled", height=4, width=4, channels=1)
    net.conv2d(rng.choice([-1, 1], (4, 1, 1, 1)), name="conv").sign("bits")
    net.max_pool(2, stride=1, name="pool").flatten(name="flat")
    return net.dense(rng.choice([-1, 1], (2, 36)), name="fc").build()
