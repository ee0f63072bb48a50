"""The face network: its trainable form, its exported arrays and their exact forward pass."""

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name every PyTorch program uses
from torch import Tensor, nn

__all__ = ["CONVS", "FaceNet", "estimate_statistics", "exact_scores", "export_arrays"]

CONVS = ((3, 64), (64, 64), (64, 128))
"""Input and output channels of the three 3x3 convolutions."""

CLASSES = 2
FEATURES = 4 * 4 * CONVS[-1][1]


class _Sign(torch.autograd.Function):
    """Sign with sign(0) = +1, and the clipped straight-through gradient."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx.save_for_backward(x)
        return torch.where(x >= 0, 1.0, -1.0)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        (x,) = ctx.saved_tensors
        return gradient * (x.abs() <= 1)


def _sign(x: Tensor) -> Tensor:
    return _Sign.apply(x)  # pyright: ignore[reportReturnType]


class BinaryBlock(nn.Module):
    """Binary 3x3 convolution, 2x2 maximum, batch normalisation, sign.

    The maximum comes last in the exported network. As gamma is kept positive, nothing after the
    convolution decreases, so both orders give the same bits; this one trains faster and better.

    Parameters
    ----------
    inputs, outputs : int
        Channels.
    padding : float
        The value around the picture, after the input transform.
    """

    def __init__(self, inputs: int, outputs: int, padding: float) -> None:
        super().__init__()
        self.padding = padding
        self.weight = nn.Parameter(torch.empty(outputs, inputs, 3, 3).uniform_(-0.3, 0.3))
        self.bn = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Binary activations of half the height and width."""
        x = F.pad(x, (1, 1, 1, 1), value=self.padding)
        x = F.max_pool2d(F.conv2d(x, _sign(self.weight)), 2)
        return _sign(self.bn(x))


class FaceNet(nn.Module):
    """The face topology, to be trained with latent weights between -1 and +1."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            BinaryBlock(inputs, outputs, padding=0.0 if index == 0 else -1.0)
            for index, (inputs, outputs) in enumerate(CONVS)
        )
        self.dense = nn.Parameter(torch.empty(CLASSES, FEATURES).uniform_(-0.3, 0.3))
        # Only tempers the loss: it is positive, so no decision depends on it.
        self.log_scale = nn.Parameter(torch.tensor(-4.0))

    def layers(self) -> list[BinaryBlock]:
        """The three convolutional blocks."""
        return cast(list[BinaryBlock], list(self.blocks))

    def forward(self, x: Tensor) -> Tensor:
        """Scaled scores (N, 2) of pictures (N, 3, 32, 32) after the input transform."""
        for block in self.layers():
            x = block(x)
        x = x.permute(0, 2, 3, 1).flatten(1)
        return F.linear(x, _sign(self.dense)) * self.log_scale.exp()

    @torch.no_grad()
    def clip_weights(self) -> None:
        """Keep latent weights where the straight-through gradient reaches, and gamma positive."""
        self.dense.clamp_(-1, 1)
        for block in self.layers():
            block.weight.clamp_(-1, 1)
            block.bn.weight.clamp_(min=0.01)


@torch.no_grad()
def estimate_statistics(net: FaceNet, batches: list[Tensor]) -> None:
    """Replace the running statistics by averages over `batches`, one layer after the other.

    Each layer sees what the layers before it give at inference, not in training.
    """
    net.eval()
    for block in net.layers():
        bn = block.bn
        bn.reset_running_stats()
        bn.momentum = None  # cumulative average
        bn.train()
        for x in batches:
            net(x)
        bn.eval()
        bn.momentum = 0.1


def export_arrays(net: FaceNet) -> dict[str, np.ndarray]:
    """Arrays of the network as it is deployed.

    Returns
    -------
    dict
        ``convN_weight`` int8 ±1 (out, ky, kx, in); ``convN_gamma``, ``_beta``, ``_mean``,
        ``_variance`` and the scalar ``_epsilon``, float64 holding the float32 values;
        ``dense_weight`` int8 ±1 (2, 2048), inputs in HWC order.

    Raises
    ------
    ValueError
        If a variance is not positive.
    """

    def bits(weight: Tensor) -> np.ndarray:
        return np.where(weight.detach().numpy() >= 0, 1, -1).astype(np.int8)

    def exact(values: Tensor | None) -> np.ndarray:
        assert values is not None
        return values.detach().numpy().astype(np.float64)

    arrays: dict[str, np.ndarray] = {}
    for index, block in enumerate(net.layers(), start=1):
        arrays[f"conv{index}_weight"] = bits(block.weight).transpose(0, 2, 3, 1).copy()
        arrays[f"conv{index}_gamma"] = exact(block.bn.weight)
        arrays[f"conv{index}_beta"] = exact(block.bn.bias)
        arrays[f"conv{index}_mean"] = exact(block.bn.running_mean)
        variance = arrays[f"conv{index}_variance"] = exact(block.bn.running_var)
        arrays[f"conv{index}_epsilon"] = np.asarray(np.float32(block.bn.eps), np.float64)
        if not (variance > 0).all():
            raise ValueError(f"conv{index}: each variance must be positive, not {variance.min()}")
    arrays["dense_weight"] = bits(net.dense)
    return arrays


@torch.no_grad()
def exact_scores(
    arrays: Mapping[str, np.ndarray], images: np.ndarray, batch: int = 64
) -> np.ndarray:
    """Integer scores of the exported network.

    Each accumulator is an exact sum: multiples of 1/128 up to 27, then integers up to 2048, which
    float32 holds in whatever order a matrix product adds them.

    Parameters
    ----------
    arrays
        From `export_arrays`.
    images
        uint8 (N, 32, 32, 3).

    Returns
    -------
    numpy.ndarray
        int64 (N, 2): nonface, face.
    """
    if images.dtype != np.uint8 or images.shape[1:] != (32, 32, 3):
        raise ValueError(f"images must be uint8 (N, 32, 32, 3), not {images.dtype} {images.shape}")
    tensors = {
        key: torch.from_numpy(np.asarray(value, np.float64)) for key, value in arrays.items()
    }
    weights = [
        tensors[f"conv{index}_weight"].permute(0, 3, 1, 2).flatten(1).float()
        for index in range(1, len(CONVS) + 1)
    ]
    dense = tensors["dense_weight"].float()
    scores = [np.empty((0, CLASSES), np.int64)]
    for start in range(0, len(images), batch):
        part = torch.from_numpy(np.ascontiguousarray(images[start : start + batch]))
        x = part.permute(0, 3, 1, 2).float() / 128 - 1
        for index, weight in enumerate(weights, start=1):
            side = x.shape[-1]
            x = F.pad(x, (1, 1, 1, 1), value=0.0 if index == 1 else -1.0)
            # A plain product: a convolution may pick an algorithm that rounds.
            x = (weight @ F.unfold(x, 3)).unflatten(2, (side, side)).double()
            gamma, beta, mean, variance = (
                tensors[f"conv{index}_{key}"][:, None, None]
                for key in ("gamma", "beta", "mean", "variance")
            )
            # Multiplied by the positive root: no division, the same sign.
            root = (variance + tensors[f"conv{index}_epsilon"]).sqrt()
            x = torch.where(gamma * (x - mean) + beta * root >= 0, 1.0, -1.0)
            x = F.max_pool2d(x, 2)
        scores.append((x.permute(0, 2, 3, 1).flatten(1) @ dense.T).long().numpy())
    return np.concatenate(scores)
