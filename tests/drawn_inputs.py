"""Inputs of random networks: pictures, signals and vectors of pixels of 1 to 16 bits."""

from fractions import Fraction

import numpy as np
from degenerate import integers_in
from drawn_figures import range_of
from hypothesis import strategies as st
from numpy.typing import NDArray

from hwgen.model.kinds.shape import Shape
from hwgen.model.layers import Affine, Input, Table

__all__ = ["draw_frames", "draw_input"]

FORMATS = (
    *((8, False),) * 4,
    *((1, False),) * 3,
    (2, True), (4, False), (5, True), (8, True), (8, True), (12, True), (16, False), (16, True),
)  # fmt: skip
"""Bits of a pixel and whether it is signed, the usual ones oftener."""

SCALES = (Fraction(1), Fraction(1, 128), Fraction(-1, 2), Fraction(3, 7), Fraction(1 / 255))


def draw_input(draw: st.DrawFn, rng: np.random.Generator, shape: Shape) -> tuple[Input, bool]:
    """Draw an input, and whether true zero can be padded with whatever follows."""
    bits, signed = draw(st.sampled_from(FORMATS))
    form = Input(*shape, bits=bits, signed=signed)
    scale = draw(st.sampled_from(SCALES))
    if bits > 8 or draw(st.booleans()):
        middle = form.low + Fraction((1 << bits) - 1, 2)
        zero = draw(st.sampled_from((Fraction(0), middle + Fraction(1, 2), middle)))
        affine = Affine(scale, -scale * zero)
        # Between two bits is a true zero.
        zero_level = zero.denominator == 1 or bits == 1
        return Input(*shape, affine, bits, signed), zero_level
    channels = draw(st.sampled_from((1, shape[2])))
    low, high = draw(st.sampled_from(((-1, 0), (-1, 1), (-8, 7), (-1, 15), (-200, 300))))
    values = integers_in(rng, range_of(draw), (channels, 1 << bits), low, high)
    return Input(*shape, Table(values, scale), bits, signed), True


def draw_frames(draw: st.DrawFn, picture: Input, most: int) -> NDArray[np.integer]:
    """Draw 1 to ``most`` frames: noise, or a single pixel everywhere."""
    shape = (picture.height, picture.width, picture.channels)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    low, high = picture.low, picture.high
    frames = [
        rng.integers(low, high + 1, shape) if value is None else np.full(shape, value)
        for value in draw(
            st.lists(st.sampled_from((None, None, low, high)), min_size=1, max_size=most)
        )
    ]
    return np.stack(frames).astype(picture.dtype)
