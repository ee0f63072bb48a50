"""Quantisers of weights: integers, and the scale of each output."""

from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.importers.keras.levels import fixed_point
from hwgen.model.importers.keras.quantisers import Quantiser

__all__ = ["Weights", "quantised_weights"]

Array = NDArray[Any]


class Weights(NamedTuple):
    """Integers of an array's shape, and rationals, one or one for each of its last axis.

    ``sure`` is whether all versions of QKeras find the same.
    """

    integers: NDArray[Any]
    scale: Array
    sure: bool = True


_EPSILON = 1e-7
"""Of the backend of Keras."""

_UNSURE = 1e-5
"""Powers of two closer to the middle between two are not told apart by float32."""

_TERNARY_THRESHOLD = 0.33
_TURNS = 5
"""How often QKeras improves the scale of a ``quantized_bits``."""


def quantised_weights(quantiser: Quantiser, values: Array, *, kernel: bool) -> Weights:
    """What a quantiser makes of weights, which are finite.

    QKeras finds the scale of a ``kernel`` itself, a power of two, where no alpha is given.

    Raises
    ------
    ModelError
        If float32 leaves open what the weights are, or the kind is not one for weights.
    """
    if quantiser.kind == "sign":
        return Weights(_signs(values), _same(1.0))
    exact = values.astype(np.float64)
    if kernel and quantiser.kind in ("binary", "ternary", "quantized_bits"):
        given = quantiser.settings
        if given["alpha"] is None:
            quantiser = Quantiser(quantiser.kind, given | {"alpha": "auto_po2"})
    if values.ndim < 2 and isinstance(quantiser.settings.get("alpha"), str):
        raise ModelError("has a bias with a scale to be found; give its quantiser alpha=1")
    match quantiser.kind:
        case "heaviside":
            return Weights((exact > 0).astype(np.int64), _same(1.0))
        case "magnitude_aware_sign":
            # The mean is float32 there, and rounded once here.
            return Weights(_signs(exact), _rationals(_mean(np.abs(exact)).astype(np.float32)))
        case "ste_tern":
            return Weights(_ternary(exact, _tern_threshold(quantiser, exact)), _same(1.0))
        case "dorefa":
            return _dorefa(quantiser, exact)
        case "binary":
            return _binary(quantiser, exact)
        case "ternary":
            return _scaled_ternary(quantiser, exact)
        case "quantized_bits":
            return _fixed_point(quantiser, exact)
    raise ModelError(f"rounds weights by {quantiser.kind}, which is not imported")


def _signs(values: Array) -> NDArray[np.int16]:
    return np.where(values >= 0, np.int16(1), np.int16(-1))


def _ternary(values: Array, threshold: float) -> NDArray[np.int64]:
    return np.where(np.abs(values) >= threshold, np.sign(values), 0).astype(np.int64)


def _tern_threshold(quantiser: Quantiser, values: Array) -> float:
    if quantiser.settings["ternary_weight_networks"]:
        return float(np.float32(0.7 * np.abs(values).sum() / values.size))
    threshold = float(quantiser.real("threshold_value", 0.05))
    if not threshold >= 0:
        raise ModelError("must have a threshold of 0 or more")
    return threshold


def _dorefa(quantiser: Quantiser, values: Array) -> Weights:
    count = (1 << quantiser.whole("k_bit", 1, 15)) - 1
    unit = Fraction(1, count)
    if quantiser.settings["mode"] == "activations":
        rounded = np.rint(np.clip(values, 0, 1) * count).astype(np.int64)
        return Weights(rounded, np.array(unit, object))
    limited = np.tanh(values)
    most = np.abs(limited).max()
    if most == 0:
        raise ModelError("has weights that are all 0")
    found = np.rint((limited / (2 * most) + 0.5) * count).astype(np.int64)
    return Weights(2 * found - count, np.array(unit, object))


def _binary(quantiser: Quantiser, values: Array) -> Weights:
    found = _signs(values)
    if quantiser.settings["use_01"]:
        found = (found + 1) // 2
    alpha = quantiser.alpha
    scale: Any = _scale(alpha, values, found) if isinstance(alpha, str) else alpha
    return Weights(found, _rationals(scale))


def _scaled_ternary(quantiser: Quantiser, values: Array) -> Weights:
    alpha, threshold = quantiser.alpha, quantiser.settings["threshold"]
    if not isinstance(alpha, str):
        level = float(quantiser.real("threshold", _TERNARY_THRESHOLD))
        return Weights(_ternary(values, level), _rationals(alpha))
    if threshold is not None:
        raise ModelError("has both a threshold and a scale to be found; QKeras refuses that")
    scale = 2 * np.abs(values).max(axis=_others(values)) / 3
    if (scale == 0).any():
        raise ModelError("has an output whose weights are all 0, of which no scale follows")
    if alpha == "auto_po2":
        scale = _power(scale)
    found = np.zeros(values.shape, np.int64)
    for _ in range(quantiser.whole("number_of_unrolls", 1, 100)):
        with np.errstate(all="ignore"):
            found = (np.sign(values) * (np.abs(np.rint(values / scale)) >= 0.5)).astype(np.int64)
        scale = _scale(alpha, values, found)
    return Weights(found, _rationals(scale))


def _fixed_point(quantiser: Quantiser, values: Array) -> Weights:
    low, high, unit = fixed_point(quantiser, 16)
    alpha = quantiser.alpha
    if isinstance(alpha, str):
        return _searched(quantiser, values, alpha)
    scale = Fraction(float(alpha))
    if high == 0:
        return Weights(_signs(values), np.array(scale, object))
    found = np.clip(np.rint(values / float(unit)), low, high)
    return Weights(found.astype(np.int64), np.array(scale * unit, object))


def _searched(quantiser: Quantiser, values: Array, alpha: str) -> Weights:
    """As the last release searches, 0.9; those before begin elsewhere, and may end elsewhere."""
    bits, whole = quantiser.whole("bits", 2, 16), quantiser.whole("integer", -64, 64)
    axes, high = _others(values), (1 << bits - 1) - 1
    within = values / 2.0**whole
    scale = np.abs(within).max(axis=axes) / high
    spread = (within.max(axis=axes) - within.min(axis=axes)) / ((1 << bits) - 1)
    found, scale = _turned(within, scale, high, alpha)
    before, other = _turned(within, spread, high, "auto_po2")
    sure = alpha == "auto_po2" and np.array_equal(found * scale, before * other)
    return Weights(found, _rationals(scale) * Fraction(2) ** whole, sure)


def _turned(values: Array, scale: Array, high: int, alpha: str) -> tuple[NDArray[np.int64], Array]:
    """Integers and scales that a search from ``scale`` ends at."""
    if alpha == "auto":
        return _nearest(values, scale, high), scale.astype(np.float32)
    scale, found = _power(scale), np.zeros(values.shape, np.int64)
    for _ in range(_TURNS):
        found = _nearest(values, scale, high)
        scale = _scale(alpha, values, found)
    return found, scale


def _nearest(values: Array, scale: Array, high: int) -> NDArray[np.int64]:
    """Halves away from zero."""
    with np.errstate(all="ignore"):
        steps = np.nan_to_num(np.floor(np.abs(values) / scale + 0.5), posinf=high)
    return (np.sign(values) * np.minimum(steps, high)).astype(np.int64)


def _scale(alpha: str, values: Array, found: Array) -> Array:
    """The scale of each output by which ``found`` comes nearest to ``values``."""
    scale = _mean(values * found) / (_mean(found * found) + _EPSILON)
    return _power(scale) if alpha == "auto_po2" else scale.astype(np.float32)


def _power(scale: Array) -> Array:
    with np.errstate(all="ignore"):
        exponent = np.log2(scale + _EPSILON)
    if not np.isfinite(exponent).all():
        raise ModelError("has weights of which no scale follows")
    if (np.abs(np.abs(exponent - np.floor(exponent)) - 0.5) < _UNSURE).any():
        raise ModelError("has a scale so near the middle of two powers of two that float32 decides")
    return 2.0 ** np.rint(exponent)


def _others(values: Array) -> tuple[int, ...]:
    """All axes but that of the outputs; of a row, its own."""
    return tuple(range(max(values.ndim - 1, 1)))


def _mean(values: Array) -> Array:
    return np.asarray(np.mean(values, axis=_others(values)))


def _same(scale: float) -> Array:
    return np.array(Fraction(scale), object)


def _rationals(scale: Any) -> Array:
    flat: list[float] = np.asarray(scale, np.float64).reshape(-1).tolist()
    made = np.empty(len(flat), object)
    made[:] = [Fraction(number) for number in flat]
    return made.reshape(np.shape(scale))
