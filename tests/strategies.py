"""Hypothesis strategies: small random networks of every kind that hardware is built for.

A drawn network is a chain ``picture -> [[batch_norm] activation] -> block ... -> head``. Pixels
have 1 to 16 bits, signed or not; pictures of one row are signals, and of one pixel vectors. A block
is a convolution, depthwise or not, or a dense layer with weights of 1 to 16 bits, then a max pool
and a batch normalisation in either order or not at all, then an activation: sign, or [relu] and
quantise or multi_threshold; perhaps a second one, behind a batch normalisation or not. Behind a
block there may be a residual path, whose ends are added or joined, sums that are activated in two
ways, and a mean. The head is a convolution or dense layer alone, with a batch normalisation, or a
block. Structure is drawn, and shrinks; weights and figures come from a drawn seed, often out of
ranges that hold little (`degenerate`).
"""

from fractions import Fraction

import numpy as np
from drawn_figures import (
    STEPS,
    bias_of,
    norm_figures,
    pool_figures,
    rounding_of,
    scales_of,
    threshold_figures,
    weights_of,
)
from drawn_inputs import draw_frames, draw_input
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hwgen.model.kinds.shape import Shape
from hwgen.model.layers import (
    INPUT_NAME,
    Add,
    Affine,
    AveragePool,
    BatchNorm,
    Concat,
    Conv2d,
    Dense,
    DepthwiseConv2d,
    Flatten,
    Layer,
    MaxPool,
    Model,
    MultiThreshold,
    Padding,
    Quantise,
    Relu,
    Sign,
)
from hwgen.model.shapes import infer_shapes, output_shape, resolve_padding

__all__ = ["UNSHRUNK", "models", "networks", "pads_with_two_levels"]

UNSHRUNK = settings(
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
"""Of tests of whole designs: shrinking one would compile hundreds of them."""


@st.composite
def models(
    draw: st.DrawFn, *, max_size: int = 10, max_channels: int = 8, max_blocks: int = 2
) -> Model:
    """Draw a model; feature maps have up to ``max_size`` rows and columns, odd ones included."""
    return _Drawing(draw, max_size, max_channels).model(max_blocks)


@st.composite
def networks(
    draw: st.DrawFn,
    *,
    max_frames: int = 3,
    max_size: int = 10,
    max_channels: int = 8,
    max_blocks: int = 2,
) -> tuple[Model, NDArray[np.integer]]:
    """Draw a model and 1 to ``max_frames`` pictures: noise, or a single value."""
    model = draw(models(max_size=max_size, max_channels=max_channels, max_blocks=max_blocks))
    return model, draw_frames(draw, model.input, max_frames)


def pads_with_two_levels(model: Model) -> bool:
    """Whether the picture's padding pixel has a level of its own in each channel's table."""
    transform = model.input.transform
    if isinstance(transform, Affine):
        return False
    shapes = infer_shapes(model)
    places = [
        layer.padding.pixel - model.input.low
        for layer in model.layers
        if isinstance(layer, Conv2d)
        and layer.padding.pixel is not None
        and any(resolve_padding(layer, shapes[layer.inputs[0]]))
    ]
    return any(np.unique(transform.values[:, place]).size > 1 for place in places)


class _Drawing:
    """A network as far as drawn: its layers, and what the last of them puts out."""

    def __init__(self, draw: st.DrawFn, max_size: int, max_channels: int) -> None:
        self.draw = draw
        self.rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
        self.max_channels = max_channels
        self.layers: list[Layer] = []
        sizes = st.integers(1, max_size)
        self.shape: Shape = (draw(sizes), draw(sizes), draw(st.integers(1, min(4, max_channels))))
        self.input, self.zero_level = draw_input(draw, self.rng, self.shape)
        self.reads_pixels = True
        self.scale = abs(float(self.input.transform.scale))
        # About the largest value that the last layer can have.
        self.reach = self.scale * max(self.input.high, 1)
        self.biased = False  # whether what it puts out has an offset
        self.pads: tuple[int, ...] = (-1, 0, 1)  # where it reads no pixels

    def model(self, max_blocks: int) -> Model:
        if self.chance(4):  # pixels straight to bits
            self.activation("b" if self.draw(st.booleans()) else "")
        for _ in range(self.draw(st.integers(0, max_blocks))):
            self.block()
            if self.chance(4):
                self.activation(self.draw(st.sampled_from(("", "b"))))
            if self.chance(3):
                self.residual()
            if self.chance(4):
                self.twice()
            if self.chance(4):
                self.mean()
        if self.chance(4):
            self.block()
        else:
            self.product()
            if self.chance(4):
                self.max_pool()
            if self.draw(st.booleans()):
                self.batch_norm()
        return Model("drawn", self.input, tuple(self.layers))

    def chance(self, one_in: int) -> bool:
        return self.draw(st.integers(0, one_in - 1)) == one_in - 1

    def block(self) -> None:
        self.product()
        self.activation(self.draw(st.sampled_from(("", "b", "p", "bp", "pb"))))

    def residual(self) -> None:
        """Part the path: a convolution of the same shape on one side, nothing on the other."""
        start, shape = self.layers[-1].name, self.shape
        padding = Padding("same", value=self.draw(st.sampled_from(self.pads)))
        self.reach *= 9 * shape[2]
        weights, *form = self.weights(shape[2], 3, 3, shape[2])
        self.add(Conv2d(*self.next("conv2d"), weights, (1, 1), padding, *form))
        self.batch_norm(2.0)
        self.add(Quantise(*self.next("quantise"), 4, True, scales_of(self.draw)))
        ends = (self.layers[-1].name, start)
        if self.draw(st.booleans()):
            ends = ends[::-1]
        # Only what has one offset can be joined.
        if self.draw(st.booleans()) or self.biased:
            self.layers.append(Add(f"add_{len(self.layers)}", ends))
        else:
            self.layers.append(Concat(f"concat_{len(self.layers)}", ends))
            self.shape = (*shape[:2], 2 * shape[2])
        self.reach = 4.0
        self.activation(self.draw(st.sampled_from(("", "b", "p"))))

    def twice(self) -> None:
        """Activate sums, or their batch normalisation, in two ways; join the two."""
        self.product()
        if self.draw(st.booleans()):
            self.batch_norm(3.0)
        if self.chance(3):
            self.max_pool()
        source = (self.layers[-1].name,)
        self.layers.append(Sign(f"sign_{len(self.layers)}", source))
        bits = self.layers[-1].name
        name = f"quantise_{len(self.layers)}"
        self.layers.append(
            Quantise(name, source, 3, True, scales_of(self.draw), *rounding_of(self.draw, 3))
        )
        ends = (bits, self.layers[-1].name)
        if self.draw(st.booleans()):
            self.layers.append(Add(f"add_{len(self.layers)}", ends))
        else:
            self.layers.append(Concat(f"concat_{len(self.layers)}", ends))
            self.shape = (*self.shape[:2], 2 * self.shape[2])
        self.reach = 5.0
        self.activation(self.draw(st.sampled_from(("", "b"))))

    def mean(self) -> None:
        """Add a mean and an activation behind it."""
        window = tuple(self.draw(st.integers(1, min(3, size))) for size in self.shape[:2])
        self.add(AveragePool(*self.next("average_pool"), (window[0], window[1]), (1, 1)))
        self.activation(self.draw(st.sampled_from(("", "b"))))

    def activation(self, kinds: str) -> None:
        """Add pools and batch normalisations, then a sign or a rounding to fixed point."""
        bits = self.draw(st.sampled_from((0, 0, 0, 1, 2, 3, 4, 8, 16)))
        signed = bits > 1 and self.draw(st.booleans())
        scales = scales_of(self.draw)
        high = ((1 << (bits - signed)) - 1) * float(scales[0])
        if self.shape[:2] != (1, 1) and self.chance(12):
            self.add(Flatten(*self.next("flatten")))
        for kind in kinds:
            self.batch_norm(high if bits else None) if kind == "b" else self.max_pool()
        if self.chance(6):
            self.multi_threshold()
            return
        if not bits:
            self.sign()
            return
        if self.draw(st.booleans()):
            self.add(Relu(*self.next("relu")))
        name, source = self.next("quantise")
        if bits <= 8 and self.chance(6):
            # Channels of scales of their own are for what tells channels apart.
            steps = (*STEPS, Fraction(0.1))
            many = tuple(self.draw(st.sampled_from(steps)) for _ in range(self.shape[2]))
            self.add(Quantise(name, source, bits, signed, many, *rounding_of(self.draw, bits)))
            self.reach = high
            self.activation(self.draw(st.sampled_from(("", "b", "p"))))
            return
        self.add(
            layer := Quantise(name, source, bits, signed, scales, *rounding_of(self.draw, bits))
        )
        self.reads_pixels = self.biased = False
        self.reach = high
        rectified = isinstance(self.layers[-2], Relu) if len(self.layers) > 1 else False
        low, high = layer.levels
        levels = range(0 if rectified else low, high + 1)
        self.pads = tuple(
            k for k in (-1, 0, 1) if (x := k / scales[0]).denominator == 1 and x in levels
        )

    def multi_threshold(self) -> None:
        """Add thresholds, of each channel or of all, often on values and often equal."""
        if self.chance(3):
            self.add(Relu(*self.next("relu")))
        figures = threshold_figures(self.draw, self.shape[2], self.reach)
        self.add(layer := MultiThreshold(*self.next("multi_threshold"), *figures))
        count, scale, bias = layer.count, layer.out_scale, layer.out_bias
        self.reads_pixels = False
        self.biased = bias != 0 and not layer.signs
        self.reach = float(max(-bias, bias + scale * count))
        levels = [bias + scale * k for k in range(count + 1)]
        self.pads = (-1, 0, 1) if layer.signs else tuple(k for k in (-1, 0, 1) if k in levels)

    def product(self) -> None:
        outputs = self.draw(st.integers(1, self.max_channels))
        if self.chance(3):
            if self.shape[:2] != (1, 1) or self.chance(2):
                self.add(Flatten(*self.next("flatten")))
            inputs = self.shape[2]
            self.reach *= inputs
            self.add(
                Dense(
                    *self.next("dense"),
                    *self.weights(outputs, inputs),
                    bias_of(self.draw, self.reach, outputs),
                )
            )
        else:
            self.convolution(outputs)
        self.reads_pixels = False

    def convolution(self, outputs: int) -> None:
        padding = self.padding()
        sizes = list(self.shape[:2])
        if padding.mode == "explicit":
            sizes[0] += padding.top + padding.bottom
            sizes[1] += padding.left + padding.right
        limits = [5, 5] if padding.mode == "same" else [min(5, size) for size in sizes]
        ky, kx = (self.draw(st.integers(1, limit)) for limit in limits)
        dilation = (1, 1)
        if self.chance(3):
            # As far apart as the taps still fit.
            most = [
                3 if padding.mode == "same" or k == 1 else min(3, (size - 1) // (k - 1))
                for k, size in zip((ky, kx), sizes, strict=True)
            ]
            dilation = (self.draw(st.integers(1, most[0])), self.draw(st.integers(1, most[1])))
        stride = self.draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
        kind, inputs = Conv2d, self.shape[2]
        if self.chance(4):
            kind, outputs, inputs = DepthwiseConv2d, inputs, 1
        self.reach *= ky * kx * inputs
        weights, *format_ = self.weights(outputs, ky, kx, inputs)
        place = self.next(kind.kind)
        bias = bias_of(self.draw, self.reach, outputs)
        self.add(kind(*place, weights, stride, padding, *format_, dilation, bias))

    def padding(self) -> Padding:
        mode = self.draw(st.sampled_from(("valid", "same", "explicit")))
        if mode == "valid":
            return Padding()
        sides = self.draw(st.tuples(*[st.integers(0, 2)] * 4)) if mode == "explicit" else (0,) * 4
        if not self.reads_pixels:
            return Padding(mode, *sides, value=self.draw(st.sampled_from(self.pads)))
        if self.zero_level and self.draw(st.booleans()):
            return Padding(mode, *sides)
        pixel = self.draw(st.integers(self.input.low, self.input.high))
        return Padding(mode, *sides, pixel=pixel)

    def max_pool(self) -> None:
        self.add(MaxPool(*self.next("max_pool"), *pool_figures(self.draw, self.shape)))

    def batch_norm(self, high: float | None = None) -> None:
        """Add figures that put thresholds among the values, often exactly on one.

        With ``high`` values are scaled to about that.
        """
        unit = 1.0 if self.reach == round(self.reach) else self.scale
        figures = norm_figures(self.draw, self.shape[2], self.reach, unit, high)
        self.add(BatchNorm(*self.next("batch_norm"), *figures))

    def sign(self) -> None:
        self.add(Sign(*self.next("sign")))
        self.reads_pixels = self.biased = False
        self.reach = 1.0
        self.pads = (-1, 0, 1)

    def next(self, kind: str) -> tuple[str, tuple[str]]:
        source = self.layers[-1].name if self.layers else INPUT_NAME
        return f"{kind}_{len(self.layers)}", (source,)

    def add(self, layer: Layer) -> None:
        self.layers.append(layer)
        self.shape = output_shape(layer, self.shape)

    def weights(self, *shape: int) -> tuple[NDArray[np.int8] | NDArray[np.int16], int, int]:
        """Weights, their width, and how much of it is behind the binary point."""
        weights, bits, fraction = weights_of(self.draw, shape)
        self.reach *= 2.0 ** (bits - 1 - fraction) if bits > 1 else 1
        return weights, bits, fraction
