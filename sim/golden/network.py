"""Whole networks: every intermediate tensor, scores and classes."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.layers import INPUT_NAME, BatchNorm, Model
from hwgen.model.locate import located
from hwgen.model.shapes import infer_shapes
from sim.golden.classes import best_channels
from sim.golden.derive import normalised_form
from sim.golden.forms import Form
from sim.golden.layers import apply
from sim.golden.surd import Surd
from sim.golden.tensor import Tensor, picture

__all__ = ["GoldenResult", "run", "sign_of"]

BATCH_ELEMENTS = 1 << 22
"""Elements of the largest feature map in a batch: bounds memory, and stays near the cache."""


@dataclass(frozen=True, eq=False)
class GoldenResult:
    """What a network computes from a batch of N pictures.

    Attributes
    ----------
    tensors : dict of str to array (N, H, W, C)
        By layer name, as far as kept. Convolutions and dense layers: their exact integers, int32
        or int64 by the largest sum possible; ``sign``: int8 -1/+1; ``batch_norm``: float64,
        rounded, for information; ``max_pool`` and ``flatten``: as what they read.
    scores : integer array (N, C), or (N, H, W, C) where the output has more than one pixel
        The integers behind the last layer: sums of products, as a layer of hardware accumulates
        them, or the int8 -1/+1 bits of a network that ends in a sign.
    score_scale, score_offset : tuple of Fraction
        One a channel: ``score_scale[c] * scores[..., c] + score_offset[c]`` are the real scores.
        Exact where they are rational; else the nearest float64, exactly as that is.
    float_scores : float64 array in the shape of ``scores``
    classes : int64 array (N,) or None
        Channel of the largest score where the output has one pixel, the lowest index among equal
        ones. Scores are compared exactly, irrational scales included.
    """

    tensors: dict[str, NDArray[Any]]
    scores: NDArray[Any]
    score_scale: tuple[Fraction, ...]
    score_offset: tuple[Fraction, ...]
    float_scores: NDArray[np.float64]
    classes: NDArray[np.int64] | None


def run(
    model: Model,
    images: NDArray[np.uint8],
    progress: Callable[[int, int], object] | None = None,
    *,
    keep: bool | Iterable[str] = True,
) -> GoldenResult:
    """Compute a network on pictures, bit-exactly.

    Frames do not depend on each other, so the result is the same however they are grouped.
    Memory beyond what is kept does not grow with their number.

    Parameters
    ----------
    model : Model
        A verified description.
    images : uint8 array (N, H, W, C)
        At least one picture.
    progress : callable, optional
        Called with (frames done, frames in all) after each group of frames.
    keep : bool or iterable of str
        The layers whose tensors are returned: all, none, or those named.

    Raises
    ------
    ModelError
        If pictures do not match the model, a layer cannot be computed, or ``keep`` names none.
    """
    shapes = infer_shapes(model)
    names = [layer.name for layer in model.layers]
    kept = set(names if keep is True else () if keep is False else keep)
    if unknown := sorted(kept - set(names)):
        raise ModelError(f"{model.source}: layer {unknown[0]!r}: there is none of this name")
    last = names[-1]
    frames = len(images)
    if not frames:
        raise ModelError(f"{model.source}: at least one picture is needed")
    found: dict[str, NDArray[Any]] = {}
    form = Form.plain(0, 0)
    group = max(1, BATCH_ELEMENTS // max(prod(shape) for shape in shapes.values()))
    for first in range(0, frames, group):
        here = slice(first, min(first + group, frames))
        for name, tensor in _evaluate(model, images[here]):
            if name in kept:
                values = tensor.floats() if tensor.form.normalised else tensor.ints
                _store(found, name, here, values, frames)
            if name == last:
                form = tensor.form
                _store(found, "", here, tensor.ints, frames)
        if progress is not None:
            progress(here.stop, frames)

    scores = found.pop("")
    one_pixel = scores.shape[1:3] == (1, 1)
    if one_pixel:
        scores = scores.reshape(frames, -1)
    return GoldenResult(
        tensors={name: found[name] for name in names if name in found},
        scores=scores,
        score_scale=tuple(_reported(slope) for slope in form.slopes),
        score_offset=tuple(_reported(intercept) for intercept in form.intercepts),
        float_scores=Tensor(scores, form).floats(),
        classes=best_channels(scores, form) if one_pixel else None,
    )


def sign_of(
    model: Model, layer: str, norms: str | Iterable[str] | None, acc: NDArray[Any]
) -> NDArray[np.int8]:
    """Return the bits that a sign gives on accumulators of ``layer``, before any pooling.

    Parameters
    ----------
    model : Model
    layer : str
        Name of a convolution or dense layer, or ``"input"``.
    norms : str, iterable of str, or None
        Names of the batch normalisations between them, in order. Maxima in between are left out;
        taken of the bits instead, those ahead of a negative gamma become minima.
    acc : integer array (..., channels)
        Accumulators of any shape, such as ``run`` gives them; for the input, its levels: pixels,
        or the values of its table.

    Returns
    -------
    int8 array of -1 and +1, in the shape of ``acc``
    """
    layers = {known.name: known for known in model.layers}
    form = _form_of(model, layer)
    for name in (norms,) if isinstance(norms, str) else norms or ():
        norm = layers.get(name)
        if not isinstance(norm, BatchNorm):
            raise ModelError(f"{model.source}: layer {name!r}: is no batch_norm of this network")
        form = normalised_form(form, norm)
    return form.bits(acc)


def _form_of(model: Model, name: str) -> Form:
    """Return what the integers of a layer stand for; it takes no pictures to find out."""
    picture_shape = (model.input.height, model.input.width, model.input.channels)
    for layer, tensor in _evaluate(model, np.empty((0, *picture_shape), np.uint8)):
        if layer == name:
            return tensor.form
    raise ModelError(f"{model.source}: layer {name!r}: there is none of this name")


def _evaluate(model: Model, images: NDArray[np.uint8]) -> Iterator[tuple[str, Tensor]]:
    """Give each layer's tensor in turn, and let go of those that no later layer reads."""
    final_reader = {name: k for k, layer in enumerate(model.layers) for name in layer.inputs}
    with located(model.source):
        values = {INPUT_NAME: picture(images, model.input)}
        yield INPUT_NAME, values[INPUT_NAME]
        for k, layer in enumerate(model.layers):
            values[layer.name] = apply(layer, values[layer.inputs[0]])
            yield layer.name, values[layer.name]
            for name in set(layer.inputs):
                if final_reader[name] == k:
                    del values[name]


def _store(
    found: dict[str, NDArray[Any]], name: str, here: slice, values: NDArray[Any], frames: int
) -> None:
    if name not in found:
        found[name] = np.empty((frames, *values.shape[1:]), values.dtype)
    found[name][here] = values


def _reported(value: Surd) -> Fraction:
    if value.rational is not None:
        return value.rational
    rounded = float(value)
    return Fraction(rounded) if np.isfinite(rounded) else value.approximate()
