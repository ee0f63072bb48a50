"""Statistics of every batch normalisation, measured in the arithmetic of the description."""

from collections.abc import Callable
from math import prod

import torch
from torch import Tensor

from hwgen.model import INPUT_NAME, infer_shapes
from hwgen.training.levels import Levels
from hwgen.training.network import Network
from hwgen.training.norm import Norm
from hwgen.training.plain import Joined, Signs

__all__ = ["begin", "estimate"]

_BATCH = 128
_BYTES = 1 << 28
_LEAST, _MOST = 128, 4096
"""Pictures that statistics are measured on: as many as memory has room for."""

_WINDOW_SOURCES = (Norm, Joined)

Take = Callable[[Norm, Tensor, Tensor], None]


def estimate(network: Network, pictures: Tensor) -> None:
    """Measure all statistics, layer by layer, each behind those before it.

    Parameters
    ----------
    pictures : uint8 (frames, rows, columns, channels)
        Of which the first are taken.
    """
    _measure(network, pictures, Norm.take)


def begin(network: Network, pictures: Tensor, *, fresh: bool) -> None:
    """Get a network ready for training: statistics, and how far gradients of signs reach.

    Parameters
    ----------
    fresh : bool
        Whether it begins anew: latent weights at random, every gamma at 1, every beta at 0. Else
        it goes on computing what it does, but for roundings.
    """
    _measure(network, pictures, Norm.restart if fresh else Norm.settle, windows=True)
    if not fresh:
        for name in network.order:
            part = network.part(name)
            if isinstance(part, Norm) and _only_signs(network, name):
                part.normalise()


@torch.no_grad()
def _measure(network: Network, pictures: Tensor, take: Take, windows: bool = False) -> None:
    network.eval()
    chosen = pictures[: _room(network)]
    device = network.log_scale.device
    chunks = [{INPUT_NAME: network.pixels(part.to(device))} for part in chosen.split(_BATCH)]
    final = {name: k for k, layer in enumerate(network.order) for name in network.reads[layer]}
    for k, name in enumerate(network.order):
        part, sources = network.part(name), network.reads[name]
        if isinstance(part, Norm):
            inputs = [chunk[sources[0]] for chunk in chunks]
            take(part, *_moments(inputs))
        elif windows and isinstance(part, Signs) and not _measured(network, sources[0]):
            _, variance = _moments([chunk[sources[0]] for chunk in chunks])
            part.window = max(float(variance.mean().sqrt()), 1e-3)
        for chunk in chunks:
            chunk[name] = part(*(chunk[source] for source in sources))
            for source in set(sources):
                if final[source] == k:
                    del chunk[source]


def _moments(parts: list[Levels]) -> tuple[Tensor, Tensor]:
    """Mean and variance of each channel, in float64."""
    count = sum(part.x[:, 0].numel() for part in parts)
    total = sum(part.real(torch.float64).sum((0, 2, 3)) for part in parts)
    mean = torch.as_tensor(total) / count
    squares = sum(
        (part.real(torch.float64) - mean.view(1, -1, 1, 1)).square_().sum((0, 2, 3))
        for part in parts
    )
    return mean, torch.as_tensor(squares) / count


def _room(network: Network) -> int:
    elements = max(prod(shape) for shape in infer_shapes(network.model).values())
    return max(_LEAST, min(_MOST, _BYTES // (8 * elements)))


def _measured(network: Network, source: str) -> bool:
    """Whether numbers are on a scale that training knows: normalised ones, and sums of such."""
    while source != INPUT_NAME:
        part = network.part(source)
        if isinstance(part, _WINDOW_SOURCES):
            return True
        if len(network.reads[source]) > 1 or hasattr(part, "weight"):
            return False
        source = network.reads[source][0]
    return False


def _only_signs(network: Network, name: str) -> bool:
    readers = [layer for layer in network.order if name in network.reads[layer]]
    return bool(readers) and all(isinstance(network.part(layer), Signs) for layer in readers)
