"""Builds a model in Python, layer by layer; saving it writes the same file as by hand."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from os import PathLike
from typing import Literal, Self

from numpy.typing import ArrayLike

from hwgen.errors import ModelError, describe, located
from hwgen.model.coerce import (
    as_figures,
    as_fraction,
    as_integer,
    as_padding,
    as_pair,
    as_rationals,
    as_rows,
    as_scales,
    as_weight_format,
    as_weights,
    as_yolo_head,
)
from hwgen.model.growing import Growing, Inputs
from hwgen.model.layers import (
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
    MultiThreshold,
    Quantise,
    Relu,
    Sign,
)
from hwgen.model.save import save_model

__all__ = ["Builder"]

Step = int | tuple[int, int]
Number = Fraction | float | str
Figures = Number | Sequence[Number] | ArrayLike
Sides = tuple[int, int, int, int]


class Builder(Growing):
    """A network under construction.

    Each method adds one layer and returns the builder. ``name`` defaults to the kind and its
    count (``conv2d_1``), ``inputs`` to the layer added before; it names layers already added, or
    ``"input"`` for the picture. Each layer is checked when it is added.

    Parameters
    ----------
    name : str
        Name of the network, usable as a Verilog identifier.
    height, width, channels : int
        Size of the picture: of a signal height is 1, of a vector width too.
    transform : Affine or Table
        What a pixel stands for. Figures may be integers, floats or fractions.
    bits, signed : int, bool
        Format of a pixel: 1 to 16 bits, two's complement or plain binary; uint8 by default.

    Raises
    ------
    ModelError
        From every method, when its layer breaks a rule of the description.
    """

    def conv2d(
        self,
        weights: ArrayLike,
        name: str | None = None,
        *,
        stride: Step = 1,
        padding: Literal["valid", "same"] | Sides = "valid",
        pad_value: int | None = None,
        pad_pixel: int | None = None,
        weight_bits: int = 1,
        weight_fraction_bits: int = 0,
        dilation: Step = 1,
        bias: Figures = 0,
        depthwise: bool = False,
        inputs: Inputs = None,
    ) -> Self:
        """Add a convolution.

        Parameters
        ----------
        weights : array_like
            Integers of shape (filters, rows, columns, channels): -1/+1, or two's complement of
            ``weight_bits`` bits, ``weight_fraction_bits`` of them behind the binary point.
        stride : int or (rows, columns)
        padding : "valid", "same", or (top, bottom, left, right)
        pad_value : -1, 0 or 1
            What padding stands for; this or ``pad_pixel`` is needed with all but "valid".
        pad_pixel : int
            Pixel to pad with, where the layer reads the picture.
        dilation : int or (rows, columns)
            From one tap of the kernel to the next.
        bias : number, or one for each filter
            Added to what the sums stand for: an integer, a float or a fraction, taken exactly.
        depthwise : bool
            Whether each channel has a kernel of its own: weights (channels, rows, columns, 1).
        """
        kind = DepthwiseConv2d if depthwise else Conv2d
        name, sources = self._place(kind.kind, name, inputs)
        with self._located(name):
            pad = as_padding(padding, pad_value, pad_pixel)
            width, fraction = as_weight_format(weight_bits, weight_fraction_bits)
            step = as_pair("stride", stride)
            values = as_weights(weights, width)
            apart = as_pair("dilation", dilation)
            shift = as_rationals("bias", bias)
            return self._add(kind(name, sources, values, step, pad, width, fraction, apart, shift))

    def dense(
        self,
        weights: ArrayLike,
        name: str | None = None,
        *,
        weight_bits: int = 1,
        weight_fraction_bits: int = 0,
        bias: Figures = 0,
        inputs: Inputs = None,
    ) -> Self:
        """Add a fully connected layer; all is as for `conv2d`, weights being (units, inputs)."""
        name, sources = self._place("dense", name, inputs)
        with self._located(name):
            width, fraction = as_weight_format(weight_bits, weight_fraction_bits)
            values, shift = as_weights(weights, width), as_rationals("bias", bias)
            return self._add(Dense(name, sources, values, width, fraction, shift))

    def batch_norm(
        self,
        gamma: Figures,
        beta: Figures,
        mean: Figures,
        variance: Figures,
        epsilon: float = 1e-5,
        name: str | None = None,
        *,
        inputs: Inputs = None,
    ) -> Self:
        """Add a batch normalisation; figures are one a channel, or one number for all channels.

        Fractions, and text as `Fraction` reads it, are taken exactly.
        """
        name, sources = self._place("batch_norm", name, inputs)
        with self._located(name):
            channels = self._shapes[sources[0]][2]
            layer = BatchNorm(
                name,
                sources,
                as_figures("gamma", gamma, channels),
                as_figures("beta", beta, channels),
                as_figures("mean", mean, channels),
                as_figures("variance", variance, channels),
                float(as_figures("epsilon", epsilon, 1)[0]),
            )
            return self._add(layer)

    def sign(self, name: str | None = None, *, inputs: Inputs = None) -> Self:
        """Add the activation: +1 for x >= 0, else -1."""
        return self._plain(Sign, name, inputs)

    def relu(self, name: str | None = None, *, inputs: Inputs = None) -> Self:
        """Add ``max(x, 0)``."""
        return self._plain(Relu, name, inputs)

    def quantise(
        self,
        bits: int,
        *,
        signed: bool,
        fraction_bits: int = 0,
        scale: Figures | None = None,
        narrow: bool = False,
        rounding: Literal["half_up", "half_even"] = "half_up",
        name: str | None = None,
        inputs: Inputs = None,
    ) -> Self:
        """Add the rounding to multiples of a scale, saturating.

        ``scale`` is one number or one a channel, taken exactly; without it, 2**-fraction_bits.
        """
        name, sources = self._place("quantise", name, inputs)
        with self._located(name):
            width, scales = as_integer("bits", bits), as_scales(fraction_bits, scale)
            return self._add(Quantise(name, sources, width, signed, scales, narrow, rounding))

    def multi_threshold(
        self,
        thresholds: ArrayLike,
        bits: int,
        name: str | None = None,
        *,
        out_scale: Fraction | float | str = 1,
        out_bias: Fraction | float | str = 0,
        inputs: Inputs = None,
    ) -> Self:
        """Add ``out_scale * k + out_bias``, ``k`` being how many thresholds are not above a value.

        ``thresholds`` ascend along a row: (channels, count), or (count,) for all channels.
        """
        name, sources = self._place("multi_threshold", name, inputs)
        with self._located(name):
            values = as_rows("thresholds", thresholds)
            scale, bias = as_fraction("out_scale", out_scale), as_fraction("out_bias", out_bias)
            width = as_integer("bits", bits)
            return self._add(MultiThreshold(name, sources, values, width, scale, bias))

    def add(self, inputs: Sequence[str], name: str | None = None) -> Self:
        """Add the sum of layers of one shape."""
        return self._plain(Add, name, inputs)

    def concat(self, inputs: Sequence[str], name: str | None = None) -> Self:
        """Add the channels of layers, one after another."""
        return self._plain(Concat, name, inputs)

    def average_pool(
        self,
        window: Step,
        name: str | None = None,
        *,
        stride: Step | None = None,
        inputs: Inputs = None,
    ) -> Self:
        """Add a mean over windows; ``stride`` defaults to the window."""
        name, sources = self._place("average_pool", name, inputs)
        with self._located(name):
            size = as_pair("window", window)
            step = size if stride is None else as_pair("stride", stride)
            return self._add(AveragePool(name, sources, size, step))

    def max_pool(
        self,
        window: Step,
        name: str | None = None,
        *,
        stride: Step | None = None,
        mode: Literal["floor", "ceil"] = "floor",
        padding: Literal["valid", "same"] | Sides = "valid",
        inputs: Inputs = None,
    ) -> Self:
        """Add a maximum over windows; ``stride`` defaults to the window.

        ``padding`` is as for `conv2d`, and never the maximum.
        """
        name, sources = self._place("max_pool", name, inputs)
        with self._located(name):
            if mode not in ("floor", "ceil"):
                raise ModelError(f"mode must be 'floor' or 'ceil', not {describe(mode)}")
            size = as_pair("window", window)
            step = size if stride is None else as_pair("stride", stride)
            pad = as_padding(padding, None if padding == "valid" else 0, None)
            return self._add(MaxPool(name, sources, size, step, mode == "ceil", pad))

    def flatten(self, name: str | None = None, *, inputs: Inputs = None) -> Self:
        """Add the change from (H, W, C) to (1, 1, H*W*C), channel fastest."""
        return self._plain(Flatten, name, inputs)

    def classes(self, names: Sequence[str]) -> Self:
        """Name the output channels, in order."""
        self._classes = tuple(names)
        return self

    def provenance(self, provenance: Mapping[str, object]) -> Self:
        """Keep anything that JSON can hold about where the network comes from."""
        self._provenance = dict(provenance)
        return self

    def yolo_head(
        self,
        grid: tuple[int, int],
        *,
        boxes: int,
        classes: int,
        scale: Fraction | float | str = 1,
        names: Sequence[str] | None = None,
    ) -> Self:
        """Say that the scores are a grid of (rows, columns) cells as `YoloHead` has it."""
        with located(f"{Model.source}: head"):
            self._head = as_yolo_head(grid, boxes, classes, scale, names)
        return self

    def save(self, path: str | PathLike[str]) -> Model:
        """Make the model and write its description to ``path``."""
        model = self.build()
        save_model(model, path)
        return model
