"""How layers change what integers stand for; computed once a layer, not once a batch."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.layers import Affine, BatchNorm, Conv2d, Dense, Input
from sim.golden.forms import LARGEST, Form
from sim.golden.surd import ZERO, Surd

__all__ = [
    "derive_once",
    "normalised_form",
    "padding_levels",
    "picture_form",
    "product_form",
    "repeated_form",
]


def picture_form(input_: Input) -> Form:
    """Return what pictures stand for after the input transform."""
    transform = input_.transform
    values = b"" if isinstance(transform, Affine) else transform.values.tobytes()
    return derive_once(input_, (values,), lambda: _picture_form(input_))


def product_form(form: Form, layer: Conv2d | Dense, *, padded: bool) -> Form:
    """Return what the sums of a convolution or dense layer over ``form`` stand for."""
    rows = layer.weights.reshape(len(layer.weights), -1)
    sums = rows.sum(axis=1, dtype=np.int64)
    largest = int(np.abs(rows.astype(np.int64)).sum(axis=1).max())
    key = (form, padded, largest, sums.tobytes(), layer.bias)

    def make() -> Form:
        return _product_form(layer, form, padded, sums.tolist(), largest)

    return derive_once(layer, key, make)


def normalised_form(form: Form, layer: BatchNorm) -> Form:
    """Return what integers of ``form`` stand for after a batch normalisation."""
    figures = (layer.gamma, layer.beta, layer.mean, layer.variance)
    key = (form, *(tuple(figure.tolist()) for figure in figures))
    return derive_once(layer, key, lambda: _normalised_form(layer, form))


def repeated_form(form: Form, pixels: int) -> Form:
    """Return the form of ``pixels`` pixels, one after another as channels of one."""

    def make() -> Form:
        slopes, intercepts = form.slopes * pixels, form.intercepts * pixels
        return replace(form, slopes=slopes, intercepts=intercepts, levels=None)

    return derive_once(form, (pixels,), make)


def padding_levels(layer: Conv2d, form: Form) -> tuple[int, NDArray[np.int64]]:
    """Return how padding is written in the integers of the layer's input.

    Returns
    -------
    grain : int
        What the input's integers are to be multiplied by first: 1, unless true zero falls
        between two levels of a picture.
    pad : int64 array (channels,)
        The integers, so multiplied, of a padded pixel.
    """
    asked = layer.padding
    channels = len(form.slopes)
    if asked.pixel is not None:
        if form.levels is None:
            raise ModelError(f"layer {layer.name!r}: only layers reading pixels pad with a pixel")
        level = form.levels[:, asked.pixel - form.least]
        return 1, np.broadcast_to(level, channels)
    if form.levels is not None and asked.value != 0:
        raise ModelError(f"layer {layer.name!r}: a picture is padded with a pixel or true zero")
    scale, offset = _shared(layer, form)
    if scale == 0:
        if offset != asked.value:
            raise ModelError(f"layer {layer.name!r}: no pixel stands for the zero it pads with")
        return 1, np.zeros(channels, np.int64)
    level = (asked.value - offset) / scale
    if max(abs(level.numerator), level.denominator * form.peak) >= LARGEST:
        raise ModelError(f"layer {layer.name!r}: no level is near enough to what it pads with")
    return level.denominator, np.full(channels, level.numerator, np.int64)


_DERIVED: WeakKeyDictionary[Any, tuple[tuple[Any, ...], Form]] = WeakKeyDictionary()


def derive_once(owner: Any, key: tuple[Any, ...], make: Callable[[], Form]) -> Form:
    """Return ``make()``, computed once for all batches that pass through ``owner``.

    ``key`` holds what the result depends on: forms, equal when they are the same object, and what
    is in arrays, so that changing those in place is noticed.
    """
    known = _DERIVED.get(owner)
    if known is None or known[0] != key:
        known = _DERIVED[owner] = key, make()
    return known[1]


def _picture_form(input_: Input) -> Form:
    channels, transform = input_.channels, input_.meaning
    scale, offset = Surd.of(transform.scale), ZERO
    if not isinstance(transform, Affine):
        levels = transform.values.astype(np.int64)
    elif input_.bits == 1:
        # Bits are -1 and +1, halfway around what they stand for.
        levels = np.array([[-1, 1]])
        scale = Surd.of(transform.scale / 2)
        offset = Surd.of(transform.offset + transform.scale / 2)
    else:
        levels = np.arange(input_.low, input_.high + 1, dtype=np.int64)[np.newaxis]
        offset = Surd.of(transform.offset)
    peak = max(abs(int(levels.min())), abs(int(levels.max())))
    if peak >= LARGEST:
        raise ModelError(f"input: the table's values must be below 2**62, not {peak}")
    return Form((scale,) * channels, (offset,) * channels, peak, levels, input_.low)


def _product_form(
    layer: Conv2d | Dense, form: Form, padded: bool, sums: list[int], largest: int
) -> Form:
    scale, offset = _shared(layer, form)
    peak = form.peak
    if padded and isinstance(layer, Conv2d):
        grain, pad = padding_levels(layer, form)
        scale, peak = scale / grain, max(peak * grain, int(np.abs(pad).max()))
    peak *= largest
    if peak >= LARGEST:
        raise ModelError(f"layer {layer.name!r}: its sums may need more than 62 bits")
    unit = Fraction(1, 1 << layer.weight_fraction_bits)
    slopes = (Surd.of(scale * unit),) * len(sums)
    bias = layer.bias * len(sums) if len(layer.bias) == 1 else layer.bias
    intercepts = (Surd.of(offset * n * unit + b) for n, b in zip(sums, bias, strict=True))
    return Form(slopes, tuple(intercepts), peak)


def _normalised_form(layer: BatchNorm, form: Form) -> Form:
    if len(layer.gamma) != len(form.slopes):
        raise ModelError(
            f"layer {layer.name!r}: has figures for {len(layer.gamma)} channels and reads "
            f"{len(form.slopes)}"
        )
    if form.rectified:
        raise ModelError(f"layer {layer.name!r}: reads what relu left; put a quantise before it")
    slopes, intercepts = [], []
    figures = zip(
        layer.gamma.tolist(),
        layer.beta.tolist(),
        layer.mean.tolist(),
        layer.variance.tolist(),
        strict=True,
    )
    channels = zip(form.slopes, form.intercepts, figures, strict=True)
    for slope, intercept, (gamma, beta, mean, variance) in channels:
        spread = Fraction(variance) + Fraction(layer.epsilon)
        if spread <= 0:
            raise ModelError(f"layer {layer.name!r}: variance + epsilon must be positive")
        factor = Surd.root(1 / spread) * Fraction(gamma)
        slopes.append(slope * factor)
        intercepts.append((intercept - Surd.of(mean)) * factor + Surd.of(beta))
    return Form(tuple(slopes), tuple(intercepts), form.peak, normalised=True)


def _shared(layer: Conv2d | Dense, form: Form) -> tuple[Fraction, Fraction]:
    """Return the one scale and offset that all channels of the input share."""
    scale, offset = form.slopes[0].rational, form.intercepts[0].rational
    if (
        form.normalised
        or form.rectified
        or scale is None
        or offset is None
        or any(slope != form.slopes[0] for slope in form.slopes)
        or any(intercept != form.intercepts[0] for intercept in form.intercepts)
    ):
        raise ModelError(
            f"layer {layer.name!r}: reads neither bits nor pixels nor fixed point; "
            "put a sign or a quantise before it"
        )
    return scale, offset
