"""Tensors of exact real numbers: integers, and what they stand for."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.layers import Affine, Input
from sim.golden.derive import picture_form
from sim.golden.forms import Form, integer_dtype
from sim.golden.packed import PackedBits, pack

__all__ = ["Tensor", "picture"]


@dataclass(frozen=True, eq=False)
class Tensor:
    """Exact feature maps of a batch, shape (N, H, W, C): integers, standing for ``form``.

    Parameters
    ----------
    stored : integer array (N, H, W, C), or PackedBits
        The integers as they were computed; in whatever order of memory.
    form : Form
    """

    stored: NDArray[Any] | PackedBits
    form: Form

    @staticmethod
    def of(ints: NDArray[Any]) -> "Tensor":
        """Take integers, shape (N, H, W, C), that stand for themselves: -1/+1 bits, for example."""
        peak = max(abs(int(ints.min())), abs(int(ints.max())))
        return Tensor(
            ints.astype(np.int8 if peak < 2 else integer_dtype(peak)),
            Form.plain(ints.shape[-1], peak),
        )

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(N, H, W, C)."""
        frames, height, width, channels = self.stored.shape
        return frames, height, width, channels

    @cached_property
    def ints(self) -> NDArray[Any]:
        """The integers as an array (N, H, W, C); of packed bits int8 -1/+1."""
        return self.stored.ints() if isinstance(self.stored, PackedBits) else self.stored

    def floats(self) -> NDArray[np.float64]:
        """Return the values rounded to float64 (slope, intercept and result each once)."""
        slopes, intercepts = self.form.floats
        with np.errstate(over="ignore", invalid="ignore"):
            values = self.ints * slopes
            values += intercepts
        return np.maximum(values, 0) if self.form.rectified else values


def picture(images: NDArray[np.integer[Any]], input_: Input) -> Tensor:
    """Apply the input transform, exactly, to pictures of shape (N, H, W, C) and the input's type.

    The integers are the pixels themselves (affine transform), the table's values, or, of pixels
    of one bit that stand for two values, packed -1 and +1.
    """
    want = (input_.height, input_.width, input_.channels)
    if images.dtype != input_.dtype or images.ndim != 4 or images.shape[1:] != want:
        raise ModelError(
            f"pictures must be {input_.dtype} of shape (frames, {', '.join(map(str, want))}), "
            f"not {images.dtype} of shape {images.shape}"
        )
    part = input_.bits % 8 > 0 and images.size > 0
    if part and not input_.low <= images.min() <= images.max() <= input_.high:
        raise ModelError(f"pixels must be {input_.low} to {input_.high}")
    form = picture_form(input_)
    dtype = integer_dtype(form.peak)
    if not isinstance(input_.meaning, Affine):
        assert form.levels is not None
        rows = np.arange(input_.channels) % len(form.levels)
        places = images.astype(np.int16) - input_.low if input_.signed else images
        return Tensor(form.levels.astype(dtype)[rows, places], form)
    return Tensor(pack(images > 0) if input_.bits == 1 else images.astype(dtype), form)
