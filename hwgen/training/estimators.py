"""Steps that training sees through: exact forwards, and gradients as of something smooth."""

from typing import Any, Literal

import torch
from torch import Tensor

__all__ = ["GRADIENTS", "Gradient", "binary", "rounded", "sign", "stepped"]

Gradient = Literal["polynomial", "clip"]
GRADIENTS: tuple[Gradient, ...] = ("polynomial", "clip")
"""Of a sign: that of Bi-Real Net's parabolas (Liu et al., 2018), or of a line cut off at both
ends (Hubara et al., 2016)."""


class _Sign(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, window: float, gradient: Gradient) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx.save_for_backward(x)
        ctx.window, ctx.gradient = window, gradient
        return torch.where(x >= 0, 1.0, -1.0)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        (x,) = ctx.saved_tensors
        near = (x / ctx.window).abs_()
        slope = (near <= 1).to(x.dtype) if ctx.gradient == "clip" else (2 - 2 * near).clamp_(min=0)
        return grads[0] * slope / ctx.window, None, None


def sign(x: Tensor, window: float = 1.0, gradient: Gradient = "polynomial") -> Tensor:
    """-1 and +1, +1 for 0; the gradient is that of a step spread over -window to +window."""
    return _Sign.apply(x, window, gradient)  # pyright: ignore[reportReturnType]


class _Binary(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, weight: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return torch.where(weight >= 0, 1.0, -1.0)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        return grads[0]


def binary(weight: Tensor) -> Tensor:
    """-1 and +1 of latent weights, whose gradient it passes on: they are kept within -1 to +1."""
    return _Binary.apply(weight)  # pyright: ignore[reportReturnType]


class _Rounded(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, low: int, high: int, even: bool) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx.save_for_backward((x >= low - 0.5) & (x <= high + 0.5))
        whole = torch.round(x) if even else torch.floor(x + 0.5)
        return whole.clamp_(low, high)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        (inside,) = ctx.saved_tensors
        return grads[0] * inside, None, None, None


def rounded(x: Tensor, low: int, high: int, even: bool = False) -> Tensor:
    """The nearest integer from ``low`` to ``high``, halves up or to the even one.

    The gradient passes where ``x`` is within the range.
    """
    return _Rounded.apply(x, low, high, even)  # pyright: ignore[reportReturnType]


class _Stepped(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, count: Tensor, bounds: tuple[Tensor, Tensor], slope: Tensor
    ) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        low, high = bounds
        ctx.save_for_backward((x >= low) & (x <= high), slope)
        return count

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        inside, slope = ctx.saved_tensors
        return grads[0] * inside * slope, None, None, None


def stepped(x: Tensor, count: Tensor, low: Tensor, high: Tensor, slope: Tensor) -> Tensor:
    """``count``, with the gradient of a line of a ``slope`` between ``low`` and ``high``."""
    return _Stepped.apply(x, count, (low, high), slope)  # pyright: ignore[reportReturnType]
