"""A topology with random weights, as a model."""

from fractions import Fraction
from math import ceil, log2, prod
from typing import Any

import numpy as np

from hwgen.model import INPUT_NAME, Affine, Builder, Model
from hwgen.model.kinds.shape import Shape
from hwgen.topologies.topology import Conv, Grid, Precision, Topology
from hwgen.topologies.weights import AVERAGED, BALANCED_BIT, PIXEL, RECTIFIED, norm, weights

__all__ = ["build_model"]

MIDDLE = 128
"""Pixel that the input transform maps to zero; it pads the picture."""

INTEGER_BITS, FEW_INTEGER_BITS = 4, 2
"""Of an activation of more than one bit, ahead of its binary point; of one of less than 8."""

SHORTCUT = (8, 4)
"""Bits, and those behind the point, of what meets a residual path of -1/+1: exact to add."""

MEAN = (8, 6)
"""The same for the mean of a map of -1/+1."""

ABOUT = (
    "Untrained: random weights in a topology of the talk. Each filter's weights add up to about "
    "zero and its batch normalisation follows from an estimate of the sums, so that no channel is "
    "dead or constant."
)


def build_model(topology: Topology, seed: int = 1) -> Model:
    """Model with weights drawn from a seed; says in its provenance that it is untrained.

    A layer's activation is what the next layer reads: ``sign`` in front of one that reads 1 bit,
    else ``relu`` and ``quantise``. Nothing follows the last layer: its sums are the scores.
    """
    return _Network(topology, seed).build()


class _Network:
    """The builder, and what is known of the layer added last."""

    def __init__(self, topology: Topology, seed: int):
        self.topology = topology
        self.seed = seed
        self.rng = np.random.default_rng(seed)
        height, width, channels = topology.picture
        self.net = Builder(
            topology.name.replace("-", "_"), height=height, width=width, channels=channels,
            transform=Affine(Fraction(1, MIDDLE), Fraction(-1)),
        )  # fmt: skip
        self.shape: Shape = topology.picture
        self.last = INPUT_NAME
        """Layer whose values are put out so far."""
        self.sources: list[str] = []
        """What each matrix layer so far reads."""
        self.statistics = PIXEL
        self.sum_variance = 0.0
        """Of the dense layer added last."""

    def build(self) -> Model:
        layers = [*self.topology.convs, *self.topology.dense]
        precisions = self.topology.precisions
        for index, layer in enumerate(layers):
            following = precisions[index + 1] if index + 1 < len(layers) else None
            self.sources.append(self.last)
            if isinstance(layer, Conv):
                self._conv(index, layer, precisions[index])
                self._activation(index, following)
                self._pool(index, layer, following)
            else:
                self._dense(index, layer, precisions[index])
                self._activation(index, following)
        if self.topology.grid is not None:
            self._head(self.topology.grid)
        self.net.provenance({"trained": False, "about": ABOUT, "seed": self.seed})
        return self.net.build()

    def _conv(self, index: int, conv: Conv, precision: Precision) -> None:
        number = index + 1
        channels = self.shape[2] if conv.depthwise else conv.channels
        shape = (channels, conv.kernel, conv.kernel, 1 if conv.depthwise else self.shape[2])
        made = weights(self.rng, shape, precision.weights, self.statistics)
        padding: dict[str, Any] = {}
        if not conv.valid and conv.kernel > 1:
            value = {"pad_value": -1 if precision.inputs == 1 else 0}
            padding = {"padding": "same"} | ({"pad_pixel": MIDDLE} if index == 0 else value)
        self.net.conv2d(
            made.values, f"conv{number}", stride=conv.stride, weight_bits=made.bits,
            weight_fraction_bits=made.fraction_bits, depthwise=conv.depthwise, **padding,
        )  # fmt: skip
        rows, columns = (
            (side - conv.kernel) // conv.stride + 1 if conv.valid else ceil(side / conv.stride)
            for side in self.shape[:2]
        )
        self.shape, self.last = (rows, columns, channels), f"conv{number}"
        if conv.norm:
            self.last = f"norm{number}"
            self.net.batch_norm(**norm(self.rng, channels, made.sum_variance), name=self.last)
        if conv.shortcut:
            bits, fraction = SHORTCUT
            if precision.inputs > 1:
                bits = precision.inputs
                fraction = max(0, bits - 1 - _integer_bits(bits))
            self.net.quantise(bits, signed=True, fraction_bits=fraction, name=f"branch{number}")
            self.last = f"add{number}"
            self.net.add([f"branch{number}", self.sources[index - 1]], self.last)

    def _dense(self, index: int, units: int, precision: Precision) -> None:
        if self.shape[:2] != (1, 1):
            self.net.flatten()
        self.last = f"fc{index + 1}"
        made = weights(self.rng, (units, prod(self.shape)), precision.weights, self.statistics)
        self.net.dense(
            made.values, self.last, weight_bits=made.bits, weight_fraction_bits=made.fraction_bits
        )
        self.sum_variance = made.sum_variance
        self.shape = (1, 1, units)
        if self.topology.dense_norm and index + 1 < self.topology.layers:
            self.last = f"norm{index + 1}"
            self.net.batch_norm(**norm(self.rng, units, made.sum_variance), name=self.last)

    def _head(self, grid: Grid) -> None:
        """Add the head, whose scale brings the scores to a standard deviation of about one."""
        self.net.yolo_head(
            grid.cells,
            boxes=grid.boxes,
            classes=len(grid.classes),
            scale=Fraction(2) ** -round(log2(self.sum_variance) / 2),
            names=grid.classes,
        )

    def _activation(self, index: int, following: Precision | None) -> None:
        """Add the activation that the next layer reads; none where there is no such layer."""
        if following is None:
            return
        number = index + 1
        if following.inputs == 1:
            self.last = f"sign{number}"
            self.net.sign(self.last)
            self.statistics = BALANCED_BIT[1]
            return
        self.last = f"level{number}"
        self.net.relu(f"relu{number}")
        self._levels(self.last, following.inputs)
        self.statistics = RECTIFIED[1]

    def _levels(self, name: str, bits: int) -> None:
        fraction = bits - _integer_bits(bits)
        self.net.quantise(bits, signed=False, fraction_bits=fraction, name=name)

    def _pool(self, index: int, conv: Conv, following: Precision | None) -> None:
        if conv.pool is None:
            return
        self.last = f"pool{index + 1}"
        height, width, channels = self.shape
        binary = following is not None and following.inputs == 1
        if conv.pool == "global":
            self.net.average_pool((height, width), self.last)
            self.shape = (1, 1, channels)
            if following is not None:
                # A mean of bits has more than one of its own.
                self.last = f"mean{index + 1}"
                if binary:
                    bits, fraction = MEAN
                    self.net.quantise(bits, signed=True, fraction_bits=fraction, name=self.last)
                else:
                    self._levels(self.last, following.inputs)
                self.statistics = AVERAGED
            return
        keeps = conv.pool == "ceil"
        self.net.max_pool(2, self.last, mode="ceil" if keeps else "floor")
        rows, columns = (-(-side // 2) if keeps else side // 2 for side in (height, width))
        self.shape = (rows, columns, channels)
        self.statistics = (BALANCED_BIT if binary else RECTIFIED)[4]


def _integer_bits(bits: int) -> int:
    return INTEGER_BITS if bits >= 8 else FEW_INTEGER_BITS
