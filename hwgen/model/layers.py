"""The description in memory: frozen dataclasses, one for each layer kind of ``hwgen-bnn/1``."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from hwgen.model.head import YoloHead

__all__ = [
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
    "MaxPool",
    "Model",
    "Padding",
    "Quantise",
    "Relu",
    "Sign",
    "Table",
]

INPUT_NAME = "input"
"""Name by which a layer's ``inputs`` refers to the picture."""


@dataclass(frozen=True)
class Affine:
    """Input transform ``x = scale * u + offset`` of a pixel ``u`` in 0..255, in exact rationals."""

    scale: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)


@dataclass(frozen=True, eq=False)
class Table:
    """Input transform ``x = scale * values[c, u]``: any quantiser of 8-bit pixels.

    ``values`` is int64 of shape (channels, 256), or (1, 256) when all channels share it.
    """

    values: NDArray[np.int64]
    scale: Fraction = Fraction(1)


@dataclass(frozen=True)
class Input:
    """The picture: uint8, HWC, and what its pixels stand for."""

    height: int
    width: int
    channels: int
    transform: Affine | Table = Affine()


@dataclass(frozen=True, eq=False)
class Layer:
    """What all layers share: a name and the names of the layers they read."""

    name: str
    inputs: tuple[str, ...]
    kind: ClassVar[str]


@dataclass(frozen=True)
class Padding:
    """Rows and columns added around the input: ``mode`` says how they were asked for.

    For ``"same"`` and ``"valid"`` the four counts are ignored; ``shapes.resolve_padding`` computes
    them from the input's size. ``value`` is -1, 0 (true zero) or +1; ``pixel``, when not None,
    pads with that uint8 pixel instead and is for layers that read the picture only.
    """

    mode: Literal["same", "valid", "explicit"] = "valid"
    top: int = 0
    bottom: int = 0
    left: int = 0
    right: int = 0
    value: int = 0
    pixel: int | None = None


@dataclass(frozen=True, eq=False)
class Conv2d(Layer):
    """Convolution without bias.

    ``weights`` have the shape (filters, ky, kx, in_channels): int8 -1/+1 where ``weight_bits`` is
    1; else two's complement of so many bits, int8 up to 8 bits and int16 above, which stand for
    ``weights * 2**-weight_fraction_bits``. ``dilation`` are the rows and columns from one tap to
    the next.
    """

    weights: NDArray[np.int8] | NDArray[np.int16]
    stride: tuple[int, int] = (1, 1)
    padding: Padding = Padding()
    weight_bits: int = 1
    weight_fraction_bits: int = 0
    dilation: tuple[int, int] = (1, 1)
    kind: ClassVar[str] = "conv2d"


@dataclass(frozen=True, eq=False)
class DepthwiseConv2d(Conv2d):
    """Convolution of each channel with a kernel of its own: weights as in `Conv2d`, of shape
    (channels, ky, kx, 1)."""

    kind: ClassVar[str] = "depthwise_conv2d"


@dataclass(frozen=True, eq=False)
class Dense(Layer):
    """Fully connected layer without bias: weights as in `Conv2d`, of shape (units, inputs).

    Inputs are the flattened source in HWC order.
    """

    weights: NDArray[np.int8] | NDArray[np.int16]
    weight_bits: int = 1
    weight_fraction_bits: int = 0
    kind: ClassVar[str] = "dense"


@dataclass(frozen=True, eq=False)
class BatchNorm(Layer):
    """``y = gamma * (x - mean) / sqrt(variance + epsilon) + beta`` per channel, float64 figures.

    The figures are taken as the exact rationals that the float64 values are.
    """

    gamma: NDArray[np.float64]
    beta: NDArray[np.float64]
    mean: NDArray[np.float64]
    variance: NDArray[np.float64]
    epsilon: float = 1e-5
    kind: ClassVar[str] = "batch_norm"


@dataclass(frozen=True, eq=False)
class Sign(Layer):
    """+1 for x >= 0, else -1."""

    kind: ClassVar[str] = "sign"


@dataclass(frozen=True, eq=False)
class Relu(Layer):
    """``max(x, 0)``."""

    kind: ClassVar[str] = "relu"


@dataclass(frozen=True, eq=False)
class Quantise(Layer):
    """Nearest fixed-point number, halves up, saturating: ``k * 2**-fraction_bits``.

    ``k`` has ``bits`` bits: two's complement where ``signed``, else not negative.
    """

    bits: int
    signed: bool
    fraction_bits: int = 0
    kind: ClassVar[str] = "quantise"


@dataclass(frozen=True, eq=False)
class MaxPool(Layer):
    """Maximum over windows (rows, columns); ``ceil`` keeps windows that overhang the far edges.

    ``padding`` has no value: nothing that it adds is ever the maximum.
    """

    window: tuple[int, int]
    stride: tuple[int, int]
    ceil: bool = False
    padding: Padding = Padding()
    kind: ClassVar[str] = "max_pool"


@dataclass(frozen=True, eq=False)
class AveragePool(Layer):
    """Mean over windows (rows, columns), exactly; windows that overhang an edge are dropped."""

    window: tuple[int, int]
    stride: tuple[int, int]
    kind: ClassVar[str] = "average_pool"


@dataclass(frozen=True, eq=False)
class Add(Layer):
    """Sum of two or more layers of one shape."""

    kind: ClassVar[str] = "add"


@dataclass(frozen=True, eq=False)
class Concat(Layer):
    """Channels of two or more layers of one height and width, one after another."""

    kind: ClassVar[str] = "concat"


@dataclass(frozen=True, eq=False)
class Flatten(Layer):
    """(H, W, C) to (1, 1, H*W*C), channel fastest."""

    kind: ClassVar[str] = "flatten"


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
