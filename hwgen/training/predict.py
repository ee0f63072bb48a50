"""What a network computes of pictures, in the arithmetic of its description; and the proof."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hwgen.errors import MismatchError
from hwgen.model import Model
from hwgen.training.levels import Levels
from hwgen.training.network import Network
from sim import golden

__all__ = ["accuracy", "check_export", "classes_of", "exact_scores", "tensor"]

_BATCH = 256
_NEAR = 1e-9
"""Of the largest score: where scores are no integers they are compared up to such a part."""


@torch.no_grad()
def exact_scores(network: Network, pictures: Tensor) -> Levels:
    """Scores (frames, classes) of pictures (frames, rows, columns, channels)."""
    network.eval()
    device = network.log_scale.device
    parts = [network(part.to(device)) for part in pictures.split(_BATCH)]
    x = torch.cat([part.x.double().flatten(1).cpu() for part in parts])
    return Levels(x, parts[0].step, parts[0].top)


def classes_of(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    """Class of each row, the first of equal ones; of one score, 1 where it is 0 or more."""
    if scores.shape[1] == 1:
        return (scores[:, 0] >= 0).astype(np.int64)
    return scores.argmax(axis=1).astype(np.int64)


def tensor(array: NDArray[Any]) -> Tensor:
    """The array as PyTorch takes it: in order, and its own to write to."""
    return torch.from_numpy(np.require(array, requirements=["C", "W"]))


def accuracy(network: Network, pictures: Tensor, labels: Tensor) -> float:
    """Share of pictures that are taken for what they show."""
    found = classes_of(exact_scores(network, pictures).real().numpy())
    return float((found == labels.numpy()).mean())


def check_export(
    network: Network,
    model: Model,
    pictures: NDArray[np.uint8],
    progress: Callable[[int, int], object] | None = None,
    processes: int | None = 1,
) -> NDArray[np.int64]:
    """Hold a description against the network that it was made of, on every picture.

    Returns
    -------
    int64 array (frames,)
        The classes that both give.

    Raises
    ------
    MismatchError
        If the golden model gives another class, or another integer, on any picture.
    """
    ours = exact_scores(network, tensor(pictures))
    theirs = golden.run(model, pictures, progress, keep=False, processes=processes)
    values = ours.real().numpy()
    classes = classes_of(values)
    same = classes == classes_of(theirs.float_scores)
    if theirs.classes is not None and values.shape[1] > 1:
        same &= classes == theirs.classes
    ratio = {ours.step / scale for scale in theirs.score_scale if scale}
    shift = [offset / ours.step for offset in theirs.score_offset]
    if ours.whole and len(ratio) == 1 and all(s.denominator == 1 for s in shift):
        (factor,) = ratio
        moved = ours.x.numpy() - np.array([float(s) for s in shift])
        same &= _equal(moved, factor, theirs.scores.astype(np.float64)).all(axis=1)
    else:
        limit = _NEAR * np.abs(values).max(initial=1.0)
        same &= (np.abs(values - theirs.float_scores) <= limit).all(axis=1)
    if not same.all():
        wrong = np.flatnonzero(~same)
        raise MismatchError(
            f"{model.name}: the description gives other scores than the trained network on "
            f"{len(wrong):,} of {len(same):,} pictures, first on picture {wrong[0]}"
        )
    return classes


def _equal(
    ours: NDArray[np.float64], factor: Fraction, theirs: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Whether ``ours * factor`` are these integers, exactly."""
    return ours * factor.numerator == theirs * factor.denominator
