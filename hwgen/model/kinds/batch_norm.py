"""Batch normalisation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, describe
from hwgen.model.kinds.base import BaseLayer, Context, Definitions, layer_schema
from hwgen.model.kinds.shape import Shape

__all__ = ["BatchNorm"]

FIGURES = ("gamma", "beta", "mean", "variance")


@dataclass(frozen=True, eq=False)
class BatchNorm(BaseLayer):
    """``y = gamma * (x - mean) / sqrt(variance + epsilon) + beta`` per channel, float64 figures.

    The figures are taken as the exact rationals that the float64 values are.
    """

    gamma: NDArray[np.float64]
    beta: NDArray[np.float64]
    mean: NDArray[np.float64]
    variance: NDArray[np.float64]
    epsilon: float = 1e-5

    kind: ClassVar[str] = "batch_norm"
    schema: ClassVar[Mapping[str, Any]] = layer_schema(
        "gamma * (x - mean) / sqrt(variance + epsilon) + beta for each channel.",
        {
            "gamma": {"description": "Factor; of any sign, or zero.", "$ref": "#/$defs/figures"},
            "beta": {"description": "Summand.", "$ref": "#/$defs/figures"},
            "mean": {"description": "Running mean.", "$ref": "#/$defs/figures"},
            "variance": {
                "description": "Running variance, not negative.",
                "$ref": "#/$defs/figures",
            },
            "epsilon": {
                "description": "Added to the variance; not negative.",
                "type": "number",
                "minimum": 0,
            },
        },
        required=[*FIGURES, "epsilon"],
    )
    definitions: ClassVar[Definitions] = {
        "figures": {
            "description": "One number for each channel, or a single number for all of them.",
            "type": ["number", "array"],
            "minItems": 1,
            "items": {"type": "number"},
        }
    }

    @classmethod
    def read(cls, entry: Mapping[str, Any], context: Context) -> Self:
        """Read the figures, one a channel or one for all."""
        channels = context.in_shape[2]
        gamma, beta, mean, variance = (_read(key, entry[key], channels) for key in FIGURES)
        epsilon = float(entry["epsilon"])
        return cls(context.name, context.inputs, gamma, beta, mean, variance, epsilon)

    def write(self) -> dict[str, Any]:
        """Write one figure a channel."""
        return {key: getattr(self, key).tolist() for key in FIGURES} | {"epsilon": self.epsilon}

    def check(self) -> None:
        """Refuse figures that are not finite, or make a root of nothing positive."""
        for what in FIGURES:
            figures = getattr(self, what)
            if not isinstance(figures, np.ndarray) or figures.dtype != np.float64:
                raise ModelError(f"{what} must be a float64 array, not {describe(figures)}")
            if figures.shape != self.gamma.shape or figures.ndim != 1 or figures.size == 0:
                raise ModelError(
                    f"{what} must have one figure for each channel, not {figures.shape}"
                )
            _check(what, figures, np.isfinite(figures), "be finite")
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


def _read(what: str, value: Any, channels: int) -> NDArray[np.float64]:
    if isinstance(value, list) and len(value) != channels:
        raise ModelError(f"{what} must have {channels} figures, not {len(value)}")
    figures = np.empty(channels, dtype=np.float64)
    figures[:] = value
    figures.flags.writeable = False
    return figures


def _check(what: str, figures: np.ndarray, good: np.ndarray, rule: str) -> None:
    if not good.all():
        channel = int(np.argmin(good))
        raise ModelError(f"{what} must {rule}, but is {figures[channel]} at channel {channel}")
