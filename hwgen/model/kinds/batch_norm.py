"""Batch normalisation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, describe
from hwgen.model.kinds.base import BaseLayer, Context, layer_schema
from hwgen.model.kinds.figures import FIGURES, check_array, read_array, write_array
from hwgen.model.kinds.shape import Shape

__all__ = ["BatchNorm"]

KEYS = ("gamma", "beta", "mean", "variance")


@dataclass(frozen=True, eq=False)
class BatchNorm(BaseLayer):
    """``y = gamma * (x - mean) / sqrt(variance + epsilon) + beta`` per channel.

    The figures are float64, taken as the exact rationals that they are, or Fractions where float64
    does not hold all of an array.
    """

    gamma: NDArray[Any]
    beta: NDArray[Any]
    mean: NDArray[Any]
    variance: NDArray[Any]
    epsilon: float = 1e-5

    kind: ClassVar[str] = "batch_norm"
    schema: ClassVar[Mapping[str, Any]] = layer_schema(
        "gamma * (x - mean) / sqrt(variance + epsilon) + beta for each channel.",
        {
            "gamma": {"description": "Factor; of any sign, or zero.", **FIGURES},
            "beta": {"description": "Summand.", **FIGURES},
            "mean": {"description": "Running mean.", **FIGURES},
            "variance": {
                "description": "Running variance, not negative.",
                **FIGURES,
            },
            "epsilon": {
                "description": "Added to the variance; not negative.",
                "type": "number",
                "minimum": 0,
            },
        },
        required=[*KEYS, "epsilon"],
    )

    @classmethod
    def read(cls, entry: Mapping[str, Any], context: Context) -> Self:
        """Read the figures, one a channel or one for all."""
        channels = context.in_shape[2]
        gamma, beta, mean, variance = (read_array(key, entry[key], channels) for key in KEYS)
        epsilon = float(entry["epsilon"])
        return cls(context.name, context.inputs, gamma, beta, mean, variance, epsilon)

    def write(self) -> dict[str, Any]:
        """Write one figure a channel."""
        return {key: write_array(getattr(self, key)) for key in KEYS} | {"epsilon": self.epsilon}

    def check(self) -> None:
        """Refuse figures that are not finite, or make a root of nothing positive."""
        for what in KEYS:
            check_array(what, getattr(self, what), np.size(self.gamma))
        if not isinstance(self.epsilon, float) or not np.isfinite(self.epsilon) or self.epsilon < 0:
            raise ModelError(
                f"epsilon must be a finite float and not negative, but is {describe(self.epsilon)}"
            )
        _check("variance", self.variance, self.variance >= 0, "not be negative")
        # Neither is negative, so the sum is zero only where both are.
        positive = (self.variance > 0) | (self.epsilon > 0)
        _check("variance + epsilon", np.zeros_like(positive, float), positive, "be above 0")

    def output_shape(self, shapes: Sequence[Shape]) -> Shape:
        """That of the input; refuses another number of channels."""
        (in_shape,) = shapes
        if len(self.gamma) != in_shape[2]:
            raise ModelError(
                f"figures are for {len(self.gamma)} channels, but the input has {in_shape[2]}"
            )
        return in_shape


def _check(what: str, figures: np.ndarray, good: np.ndarray, rule: str) -> None:
    if not good.all():
        channel = int(np.argmin(good))
        raise ModelError(f"{what} must {rule}, but is {figures[channel]} at channel {channel}")
