"""What each layer of a description computes, puts out and stores: counts, and bits as described."""

from dataclasses import dataclass
from math import prod
from typing import assert_never

from hwgen.model import (
    INPUT_NAME,
    Activation,
    Add,
    AveragePool,
    BatchNorm,
    Concat,
    Conv2d,
    Dense,
    DepthwiseConv2d,
    Flatten,
    MaxPool,
    Model,
    Relu,
    infer_shapes,
)
from hwgen.model.kinds.base import Format

__all__ = [
    "NORM_FIGURES",
    "PIXEL_BITS",
    "Row",
    "count_layers",
    "largest_pair",
    "number_formats",
]

PIXEL_BITS = 8
"""Of the picture: it is uint8, whatever it stands for."""

NORM_FIGURES = 4
"""Figures of a batch normalisation for each channel: gamma, beta, mean and variance."""

ELEMENTWISE = BatchNorm | Relu | Activation


@dataclass(frozen=True)
class Row:
    """One line of the tables: the picture, or a layer that computes or stores something.

    ``macs`` are counted at every output position, padding included. ``activations`` are what the
    row puts out, ``activation_bits`` what each takes as it is described: behind the batch
    normalisation and activation that follow, or an exact sum where nothing follows. A batch
    normalisation puts out nothing of its own; its ``macs`` are one an element. ``inputs`` and
    ``input_bits`` are what a matrix layer reads, 0 and None for others; ``reads_picture`` tells
    that these are pixels.
    """

    name: str
    kind: str
    macs: int = 0
    activations: int = 0
    activation_bits: int | None = None
    weights: int = 0
    weight_bits: int | None = None
    inputs: int = 0
    input_bits: int | None = None
    reads_picture: bool = False

    @property
    def matrix(self) -> bool:
        """Whether it is a convolution or a dense layer."""
        return self.kind in (Conv2d.kind, DepthwiseConv2d.kind, Dense.kind)


def count_layers(model: Model) -> tuple[Row, ...]:
    """Rows of a verified model: the picture, then its layers in their order.

    Activations, ``flatten`` and ``concat`` are no rows of their own: they store nothing.
    """
    shapes = infer_shapes(model)
    formats = number_formats(model)
    picture = Row(INPUT_NAME, INPUT_NAME, activations=prod(shapes[INPUT_NAME]),
                  activation_bits=PIXEL_BITS)  # fmt: skip
    rows = [picture]
    for index, layer in enumerate(model.layers):
        size = prod(shapes[layer.name])
        stored = formats[_stored(model, index)].bits
        match layer:
            case Conv2d() | Dense():
                source = layer.inputs[0]
                pixels = size // layer.weights.shape[0]
                rows.append(
                    Row(layer.name, layer.kind, pixels * layer.weights.size, size, stored,
                        layer.weights.size, layer.weight_bits, prod(shapes[source]),
                        formats[source].bits, formats[source].pixel)
                )  # fmt: skip
            case BatchNorm():
                weights = NORM_FIGURES * len(layer.gamma)
                rows.append(Row(layer.name, layer.kind, macs=size, weights=weights))
            case MaxPool() | AveragePool() | Add():
                rows.append(Row(layer.name, layer.kind, 0, size, stored))
            case Relu() | Flatten() | Concat():
                pass
            case _ if not isinstance(layer, Activation):  # what is kept of the layer ahead
                assert_never(layer)
    return tuple(rows)


def largest_pair(rows: tuple[Row, ...], bits: int | None = None) -> int:
    """Bits of the largest input and output of one matrix layer together; 0 where there is none.

    Parameters
    ----------
    bits : int, optional
        Of every activation, but of a pixel at least 8, as in the talk. Default: as described.
    """
    return max((_pair(row, bits) for row in rows if row.matrix), default=0)


def _pair(row: Row, bits: int | None) -> int:
    read, written = row.input_bits or 0, row.activation_bits or 0
    if bits is not None:
        read = max(bits, PIXEL_BITS) if row.reads_picture else bits
        written = bits
    return row.inputs * read + row.activations * written


def _stored(model: Model, index: int) -> str:
    """Layer whose values are what is kept of layer ``index``: the last elementwise one behind."""
    name = model.layers[index].name
    for layer in model.layers[index + 1 :]:
        if isinstance(layer, ELEMENTWISE) and model.readers(name) == (layer,):
            name = layer.name
    return name


def number_formats(model: Model) -> dict[str, Format]:
    """Number format of what each layer puts out; a batch normalisation keeps that of its input."""
    formats = {INPUT_NAME: Format(PIXEL_BITS, (1 << PIXEL_BITS) - 1, pixel=True)}
    for layer in model.layers:
        read = [formats[name] for name in layer.inputs]
        formats[layer.name] = layer.output_format(read)
    return formats
