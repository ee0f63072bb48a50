"""Layers without parameters: activations, pools, sums, and what only moves numbers."""

from collections.abc import Callable
from fractions import Fraction
from math import ceil, inf, prod

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name every PyTorch program uses
from torch import Tensor, nn

from hwgen.model import AveragePool, MaxPool, MultiThreshold, Quantise, resolve_padding
from hwgen.model.kinds.shape import Shape
from hwgen.training import estimators
from hwgen.training.levels import Levels, common_step, exact_product

__all__ = ["Averages", "Joined", "Maxima", "Plain", "Rounds", "Signs", "Thresholds"]


class Signs(nn.Module):
    """-1 and +1. ``window`` is how far from 0 its gradient reaches."""

    def __init__(self, gradient: estimators.Gradient) -> None:
        super().__init__()
        self.gradient: estimators.Gradient = gradient
        self.window = 1.0

    def get_extra_state(self) -> Tensor:
        """The window, as a tensor."""
        return torch.tensor([self.window], dtype=torch.float64)

    def set_extra_state(self, state: Tensor) -> None:
        """Take what `get_extra_state` gave."""
        (self.window,) = state.tolist()

    def forward(self, source: Levels) -> Levels:
        """Bits."""
        if not self.training:
            return Levels(torch.where(source.x >= 0, 1.0, -1.0), top=1)
        window = self.window / float(source.step)
        return Levels(estimators.sign(source.x, window, self.gradient), top=1)


class Rounds(nn.Module):
    """Fixed-point numbers, as `Quantise` has them."""

    def __init__(self, layer: Quantise) -> None:
        super().__init__()
        self.low, self.high = layer.levels
        self.even = layer.rounding == "half_even"
        self.scales = layer.scales
        floats = torch.tensor([float(s) for s in layer.scales], dtype=torch.float64)
        self.register_buffer("by_channel", floats.view(1, -1, 1, 1), persistent=False)

    def forward(self, source: Levels) -> Levels:
        """Integers on its step; plain numbers where each channel has another."""
        top = max(-self.low, self.high)
        if self.training:
            divided = source.real(torch.float32) / self.by_channel.float()  # type: ignore[operator]
            found = estimators.rounded(divided, self.low, self.high, self.even)
        else:
            found = self._exact(source).clamp(self.low, self.high).float()
        if len(self.scales) == 1:
            return Levels(found, self.scales[0], top)
        return Levels(found * self.by_channel.to(found.dtype))  # type: ignore[operator]

    def _exact(self, source: Levels) -> Tensor:
        if source.whole and len(self.scales) == 1:
            # Rounded once: a half stays a half, and nothing else becomes one.
            divided = exact_product(source.x, source.step / self.scales[0])
        else:
            divided = source.real(torch.float64) / self.by_channel  # type: ignore[operator]
        return torch.round(divided) if self.even else torch.floor(divided + 0.5)


class Thresholds(nn.Module):
    """Counts of thresholds, as `MultiThreshold` has them; they stay what they are."""

    def __init__(self, layer: MultiThreshold) -> None:
        super().__init__()
        self.exact = layer.thresholds
        self.step = common_step(layer.out_scale, layer.out_bias)
        self.scale, self.bias = (int(x / self.step) for x in (layer.out_scale, layer.out_bias))
        values = torch.from_numpy(np.array(layer.thresholds, np.float64))
        self.register_buffer("values", values, persistent=False)
        reach = values[:, -1:] - values[:, :1]
        single = reach == 0
        half = torch.where(single, 1.0, reach / max(values.shape[1] - 1, 1) / 2)
        bounds = {"low": values[:, :1] - half, "high": values[:, -1:] + half}
        for key, value in bounds.items():
            self.register_buffer(key, value.float().view(1, -1, 1, 1), persistent=False)
        slope = values.shape[1] / (bounds["high"] - bounds["low"])
        self.register_buffer("slope", slope.float().view(1, -1, 1, 1), persistent=False)

    def forward(self, source: Levels) -> Levels:
        """Integers on a step that both of its figures are multiples of."""
        if self.training:
            x = source.real(torch.float32)
            count = self._count(x.detach(), self.values.float())  # type: ignore[operator]
            count = estimators.stepped(x, count, self.low, self.high, self.slope)  # type: ignore[arg-type]
        else:
            count = self._count(source.x.double(), self._on(source))
        top = abs(self.bias) + abs(self.scale) * self.exact.shape[1]
        return Levels(count.float() * self.scale + self.bias, self.step, top)

    def _on(self, source: Levels) -> Tensor:
        """Thresholds in the integers of what is read."""
        values: Tensor = self.values  # type: ignore[assignment]
        if not source.whole:
            return values
        reached = [[ceil(Fraction(t) / source.step) for t in row] for row in self.exact.tolist()]
        return torch.tensor(reached, dtype=torch.float64, device=values.device)

    @staticmethod
    def _count(x: Tensor, thresholds: Tensor) -> Tensor:
        rows = x.transpose(0, 1)
        flat = rows.reshape(len(rows), -1).contiguous()
        thresholds = thresholds.expand(len(rows), -1).contiguous()
        count = torch.searchsorted(thresholds, flat, right=True)
        return count.view(rows.shape).transpose(0, 1).to(x.dtype)


class Maxima(nn.Module):
    """Maxima over windows. ``flip`` has -1 for channels of which it takes minima."""

    def __init__(self, layer: MaxPool, in_shape: Shape, out_shape: Shape) -> None:
        super().__init__()
        self.window, self.stride = layer.window, layer.stride
        top, _, left, _ = resolve_padding(layer, in_shape)
        sides = []
        for axis, before in ((1, left), (0, top)):
            needed = (out_shape[axis] - 1) * layer.stride[axis] + layer.window[axis]
            # Behind its input so much as the last window overhangs; less than 0 leaves out.
            sides += [before, needed - before - in_shape[axis]]
        self.sides = tuple(sides)
        self.flip: Callable[[], Tensor] | None = None

    def forward(self, source: Levels) -> Levels:
        """Largest numbers."""
        x = source.x
        flip = None if self.flip is None else self.flip().to(x.dtype).view(1, -1, 1, 1)
        if flip is not None and (flip > 0).all():
            flip = None
        if flip is not None:
            x = x * flip
        if any(self.sides):
            x = F.pad(x, self.sides, value=-inf)
        x = F.max_pool2d(x, self.window, self.stride)
        return Levels(x if flip is None else x * flip, source.step, source.top)


class Averages(nn.Module):
    """Means over windows: the sums, on a step that is a part of what it reads."""

    def __init__(self, layer: AveragePool) -> None:
        super().__init__()
        self.window, self.stride = layer.window, layer.stride

    def forward(self, source: Levels) -> Levels:
        """Sums of windows."""
        x, size = source.x, prod(self.window)
        if not self.training and source.top * size >= 1 << 24:
            x = x.double()
        sums = F.avg_pool2d(x, self.window, self.stride, divisor_override=1)
        if not source.whole:
            return Levels(sums / size)
        return Levels(sums, source.step / size, source.top * size)


class Joined(nn.Module):
    """Several inputs on the largest step that all are multiples of, added or side by side."""

    def __init__(self, added: bool) -> None:
        super().__init__()
        self.added = added

    def forward(self, *sources: Levels) -> Levels:
        """The sum, or all channels."""
        if all(source.whole for source in sources):
            step = common_step(*(source.step for source in sources))
            found = [source.on(step) for source in sources]
            tops = [source.top for source in found]
            parts = [source.x for source in found]
        else:
            kind = torch.float32 if self.training else torch.float64
            parts, step, tops = [source.real(kind) for source in sources], Fraction(1), [inf]
        if not self.added:
            return Levels(torch.cat(parts, 1), step, max(tops))
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        return Levels(total, step, sum(tops))


class Plain(nn.Module):
    """What changes numbers one by one, or only their places: ``relu`` and ``flatten``."""

    def __init__(self, change: str) -> None:
        super().__init__()
        self.change = change

    def forward(self, source: Levels) -> Levels:
        """The same numbers, those below 0 as 0; or all of a frame as channels of one pixel."""
        if self.change == "relu":
            return Levels(source.x.clamp(min=0), source.step, source.top)
        flat = source.x.permute(0, 2, 3, 1).flatten(1)[:, :, None, None]
        return Levels(flat, source.step, source.top)
