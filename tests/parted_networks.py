"""Small networks whose paths part and meet."""

import numpy as np

from hwgen.model import Affine, Builder, Model

__all__ = ["around_two", "beside", "residual"]


def _net() -> Builder:
    return Builder("parted", height=4, width=4, channels=1, transform=Affine(1, -128))


def _drawn(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.choice([-1, 1], shape)


def residual(channels: int = 2) -> Model:
    """A layer with a way around it, summed up ahead of the sign."""
    rng = np.random.default_rng(3)
    net = _net().sign(name="bits")
    net.conv2d(_drawn(rng, channels, 1, 1, 1), "stem").sign(name="around")
    net.conv2d(_drawn(rng, channels, 1, 1, channels), "body")
    net.quantise(4, signed=True, name="through").add(["through", "around"], "sum")
    return net.sign(name="after").conv2d(_drawn(rng, 2, 2, 2, channels), "last").build()


def beside() -> Model:
    """Two layers beside each other, one of them of more bits, and their channels in a row."""
    rng = np.random.default_rng(4)
    net = _net().quantise(3, signed=True, name="bits")
    net.conv2d(rng.integers(-4, 4, (2, 1, 1, 1)), "wide", weight_bits=3, inputs="bits")
    net.quantise(2, signed=True, name="left")
    net.conv2d(_drawn(rng, 4, 1, 1, 1), "narrow", inputs="bits").quantise(
        2, signed=True, name="right"
    )
    net.concat(["left", "right"], "both")
    return net.conv2d(_drawn(rng, 1, 4, 4, 6), "last").build()


def around_two(size: int = 16, channels: int = 8) -> Model:
    """Two layers of 3 x 3 taps with a way around both, summed up ahead of the sign."""
    rng = np.random.default_rng(5)
    net = Builder("around", height=size, width=size, channels=1, transform=Affine(1, -128))
    net.sign(name="bits").conv2d(_drawn(rng, channels, 1, 1, 1), "stem").sign(name="around")
    for name in ("one", "two"):
        weights = _drawn(rng, channels, 3, 3, channels)
        net.conv2d(weights, name, padding="same", pad_value=-1)
        if name == "one":
            net.sign(name="between")
    net.quantise(4, signed=True, name="through").add(["through", "around"], "sum")
    net.sign(name="after")
    net.max_pool(2).flatten()
    return net.dense(_drawn(rng, 2, size * size // 4 * channels), "last").build()
