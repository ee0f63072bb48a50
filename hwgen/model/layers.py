"""The description in memory: the input, the closed list of layer kinds, and the model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from hwgen.model.head import YoloHead
from hwgen.model.kinds.add import Add
from hwgen.model.kinds.average_pool import AveragePool
from hwgen.model.kinds.batch_norm import BatchNorm
from hwgen.model.kinds.concat import Concat
from hwgen.model.kinds.conv2d import Conv2d
from hwgen.model.kinds.dense import Dense
from hwgen.model.kinds.depthwise_conv2d import DepthwiseConv2d
from hwgen.model.kinds.flatten import Flatten
from hwgen.model.kinds.max_pool import MaxPool
from hwgen.model.kinds.multi_threshold import MultiThreshold
from hwgen.model.kinds.padding import Padding
from hwgen.model.kinds.quantise import Quantise
from hwgen.model.kinds.relu import Relu
from hwgen.model.kinds.sign import Sign
from hwgen.model.names import INPUT_NAME

__all__ = [
    "INPUT_NAME",
    "KINDS",
    "Activation",
    "Add",
    "Affine",
    "AveragePool",
    "BatchNorm",
    "Concat",
    "Conv2d",
    "Dense",
    "DepthwiseConv2d",
    "Flatten",
    "Input",
    "Layer",
    "Levelled",
    "MaxPool",
    "Model",
    "MultiThreshold",
    "Padding",
    "Quantise",
    "Relu",
    "Sign",
    "Table",
]

Layer = (
    Conv2d
    | DepthwiseConv2d
    | Dense
    | BatchNorm
    | Sign
    | MaxPool
    | Flatten
    | Add
    | Concat
    | AveragePool
    | Quantise
    | Relu
    | MultiThreshold
)
"""A layer of any kind. The order is that of the schema and of its messages."""

Levelled = Quantise | MultiThreshold
"""Activations whose integers lie between two ``levels``."""

Activation = Sign | Levelled
"""What makes numbers of few bits, which a layer with weights can read."""

KINDS: Mapping[str, type[Layer]] = {kind.kind: kind for kind in get_args(Layer)}
"""All kinds, by their names in the file."""


@dataclass(frozen=True)
class Affine:
    """Input transform ``x = scale * u + offset`` of a pixel ``u``, in exact rationals."""

    scale: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)


@dataclass(frozen=True, eq=False)
class Table:
    """Input transform ``x = scale * values[c, u - low]``: any quantiser of pixels of few bits.

    ``values`` is int64 of shape (channels, count), or (1, count) when all channels share it; the
    first is that of the least pixel ``low``, and ``count`` is ``2 ** bits``, at most 256.
    """

    values: NDArray[np.int64]
    scale: Fraction = Fraction(1)


@dataclass(frozen=True)
class Input:
    """The picture: integers of ``bits`` bits, HWC, and what these pixels stand for.

    A signal is a picture of one row, a vector one of a single pixel.
    """

    height: int
    width: int
    channels: int
    transform: Affine | Table = Affine()
    bits: int = 8
    signed: bool = False

    @property
    def low(self) -> int:
        """The least pixel."""
        return -(1 << self.bits - 1) if self.signed else 0

    @property
    def high(self) -> int:
        """The greatest pixel."""
        return self.low + (1 << self.bits) - 1

    @property
    def number_type(self) -> str:
        """Name of the pixels' format in a description: "uint8", "int12"."""
        return f"{'int' if self.signed else 'uint'}{self.bits}"

    @property
    def dtype(self) -> np.dtype[np.integer[Any]]:
        """The narrowest type of NumPy that holds a pixel."""
        width = 8 if self.bits <= 8 else 16
        return np.dtype(f"{'int' if self.signed else 'uint'}{width}")

    @property
    def meaning(self) -> Affine | Table:
        """The transform; of 1-bit pixels the affine one that a table of two levels is."""
        if self.bits > 1 or isinstance(self.transform, Affine):
            return self.transform
        (first, second), scale = self.transform.values[0].tolist(), self.transform.scale
        if first == second or (self.transform.values != self.transform.values[0]).any():
            return self.transform
        return Affine(scale * (second - first), scale * first)


@dataclass(frozen=True, eq=False)
class Model:
    """A whole description. ``layers`` are in topological order; the last one is the output."""

    name: str
    input: Input
    layers: tuple[Layer, ...]
    classes: tuple[str, ...] | None = None
    provenance: dict[str, object] = field(default_factory=dict)
    source: str = "<memory>"
    """The file the description was read from, for messages."""
    head: YoloHead | None = None
    """How a host reads the scores; nothing else depends on it."""

    @property
    def named(self) -> dict[str, Layer]:
        """Layers by name."""
        return {layer.name: layer for layer in self.layers}

    def readers(self, name: str) -> tuple[Layer, ...]:
        """Layers that read a layer or the input; one that reads it twice is there twice."""
        return tuple(layer for layer in self.layers for read in layer.inputs if read == name)
