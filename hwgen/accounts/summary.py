"""What a description is, layer by layer: shapes, bits, parameters and products."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import assert_never

from hwgen.accounts.footprint import NORM_FIGURES, number_formats
from hwgen.accounts.memory_traffic import MemoryTraffic
from hwgen.model import (
    Add,
    Affine,
    AveragePool,
    BatchNorm,
    Concat,
    Conv2d,
    Dense,
    Flatten,
    Input,
    MaxPool,
    Model,
    MultiThreshold,
    Quantise,
    Relu,
    Sign,
    infer_shapes,
)
from hwgen.model.layers import Layer
from hwgen.model.values import write_rational

__all__ = ["LayerSummary", "NetworkSummary", "input_meaning", "summarise"]


@dataclass(frozen=True)
class LayerSummary:
    """One layer.

    ``shape`` is (height, width, channels) of what it puts out, ``activation_bits`` what each of
    these numbers takes: a batch normalisation's are the sums that it reads. ``parameters`` are its
    weights, the four figures of each channel of a batch normalisation, or its thresholds;
    ``weight_bits`` is None where it has no weights. ``macs`` are the products of a frame, padding
    included, and ``binary`` says that they are of -1 and +1 alone.
    """

    name: str
    kind: str
    inputs: tuple[str, ...]
    shape: tuple[int, int, int]
    activation_bits: int
    weight_bits: int | None = None
    parameters: int = 0
    macs: int = 0
    binary: bool = False


@dataclass(frozen=True)
class NetworkSummary:
    """Layers in their order, and the description that they are of.

    ``traffic`` is what the design of a build reads of its memories for a frame, ``resources`` what
    it takes of its ``device``, as in the manifest; None where there is none.
    """

    model: Model
    layers: tuple[LayerSummary, ...]
    traffic: MemoryTraffic | None = None
    device: str | None = None
    resources: Mapping[str, int | None] | None = None

    @property
    def parameters(self) -> int:
        """Of all layers."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def weight_bits(self) -> int:
        """Bits of all weights."""
        return sum(layer.parameters * (layer.weight_bits or 0) for layer in self.layers)

    @property
    def macs(self) -> int:
        """Products of a frame."""
        return sum(layer.macs for layer in self.layers)

    @property
    def binary_macs(self) -> int:
        """Those of -1 and +1 alone."""
        return sum(layer.macs for layer in self.layers if layer.binary)


def summarise(model: Model) -> NetworkSummary:
    """Count the layers of a verified model."""
    shapes, formats = infer_shapes(model), number_formats(model)
    layers = []
    for layer in model.layers:
        shape, bits, macs, binary = shapes[layer.name], None, 0, False
        if isinstance(layer, Conv2d | Dense):
            bits = layer.weight_bits
            macs = prod(shape) // len(layer.weights) * layer.weights.size
            binary = bits == formats[layer.inputs[0]].bits == 1
        layers.append(
            LayerSummary(
                layer.name, layer.kind, layer.inputs, shape, formats[layer.name].bits, bits,
                _parameters(layer), macs, binary,
            )
        )  # fmt: skip
    return NetworkSummary(model, tuple(layers))


def _parameters(layer: Layer) -> int:
    match layer:
        case Conv2d() | Dense():
            return layer.weights.size
        case BatchNorm():
            return NORM_FIGURES * len(layer.gamma)
        case MultiThreshold():
            return layer.thresholds.size
        case (
            Sign() | Quantise() | Relu() | MaxPool() | AveragePool() | Flatten() | Add() | Concat()
        ):
            return 0
        case _:
            assert_never(layer)


def input_meaning(picture: Input) -> str:
    """What a pixel stands for, in words."""
    transform = picture.transform
    if isinstance(transform, Affine):
        scale, offset = write_rational(transform.scale), write_rational(transform.offset)
        if (scale, offset) == (1, 0):
            return "its number, 0 to 255"
        return f"{scale} * pixel + {offset}".replace("+ -", "- ")
    each = "one a channel" if len(transform.values) > 1 else "one for all channels"
    low, high = int(transform.values.min()), int(transform.values.max())
    scale = write_rational(transform.scale)
    times = "" if scale == 1 else f", times {scale}"
    return f"a level of a table, {each}: {low} to {high}{times}"
