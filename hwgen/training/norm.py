"""Batch normalisation, in float32 by the statistics of a batch or exactly by its own."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name every PyTorch program uses
from torch import Tensor, nn

from hwgen.model import BatchNorm
from hwgen.training.levels import Levels

__all__ = ["Norm"]

_NEAR, _TINY = 2.0**-44, 2.0**-200

_LEAST_GAMMA = 0.01
_LEAST_EPSILON = 1e-5
"""While it trains: a batch in which a channel is constant has a variance of 0."""


class Norm(nn.Module):
    """``gamma * (x - mean) / sqrt(variance + epsilon) + beta``.

    No gamma changes its sign: what reads maxima ahead of it, or behind it, relies on that.
    """

    gamma: nn.Parameter
    beta: nn.Parameter
    mean: Tensor
    variance: Tensor
    flip: Tensor

    def __init__(self, layer: BatchNorm) -> None:
        super().__init__()
        self.epsilon = layer.epsilon
        for key in ("gamma", "beta", "mean", "variance"):
            value = torch.from_numpy(getattr(layer, key).astype(np.float64))
            if key in ("gamma", "beta"):
                setattr(self, key, nn.Parameter(value))
            else:
                self.register_buffer(key, value)
        self.register_buffer("flip", torch.where(self.gamma >= 0, 1.0, -1.0))

    def forward(self, source: Levels) -> Levels:
        """Normalised numbers."""
        if not self.training:
            return Levels(self._exact(source))
        # Of the integers that it reads, whose step the statistics take out again.
        epsilon = max(self.epsilon, _LEAST_EPSILON) / float(source.step) ** 2
        found = F.batch_norm(
            source.x.float(),
            None,
            None,
            self.gamma.float(),
            self.beta.float(),
            training=True,
            eps=epsilon,
        )
        return Levels(found)

    @torch.no_grad()
    def _exact(self, source: Levels) -> Tensor:
        """In float64, but for what is so near 0 that its sign has to be found in fractions."""
        x = source.real(torch.float64)
        gamma, beta, mean, variance = (
            value.detach().view(1, -1, 1, 1)
            for value in (self.gamma, self.beta, self.mean, self.variance)
        )
        root = (variance + self.epsilon).sqrt()
        # Multiplied by the root first, so that equal numbers cancel to exactly 0.
        value = gamma * (x - mean) + beta * root
        if source.whole:
            size = gamma.abs() * (x.abs() + mean.abs()) + beta.abs() * root
            near = (value.abs() <= _NEAR * size).nonzero(as_tuple=True)
            if len(near[0]):
                value[near] = self._signs(near[1], source.x[near], source.step)
        return value / root

    def _signs(self, channels: Tensor, x: Tensor, step: Fraction) -> Tensor:
        """Signs of channels at integers, as numbers next to 0."""
        pairs = torch.stack([channels.double(), x.double()])
        distinct, place = pairs.unique(dim=1, return_inverse=True)
        found = []
        for channel, number in distinct.T.tolist():
            gamma, beta, mean, variance = (
                Fraction(figure[int(channel)].item())
                for figure in (self.gamma, self.beta, self.mean, self.variance)
            )
            away = gamma * (int(number) * step - mean)
            found.append(_sign_of_sum(away, beta, variance + Fraction(self.epsilon)) * _TINY)
        return torch.tensor(found, dtype=torch.float64, device=x.device)[place]

    def get_extra_state(self) -> Tensor:
        """What is neither parameter nor buffer."""
        return torch.tensor([self.epsilon], dtype=torch.float64)

    def set_extra_state(self, state: Tensor) -> None:
        """Take what `get_extra_state` gave."""
        (self.epsilon,) = state.tolist()

    @torch.no_grad()
    def take(self, mean: Tensor, variance: Tensor) -> None:
        """Take statistics as they were measured."""
        self.mean.copy_(mean)
        self.variance.copy_(variance)

    @torch.no_grad()
    def restart(self, mean: Tensor, variance: Tensor) -> None:
        """Take statistics, and begin anew: a gamma of 1, a beta of 0."""
        self.gamma.fill_(1)
        self.flip.fill_(1)
        self.beta.fill_(0)
        self.take(mean, variance)

    @torch.no_grad()
    def settle(self, mean: Tensor, variance: Tensor) -> None:
        """Take statistics, with gamma and beta such that what it computes stays the same."""
        root = (self.variance + self.epsilon).sqrt()
        self.epsilon = max(self.epsilon, _LEAST_EPSILON)
        self.beta.add_(self.gamma * (mean - self.mean) / root)
        self.gamma.mul_((variance + self.epsilon).sqrt() / root)
        self.take(mean, variance)

    @torch.no_grad()
    def normalise(self) -> None:
        """Bring gammas of another size to -1 and +1, for a sign behind it that does not see it."""
        size = self.gamma.abs()
        if 0.2 <= size.median() <= 5:
            return
        size[size == 0] = 1
        self.gamma.div_(size)
        self.beta.div_(size)

    @torch.no_grad()
    def clip(self) -> None:
        """Keep every gamma away from 0, on its own side."""
        self.gamma.copy_((self.gamma * self.flip).clamp(min=_LEAST_GAMMA) * self.flip)

    @torch.no_grad()
    def exported(self, layer: BatchNorm) -> BatchNorm:
        """The layer with the figures of now; those that are what they were stay as exact."""
        figures = {}
        for key in ("gamma", "beta", "mean", "variance"):
            new, old = getattr(self, key).cpu().numpy().copy(), getattr(layer, key)
            figures[key] = old if np.array_equal(old.astype(np.float64), new) else new
            figures[key].flags.writeable = False
        return replace(layer, **figures, epsilon=float(self.epsilon))


def _sign_of_sum(a: Fraction, b: Fraction, c: Fraction) -> int:
    """-1, 0 or 1: the sign of ``a + b * sqrt(c)``, ``c`` not being negative."""
    root = (b > 0) - (b < 0) if c else 0
    other = (a > 0) - (a < 0)
    if root * other >= 0:
        return root or other
    larger = a * a - b * b * c
    return other if larger > 0 else root if larger < 0 else 0
