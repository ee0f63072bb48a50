"""Small binary networks in PyTorch, written in the ways that people write them."""

# Names of arguments are those that people give them.
# pyright: reportIncompatibleMethodOverride=false

import torch
import torch.nn.functional as functional
from torch import nn

__all__ = [
    "Apply",
    "BinaryConv1d",
    "BinaryConv2d",
    "Branches",
    "DetachedLinear",
    "InPlaceLinear",
    "RoundedLinear",
    "ScaledLinear",
    "ZeroSign",
    "bi_real",
    "binarised",
    "dense",
    "settled",
    "zero_to_one",
]


class PlusSign(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.where(x >= 0, 1.0, -1.0)

    @staticmethod
    def backward(ctx, gradient):
        return gradient


class ZeroSign(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.sign()

    @staticmethod
    def backward(ctx, gradient):
        return gradient


binarised = PlusSign.apply


class Apply(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class ScaledLinear(nn.Linear):
    """Signs times the mean size of each row, as in XNOR-Net."""

    def forward(self, x):
        scale = self.weight.abs().mean(1, keepdim=True)
        return functional.linear(x, self.weight.sign() * scale, self.bias)


class DetachedLinear(nn.Linear):
    """An estimator by what is detached: in float32 its weights are not quite -1 and +1."""

    def forward(self, x):
        clipped = self.weight.clamp(-1, 1)
        weight = binarised(self.weight).detach() - clipped.detach() + clipped
        return functional.linear(x, weight, self.bias)


class InPlaceLinear(nn.Linear):
    """Puts signs into its input and its weights, and keeps the weights beside them."""

    def forward(self, x):
        x.data = x.data.sign()
        if not hasattr(self.weight, "org"):
            self.weight.org = self.weight.data.clone()
        self.weight.data = self.weight.org.sign()
        return functional.linear(x, self.weight)


class RoundedLinear(nn.Linear):
    """Weights of 4 bits, as in DoReFa-Net."""

    def forward(self, x):
        weight = torch.tanh(self.weight)
        weight = torch.round(weight / weight.abs().max() * 7) / 7
        return functional.linear(x, weight, self.bias)


class BinaryConv1d(nn.Conv1d):
    def forward(self, x):
        weight = self.weight.sign()
        return functional.conv1d(x, weight, self.bias, self.stride, self.padding)


class BinaryConv2d(nn.Conv2d):
    def forward(self, x):
        weight = binarised(self.weight)
        return functional.conv2d(
            x, weight, self.bias, self.stride, self.padding, self.dilation, self.groups
        )


class Branches(nn.Module):
    """Two convolutions whose bits are joined, dropout, and a softmax."""

    def __init__(self):
        super().__init__()
        self.conv1 = BinaryConv2d(3, 6, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(6)
        self.conv2 = BinaryConv2d(6, 6, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(6)
        self.drop = nn.Dropout(0.5)
        self.scores = ScaledLinear(192, 5)

    def forward(self, x):
        one = binarised(self.norm1(self.conv1(x)))
        other = binarised(self.norm2(self.conv2(one)))
        joined = functional.max_pool2d(torch.cat([one, other], 1), 2)
        return functional.softmax(self.scores(self.drop(joined.view(joined.size(0), -1))), -1)


def zero_to_one(x):
    y = torch.sign(x)
    y[y == 0] = 1
    return y


def bi_real(x):
    """A sign, and beside it the polynomial that is its gradient, which cancels."""
    out = torch.sign(x)
    low, below, high = x < -1, x < 0, x < 1
    a = (-1) * low.float() + (x * x + 2 * x) * (1 - low.float())
    b = a * below.float() + (-x * x + 2 * x) * (1 - below.float())
    c = b * high.float() + (1 - high.float())
    return out.detach() - c.detach() + c


def settled(module, seed=0):
    """The same with batch normalisations as training leaves them, of both directions."""
    torch.manual_seed(seed)
    for part in module.modules():
        if isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d):
            assert part.running_mean is not None
            assert part.running_var is not None
            part.running_mean.uniform_(-3, 3)
            part.running_var.uniform_(0.5, 9)
            nn.init.uniform_(part.weight, -1, 1)
            nn.init.uniform_(part.bias, -1, 1)
    return module


def dense(activation, linear=ScaledLinear):
    """Pixels above one half as bits, 24 units with an activation, and 5 scores."""
    torch.manual_seed(1)
    return settled(
        nn.Sequential(
            nn.Flatten(),
            Apply(lambda x: binarised(2 * x - 1)),
            linear(36, 24, bias=linear is not InPlaceLinear),
            nn.BatchNorm1d(24),
            Apply(activation),
            linear(24, 5, bias=linear is not InPlaceLinear),
        )
    )
