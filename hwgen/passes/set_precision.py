"""A topology in another precision: a description to plan with, not to run."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import assert_never

import numpy as np

from hwgen.model import (
    Activation,
    Add,
    AveragePool,
    BatchNorm,
    Concat,
    Conv2d,
    Dense,
    Flatten,
    Layer,
    MaxPool,
    Model,
    Quantise,
    Relu,
    Sign,
    verify_model,
)

__all__ = ["set_precision"]

INTEGER_BITS = 4
"""Of an activation of more than one bit, ahead of its binary point, where there are so many."""

Matrix = Conv2d | Dense
Changed = Relu | Activation


def set_precision(model: Model, bits: Mapping[str, int]) -> Model:
    """Same topology with other widths.

    Each activation becomes what the widest of its readers reads: ``sign``, or ``relu`` and
    ``quantise``. Numbers that are rounded only to be added, and means, stay as they are. Padding is
    -1 for -1/+1 and zero for others. Weights keep their signs; where they get more bits, their
    magnitudes are drawn from a fixed seed, so the result computes nothing of use.

    Parameters
    ----------
    bits : mapping of str to int
        Of the weights of each matrix layer, and of the activations that it reads.
    """
    sources = _sources(model)
    readers = _readers(model)
    by_name = model.named
    rng = np.random.default_rng(0)
    layers: list[Layer] = []
    renamed: dict[str, str] = {}
    for layer in model.layers:
        read = tuple(renamed.get(name, name) for name in layer.inputs)
        if isinstance(layer, Matrix):
            layers.append(_matrix(replace(layer, inputs=read), bits[layer.name], rng,
                                  sources.get(layer.inputs[0], False)))  # fmt: skip
        elif isinstance(layer, Changed):
            follow = readers[layer.name]
            wide = _widest(layer.name, readers, bits)
            if _stays(layer, by_name, readers):
                layers.append(replace(layer, inputs=read))
            elif len(follow) == 1 and isinstance(follow[0], Changed) and not _stays(
                follow[0], by_name, readers
            ):  # fmt: skip
                # The last activation of a chain stands for all of it.
                renamed[layer.name] = read[0]
            elif wide is None:
                layers.append(replace(layer, inputs=read))
            else:
                layers += _activation(layer.name, read, wide)
        elif isinstance(layer, BatchNorm | MaxPool | AveragePool | Add | Concat | Flatten):
            layers.append(replace(layer, inputs=read))
        else:
            assert_never(layer)
    made = replace(model, layers=tuple(layers))
    verify_model(made)
    return made


def _matrix(layer: Matrix, bits: int, rng: np.random.Generator, inner: bool) -> Layer:
    signs = np.where(layer.weights >= 0, 1, -1).astype(np.int8)
    if layer.weight_bits == bits:
        weights = layer.weights
    elif bits == 1:
        weights = signs
    else:
        drawn = signs * rng.integers(1, 1 << bits - 1, signs.shape)
        weights = drawn.astype(np.int8) if bits <= 8 else drawn.astype(np.int16)
    layer = replace(layer, weights=weights, weight_bits=bits,
                    weight_fraction_bits=0 if bits == 1 else min(bits - 1, 15))  # fmt: skip
    if isinstance(layer, Conv2d) and inner and layer.padding.mode != "valid":
        return replace(layer, padding=replace(layer.padding, value=-1 if bits == 1 else 0))
    return layer


def _activation(name: str, read: tuple[str, ...], bits: int) -> list[Layer]:
    if bits == 1:
        return [Sign(name, read)]
    rectified = f"{name}_relu"
    unit = Fraction(1, 1 << max(bits - INTEGER_BITS, 0))
    return [
        Relu(rectified, read),
        Quantise(name, (rectified,), bits, False, (unit,)),
    ]


def _stays(layer: Layer, by_name: Mapping[str, Layer], readers: Mapping[str, list[Layer]]) -> bool:
    """Whether a layer rounds a mean, or a number only to be added."""
    if not isinstance(layer, Quantise):
        return False
    mean = isinstance(by_name.get(layer.inputs[0]), AveragePool)
    return mean or [type(reader) for reader in readers[layer.name]] == [Add]


def _widest(name: str, readers: Mapping[str, list[Layer]], bits: Mapping[str, int]) -> int | None:
    """Bits that the widest matrix layer behind a layer reads; None where there is none."""
    found = [
        bits[reader.name] if isinstance(reader, Matrix) else _widest(reader.name, readers, bits)
        for reader in readers[name]
    ]
    return max((width for width in found if width is not None), default=None)


def _readers(model: Model) -> dict[str, list[Layer]]:
    readers: dict[str, list[Layer]] = {layer.name: [] for layer in model.layers}
    for layer in model.layers:
        for name in layer.inputs:
            readers.setdefault(name, []).append(layer)
    return readers


def _sources(model: Model) -> dict[str, bool]:
    """Whether a matrix layer lies before the output of each layer."""
    sources: dict[str, bool] = {}
    for layer in model.layers:
        before = any(sources.get(name, False) for name in layer.inputs)
        sources[layer.name] = before or isinstance(layer, Matrix)
    return sources
