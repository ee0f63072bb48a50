"""How much channels vary: measured on pictures, or as batch normalisations say."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import erf, sqrt

import numpy as np
from numpy.typing import NDArray

from hwgen.model import (
    INPUT_NAME,
    AveragePool,
    BatchNorm,
    Flatten,
    MaxPool,
    Model,
    MultiThreshold,
    Quantise,
    Relu,
    Sign,
)

__all__ = ["Activity", "expected_variances"]

Floats = NDArray[np.float64]

ONE_BY_ONE = AveragePool | Flatten | MaxPool | MultiThreshold | Quantise | Relu | Sign
"""What treats each channel on its own, and keeps apart what differs."""


@dataclass(frozen=True, eq=False)
class Activity:
    """Mean and variance of each channel of a map, as what it stands for."""

    mean: Floats
    variance: Floats

    @staticmethod
    def of(values: Floats) -> "Activity":
        """Of values (n, channels)."""
        return Activity(values.mean(axis=0), values.var(axis=0))


def expected_variances(model: Model, name: str, measured: Mapping[str, Activity]) -> Floats | None:
    """Variance of each channel that a layer puts out: as measured, if it was.

    Else as the batch normalisation right ahead of it lets expect, whose results are taken for
    normal: a sign of one that is nearly always above zero hardly varies. None where nothing is
    known.
    """
    if name in measured:
        return measured[name].variance
    signs = False
    while name != INPUT_NAME:
        layer = model.named[name]
        if isinstance(layer, BatchNorm):
            return _variances(layer, signs=signs)
        if not isinstance(layer, ONE_BY_ONE):
            return None
        signs = signs or isinstance(layer, Sign)
        (name,) = layer.inputs
    return None


def _variances(norm: BatchNorm, *, signs: bool) -> Floats:
    """Variances of what a batch normalisation gives, or of its signs."""
    gamma, beta = (np.asarray(x, np.float64) for x in (norm.gamma, norm.beta))
    if not signs:
        return gamma**2
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.abs(beta) / np.abs(gamma)
    return np.array([1 - erf(x / sqrt(2)) ** 2 if np.isfinite(x) else 0.0 for x in ratios])
