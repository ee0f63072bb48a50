"""Networks that are measured but have no description of their own in ``models/``."""

from fractions import Fraction
from typing import Any

import numpy as np

from hwgen.model import Affine, Builder, Model

__all__ = ["CNV_CYCLES", "random_cnv"]

CONVOLUTIONS = ((64, 64), (128, 128), (256, 256))
"""Filters of the 3x3 convolutions; a 2x2 pool follows each group but the last."""
UNITS = (512, 512, 10)

CNV_CYCLES = 32_000
"""Cycles a frame that it is folded for."""


def random_cnv(seed: int = 1) -> Model:
    """The CNV topology of FINN on 32x32x3 pictures, with random weights.

    Thresholds are balanced: a mean of zero, a gamma of either sign. So about half of all bits are
    set everywhere, and as many signals change as in a trained network.
    """
    rng = np.random.default_rng(seed)

    def weights(*shape: int) -> Any:
        return rng.choice(np.array([-1, 1], np.int8), shape)

    def norm(channels: int) -> dict[str, Any]:
        return {"gamma": rng.choice([-1.0, 1.0], channels), "beta": 0, "mean": 0, "variance": 1}

    size, channels, k = 32, 3, 0
    net = Builder("cnv", height=size, width=size, channels=channels,
                  transform=Affine(Fraction(1, 128), Fraction(-1)))  # fmt: skip
    for group in CONVOLUTIONS:
        for filters in group:
            k += 1
            net.conv2d(weights(filters, 3, 3, channels), name=f"conv{k}")
            net.batch_norm(**norm(filters), name=f"conv_norm{k}").sign(name=f"conv_sign{k}")
            size, channels = size - 2, filters
        if group != CONVOLUTIONS[-1]:
            net.max_pool(2, name=f"pool{k}")
            size //= 2
    net.flatten(name="flatten")
    inputs = size * size * channels
    for k, units in enumerate(UNITS, 1):
        net.dense(weights(units, inputs), name=f"fc{k}")
        if k < len(UNITS):
            net.batch_norm(**norm(units), name=f"fc_norm{k}").sign(name=f"fc_sign{k}")
        inputs = units
    return net.build()
