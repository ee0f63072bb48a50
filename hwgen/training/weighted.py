"""Convolutions and dense layers with latent weights."""

from dataclasses import replace
from fractions import Fraction
from math import inf

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name every PyTorch program uses
from torch import Tensor, nn

from hwgen.model import Conv2d, Dense, DepthwiseConv2d, resolve_padding
from hwgen.model.kinds.shape import Shape
from hwgen.training.estimators import binary, rounded
from hwgen.training.levels import Levels

__all__ = ["LATENT", "Weighted"]

LATENT = 0.3
"""Magnitude that a latent weight of -1 or +1 begins with: far enough from 0 to know its sign, near
enough to change it."""

_EXACT_SINGLE = 1 << 22
"""Sums below it are exact in float32, in whatever order they are added, once they are rounded."""


class Weighted(nn.Module):
    """A layer with weights: of one bit the sign of latent ones, else their nearest fixed points.

    While it trains, sums are those of float32; after ``eval()`` they are exact integers.

    Parameters
    ----------
    layer : Conv2d, DepthwiseConv2d or Dense
    in_shape : (rows, columns, channels)
        Of what it reads.
    pad : tuple of int, optional
        What padding is in the integers that it reads, one number or one a channel; by default it
        stands for the value that the layer has.
    """

    def __init__(
        self, layer: Conv2d | DepthwiseConv2d | Dense, in_shape: Shape, pad: Tensor | None = None
    ) -> None:
        super().__init__()
        self.bits, self.fraction_bits = layer.weight_bits, layer.weight_fraction_bits
        self.low = -(1 << self.bits - 1)
        self.high = -self.low - 1
        weights = torch.from_numpy(np.array(layer.weights, np.float32))
        if isinstance(layer, Dense):
            weights = weights[:, :, None, None]
            self.stride, self.dilation, self.margin = (1, 1), (1, 1), (0, 0, 0, 0)
            self.pad_value = 0
        else:
            weights = weights.permute(0, 3, 1, 2)
            self.stride, self.dilation = layer.stride, layer.dilation
            top, bottom, left, right = resolve_padding(layer, in_shape)
            self.margin = (left, right, top, bottom)
            self.pad_value = layer.padding.value
        self.groups = in_shape[2] if isinstance(layer, DepthwiseConv2d) else 1
        factor = LATENT if self.bits == 1 else 2.0**-self.fraction_bits
        self.weight = nn.Parameter((weights * factor).contiguous())
        self.bias = None
        if any(layer.bias):
            outputs = len(weights)
            bias = layer.bias if len(layer.bias) > 1 else layer.bias * outputs
            self.bias = nn.Parameter(torch.tensor([float(x) for x in bias], dtype=torch.float64))
        self.register_buffer("pad", pad, persistent=False)

    def integers(self) -> Tensor:
        """Weights as the description has them, (outputs, inputs, rows, columns)."""
        if self.bits == 1:
            return binary(self.weight)
        return rounded(self.weight * 2.0**self.fraction_bits, self.low, self.high)

    def forward(self, source: Levels) -> Levels:
        """Sums of products."""
        weight, x = self.integers(), source.x
        terms = weight[0].numel()
        largest = terms * source.top * (1 if self.bits == 1 else -self.low)
        pad = self.pad_value / source.step
        exact = not self.training and source.whole and pad.denominator == 1
        if self.training:
            x = x.float()
        elif largest >= _EXACT_SINGLE or x.is_cuda or not exact:
            x, weight = x.double(), weight.double()
        else:
            x = x.float()
        sums = F.conv2d(
            self._padded(x, float(pad)),
            weight,
            stride=self.stride,
            dilation=self.dilation,
            groups=self.groups,
        )
        step = source.step / (1 << self.fraction_bits)
        if not (exact or self.training):
            return self._biased(Levels(sums * float(step)))
        return self._biased(Levels(sums.round() if exact else sums, step, largest))

    def _biased(self, found: Levels) -> Levels:
        if self.bias is None:
            return found
        bias = self.bias.view(1, -1, 1, 1)
        real = found.real(torch.float32 if self.training else torch.float64)
        return Levels(real + bias.to(real.dtype), top=inf)

    def _padded(self, x: Tensor, value: float) -> Tensor:
        if not any(self.margin):
            return x
        pad: Tensor | None = self.pad  # type: ignore[assignment]
        if pad is None:
            return F.pad(x, self.margin, value=value)
        if pad.numel() == 1:
            return F.pad(x, self.margin, value=pad.item())
        return F.pad(x - pad.to(x.dtype), self.margin) + pad.to(x.dtype)

    @torch.no_grad()
    def randomise(self, generator: torch.Generator) -> None:
        """Draw latent weights of one bit anew; those of more bits are what they were given as."""
        if self.bits == 1:
            drawn = torch.rand(self.weight.shape, generator=generator) * 2 - 1
            self.weight.copy_(drawn * LATENT)

    @torch.no_grad()
    def clip(self) -> None:
        """Keep latent weights where their gradient reaches."""
        if self.bits == 1:
            self.weight.clamp_(-1, 1)
        else:
            scale = 2.0**-self.fraction_bits
            self.weight.clamp_(self.low * scale, self.high * scale)

    @torch.no_grad()
    def exported(self, layer: Conv2d | DepthwiseConv2d | Dense) -> Conv2d | DepthwiseConv2d | Dense:
        """The layer with the weights and the bias of now."""
        found = self.integers().cpu()
        found = found[:, :, 0, 0] if isinstance(layer, Dense) else found.permute(0, 2, 3, 1)
        weights = np.ascontiguousarray(found.numpy()).astype(layer.weights.dtype)
        weights.flags.writeable = False
        bias = layer.bias
        if self.bias is not None:
            known = bias if len(bias) > 1 else bias * len(weights)
            now = self.bias.tolist()
            # What has not changed stays the fraction that it was.
            made = tuple(
                old if float(old) == new else Fraction(new)
                for old, new in zip(known, now, strict=True)
            )
            bias = bias if made == known else made
        return replace(layer, weights=weights, bias=bias)
