"""Ranges that random networks seldom have: one value, one side, nothing but the ends.

Each function takes a generator and the name of a range, so that a drawn network says what it has.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["GAMMAS", "RANGES", "bits_in", "figures_in", "gammas_in", "integers_in"]

RANGES = (
    "uniform",
    "zero",
    "one value",
    "lowest",
    "highest",
    "ends",
    "zero or less",
    "zero or more",
    "minus one or zero",
    "zero or one",
    "one at each end",
    "alike in each row",
)
"""Ranges of integers between two ends."""

GAMMAS = ("any", "negative", "positive", "zero", "mostly zero", "alike")
"""Signs of the gammas of a batch normalisation."""


def integers_in(
    rng: np.random.Generator, kind: str, shape: tuple[int, ...], low: int, high: int
) -> NDArray[np.int64]:
    """Integers in [low, high], which has 0 in it and something below, of one of `RANGES`."""
    span = {
        "zero": (0, 0),
        "lowest": (low, low),
        "highest": (high, high),
        "zero or less": (low, 0),
        "zero or more": (0, high),
        "minus one or zero": (max(low, -1), 0),
        "zero or one": (0, min(high, 1)),
    }.get(kind, (low, high))
    if kind == "one value":
        return np.full(shape, rng.integers(low, high + 1))
    if kind == "ends":
        return rng.choice([low, high], shape)
    if kind == "alike in each row":
        rows = rng.integers(low, high + 1, (shape[0], *(1,) * (len(shape) - 1)))
        return np.broadcast_to(rows, shape).copy()
    found = rng.integers(span[0], span[1] + 1, shape)
    if kind == "one at each end":
        found = np.zeros(shape, np.int64)
        found.flat[rng.integers(found.size)] = high
        found.flat[rng.integers(found.size)] = low
    return found


def bits_in(rng: np.random.Generator, kind: str, shape: tuple[int, ...]) -> NDArray[np.int8]:
    """Weights of -1 and +1, of one of `RANGES`."""
    return np.where(integers_in(rng, kind, shape, -1, 1) < 0, -1, 1).astype(np.int8)


def gammas_in(rng: np.random.Generator, kind: str, channels: int) -> NDArray[np.float64]:
    """Gammas of one of `GAMMAS`."""
    gammas = rng.choice([-2.0, -1.0, -0.3, 0.0, 0.3, 1.0, 2.0], channels)
    if kind == "negative":
        return -np.abs(gammas) - 0.25
    if kind == "positive":
        return np.abs(gammas) + 0.25
    if kind == "zero":
        return np.zeros(channels)
    if kind == "mostly zero":
        return gammas * (rng.integers(0, 4, channels) == 0)
    return np.full(channels, gammas[0]) if kind == "alike" else gammas


def figures_in(
    rng: np.random.Generator, kind: str, channels: int, reach: float
) -> NDArray[np.float64]:
    """Betas: small ones, or, by one of `RANGES`, such that thresholds are far out."""
    betas = rng.choice([-2.0, -1.0, 0.0, 0.5, 1.5], channels)
    if kind == "zero":
        return np.zeros(channels)
    if kind in ("lowest", "highest", "ends"):
        ends = {"lowest": [-1.0], "highest": [1.0], "ends": [-1.0, 1.0]}[kind]
        return rng.choice(ends, channels) * (reach + 1.0) * 4.0
    return np.full(channels, betas[0]) if kind == "one value" else betas
