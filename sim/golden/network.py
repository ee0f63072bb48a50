"""Whole networks, in groups of frames."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError, located
from hwgen.model.layers import INPUT_NAME, Activation, BatchNorm, Conv2d, Dense, Model, Relu
from hwgen.model.shapes import infer_shapes
from sim.compiled import keep_memory
from sim.golden.derive import normalised_form
from sim.golden.forms import Form
from sim.golden.layers import apply
from sim.golden.process_pool import compute_groups, worthwhile_processes
from sim.golden.results import GoldenResult, result_of
from sim.golden.tensor import Tensor, picture

__all__ = ["activated", "activation_of", "read_scores", "run", "sign_of"]

BATCH_ELEMENTS = 1 << 23
"""Elements of the largest feature map in a group: bounds memory, and is enough for small maps."""


def run(
    model: Model,
    images: NDArray[np.integer[Any]],
    progress: Callable[[int, int], object] | None = None,
    *,
    keep: bool | Iterable[str] = True,
    processes: int | None = 1,
) -> GoldenResult:
    """Compute a network on pictures, bit-exactly.

    Frames do not depend on each other, so the result is the same however they are grouped and
    however many processes compute them. Memory beyond what is returned does not grow with their
    number.

    Parameters
    ----------
    model : Model
        A verified description.
    images : integer array (N, H, W, C), of the input's type
        At least one picture.
    progress : callable, optional
        Called with (frames done, frames in all) after each group of frames.
    keep : bool or iterable of str
        The layers whose tensors are returned: all, none, or those named.
    processes : int or None
        Processes that compute; None for as many as the work is worth, which is 1 where tensors
        are kept. Others than this one are spawned, for which the program's main module must be
        one that can be imported.

    Raises
    ------
    ModelError
        If pictures do not match the model, a layer cannot be computed, or ``keep`` names none.
    ToolError
        If a process is killed.
    """
    keep_memory()
    shapes = infer_shapes(model)
    names = [layer.name for layer in model.layers]
    kept = set(names if keep is True else () if keep is False else keep)
    if unknown := sorted(kept - set(names)):
        raise ModelError(f"{model.source}: layer {unknown[0]!r}: there is none of this name")
    frames = len(images)
    if not frames:
        raise ModelError(f"{model.source}: at least one picture is needed")
    group = max(1, BATCH_ELEMENTS // max(prod(shape) for shape in shapes.values()))
    wanted = kept | {names[-1]}
    if processes is None:
        processes = 1 if kept else worthwhile_processes(frames * _frame_macs(model, shapes))
    found: dict[str, list[Tensor]] = {name: [] for name in wanted}
    done = 0
    with closing(compute_groups(partial(_keep, model, wanted), images, group, processes)) as parts:
        for part in parts:
            for name, tensor in part.items():
                found[name].append(tensor)
            done = min(done + group, frames)
            if progress is not None:
                progress(done, frames)
    return result_of(names, {name: found[name] for name in kept}, found[names[-1]])


def read_scores(model: Model, scores: NDArray[Any]) -> GoldenResult:
    """Return what scores stand for that hardware has computed; no tensors.

    Parameters
    ----------
    model : Model
    scores : integer array (N, ...)
        Of N pictures, each with as many elements as the output, pixels in raster order, the
        channel fastest.
    """
    last = model.layers[-1].name
    shaped = scores.reshape(-1, *infer_shapes(model)[last])
    return result_of([], {}, [Tensor(shaped, _form_of(model, last))])


def sign_of(
    model: Model, layer: str, norms: str | Iterable[str] | None, acc: NDArray[Any]
) -> NDArray[np.int8]:
    """Return the bits that a sign gives on accumulators of ``layer``, before any pooling.

    Parameters
    ----------
    model, layer, acc
        As for `activation_of`.
    norms : str, iterable of str, or None
        Names of the batch normalisations between them, in order.

    Returns
    -------
    int8 array of -1 and +1, in the shape of ``acc``
    """
    named = (norms,) if isinstance(norms, str) else norms or ()
    form = _normed(model, _form_of(model, layer), named)
    bits = form.bits(acc.reshape(-1, 1, 1, acc.shape[-1]))
    return bits.ints().reshape(acc.shape)


def activation_of(
    model: Model, layer: str, between: Iterable[str], activation: Activation, acc: NDArray[Any]
) -> NDArray[Any]:
    """Return the integers that an activation gives on accumulators, before any pooling.

    Parameters
    ----------
    model : Model
    layer : str
        Name of a convolution, dense layer, sum or mean whose integers they are, or ``"input"``.
    between : iterable of str
        As for `activated`.
    activation : a layer of this kind
    acc : integer array (..., channels)
        Accumulators of any shape, such as ``run`` gives them; for the input, its levels: pixels,
        or the values of its table.

    Returns
    -------
    integer array, in the shape of ``acc``; int8 where it is -1 and +1
    """
    flat = Tensor(acc.reshape(-1, 1, 1, acc.shape[-1]), _form_of(model, layer))
    return activated(model, flat, between, activation).ints.reshape(acc.shape)


def activated(
    model: Model, source: Tensor, between: Iterable[str], activation: Activation
) -> Tensor:
    """Return what an activation gives on the tensor of a layer, before any pooling.

    Parameters
    ----------
    between : iterable of str
        Names of the layers between the two, in order. Maxima are left out; taken of the result
        instead, those ahead of a negative gamma become minima.
    """
    layers = model.named
    names = [name for name in between if isinstance(layers[name], BatchNorm)]
    form = _normed(model, source.form, names)
    rectified = form.rectified or any(isinstance(layers[name], Relu) for name in between)
    if rectified != form.rectified:
        form = replace(form, rectified=rectified)
    return apply(activation, Tensor(source.stored, form))


def _normed(model: Model, form: Form, norms: Iterable[str]) -> Form:
    """Return what integers stand for behind batch normalisations."""
    layers = model.named
    for name in norms:
        norm = layers.get(name)
        if not isinstance(norm, BatchNorm):
            raise ModelError(f"{model.source}: layer {name!r}: is no batch_norm of this network")
        form = normalised_form(form, norm)
    return form


def _form_of(model: Model, name: str) -> Form:
    """Return what the integers of a layer stand for; it takes no pictures to find out."""
    picture_shape = (model.input.height, model.input.width, model.input.channels)
    for layer, tensor in _evaluate(model, np.empty((0, *picture_shape), model.input.dtype)):
        if layer == name:
            return tensor.form
    raise ModelError(f"{model.source}: layer {name!r}: there is none of this name")


def _evaluate(model: Model, images: NDArray[np.integer[Any]]) -> Iterator[tuple[str, Tensor]]:
    """Give each layer's tensor in turn, and let go of those that no later layer reads."""
    final_reader = {name: k for k, layer in enumerate(model.layers) for name in layer.inputs}
    with located(model.source):
        values = {INPUT_NAME: picture(images, model.input)}
        yield INPUT_NAME, values[INPUT_NAME]
        for k, layer in enumerate(model.layers):
            values[layer.name] = apply(layer, *(values[name] for name in layer.inputs))
            yield layer.name, values[layer.name]
            for name in set(layer.inputs):
                if final_reader[name] == k:
                    del values[name]


def _keep(model: Model, wanted: set[str], images: NDArray[np.integer[Any]]) -> dict[str, Tensor]:
    return {name: tensor for name, tensor in _evaluate(model, images) if name in wanted}


def _frame_macs(model: Model, shapes: dict[str, tuple[int, int, int]]) -> int:
    return sum(
        layer.weights.size * prod(shapes[layer.name][:2])
        for layer in model.layers
        if isinstance(layer, Conv2d | Dense)
    )
