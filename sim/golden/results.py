"""What a network computes: scores, classes, and tensors that become arrays when read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.golden.classes import best_channels
from sim.golden.packed import PackedBits
from sim.golden.surd import Surd
from sim.golden.tensor import Tensor

__all__ = ["GoldenResult", "Tensors", "result_of"]


class Tensors(Mapping[str, NDArray[Any]]):
    """Tensors by layer name, each made into an array (N, H, W, C) when it is first read.

    Until then bits stay packed, and normalised values are the integers that they came from.

    Parameters
    ----------
    parts : mapping of str to sequence of Tensor
        One for each group of frames, in order.
    """

    def __init__(self, parts: Mapping[str, Sequence[Tensor]]) -> None:
        self._parts = dict(parts)
        self._made: dict[str, NDArray[Any]] = {}

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Return the array; the same one each time."""
        if name not in self._made:
            joined = _join(self._parts[name])
            real = joined.form.normalised or joined.form.rectified
            self._made[name] = joined.floats() if real else joined.ints
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        """Names, in the order of the layers."""
        return iter(self._parts)

    def __len__(self) -> int:
        """Count the tensors."""
        return len(self._parts)


@dataclass(frozen=True, eq=False)
class GoldenResult:
    """What a network computes from a batch of N pictures.

    Attributes
    ----------
    tensors : mapping of str to array (N, H, W, C)
        By layer name, as far as kept, made when read. Convolutions and dense layers: their exact
        integers, the narrowest of int16, int32 and int64 for the largest sum possible; ``sign``:
        int8 -1/+1; ``quantise``: integers; ``batch_norm`` and ``relu``: float64, rounded, for
        information; ``max_pool`` and
        ``flatten``: as what they read. In whatever order of memory.
    scores : integer array (N, C), or (N, H, W, C) where the output has more than one pixel
        The integers behind the last layer, as hardware puts them out: sums of products, sums,
        fixed-point numbers, or the int8 -1/+1 bits of a network that ends in a sign.
    score_scale, score_offset : tuple of Fraction
        One a channel: ``score_scale[c] * scores[..., c] + score_offset[c]`` are the real scores.
        Exact where they are rational; else the nearest float64, exactly as that is.
    float_scores : float64 array in the shape of ``scores``
    classes : int64 array (N,) or None
        Channel of the largest score where the output has one pixel, the lowest index among equal
        ones. Scores are compared exactly, irrational scales included.
    """

    tensors: Tensors
    scores: NDArray[Any]
    score_scale: tuple[Fraction, ...]
    score_offset: tuple[Fraction, ...]
    float_scores: NDArray[np.float64]
    classes: NDArray[np.int64] | None

    def taken(self, frames: NDArray[np.integer[Any]]) -> "GoldenResult":
        """The same of these frames, in this order; without tensors."""
        return replace(
            self,
            tensors=Tensors({}),
            scores=self.scores[frames],
            float_scores=self.float_scores[frames],
            classes=None if self.classes is None else self.classes[frames],
        )


def result_of(
    names: Sequence[str], kept: Mapping[str, Sequence[Tensor]], last: Sequence[Tensor]
) -> GoldenResult:
    """Put the groups of frames together.

    Parameters
    ----------
    names : sequence of str
        The layers, in order.
    kept : mapping of str to sequence of Tensor
        The tensors to be returned.
    last : sequence of Tensor
        Those of the last layer.
    """
    joined = _join(last)
    scores, form = joined.ints, joined.form
    one_pixel = scores.shape[1:3] == (1, 1)
    if one_pixel:
        scores = scores.reshape(len(scores), -1)
    scores = np.ascontiguousarray(scores)
    return GoldenResult(
        tensors=Tensors({name: kept[name] for name in names if name in kept}),
        scores=scores,
        score_scale=tuple(_reported(slope) for slope in form.slopes),
        score_offset=tuple(_reported(intercept) for intercept in form.intercepts),
        float_scores=Tensor(scores, form).floats(),
        classes=best_channels(scores, form) if one_pixel else None,
    )


def _join(parts: Sequence[Tensor]) -> Tensor:
    if len(parts) == 1:
        return parts[0]
    stored = [part.stored for part in parts]
    bits = [one for one in stored if isinstance(one, PackedBits)]
    if bits:
        words = np.concatenate([one.words for one in bits], axis=1)
        return Tensor(PackedBits(words, bits[0].channels), parts[0].form)
    return Tensor(np.concatenate([part.ints for part in parts]), parts[0].form)


def _reported(value: Surd) -> Fraction:
    if value.rational is not None:
        return value.rational
    rounded = float(value)
    return Fraction(rounded) if np.isfinite(rounded) else value.approximate()
