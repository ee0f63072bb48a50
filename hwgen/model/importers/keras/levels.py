"""Quantisers of values between layers: the levels that each gives, and from where on, exactly."""

from fractions import Fraction

import numpy as np

from hwgen.errors import ModelError
from hwgen.model.importers.keras.quantisers import Quantiser
from hwgen.model.importers.qonnx.quantiser import Levels

__all__ = ["fixed_point", "levels_of"]

_MOST_BITS = 8
_TERNARY_THRESHOLD = 0.33
"""QKeras' default for values between layers."""


def levels_of(quantiser: Quantiser) -> Levels:
    """Levels of one number.

    Raises
    ------
    ModelError
        If they depend on all values of a tensor, are more than 8 bits have, or need a function
        that is not rational.
    """
    kind, given = quantiser.kind, quantiser.settings
    match kind:
        case "sign":
            return _steps([(Fraction(0), False)], -1, 2, Fraction(1))
        case "heaviside":
            return _steps([(Fraction(0), True)], 0, 1, Fraction(1))
        case "ste_tern":
            if given["ternary_weight_networks"]:
                raise ModelError("has a threshold that depends on all values; give threshold_value")
            return _ternary(quantiser.real("threshold_value", 0.05), Fraction(1))
        case "dorefa":
            if given["mode"] != "activations":
                raise ModelError("rounds values between layers as weights; mode='activations'")
            count = (1 << quantiser.whole("k_bit", 1, _MOST_BITS)) - 1
            return _rounded(0, count, Fraction(1, count), Fraction(1))
        case "binary":
            alpha, low = _alpha(quantiser), 0 if given["use_01"] else -1
            return _steps([(Fraction(0), False)], low, 1 - low, alpha)
        case "ternary":
            return _ternary(quantiser.real("threshold", _TERNARY_THRESHOLD), _alpha(quantiser))
        case "quantized_bits":
            low, high, unit = fixed_point(quantiser, _MOST_BITS)
            if high == 0:
                return _steps([(Fraction(0), False)], -1, 2, _alpha(quantiser))
            return _rounded(low, high, unit, _alpha(quantiser))
        case "quantized_relu":
            bits = quantiser.whole("bits", 1, _MOST_BITS)
            unit = Fraction(2) ** (quantiser.whole("integer", -64, 64) - bits)
            return _rounded(0, (1 << bits) - 1, unit, Fraction(1))
        case "quantized_tanh":
            half = 1 << quantiser.whole("bits", 2, _MOST_BITS) - 1
            low = -half + bool(given["symmetric"])
            return _rounded(low, half - 1, Fraction(1, half), Fraction(1))
    raise ModelError(f"rounds values between layers by {kind}, which is not imported")


def fixed_point(quantiser: Quantiser, most_bits: int) -> tuple[int, int, Fraction]:
    """Least and greatest integer of a ``quantized_bits``, and what 1 stands for but for alpha.

    A greatest of 0 says that it is the sign, -1 and +1.
    """
    bits, signed = quantiser.whole("bits", 1, most_bits), bool(quantiser.settings["keep_negative"])
    size = 1 << bits - signed
    unit = Fraction(2) ** quantiser.whole("integer", -64, 64) / size
    return (-size + bool(quantiser.settings["symmetric"])) * signed, size - 1, unit


def _alpha(quantiser: Quantiser) -> Fraction:
    alpha = quantiser.alpha
    if isinstance(alpha, str):
        raise ModelError(f"has alpha={alpha!r}, a scale that depends on all values; give a number")
    return Fraction(float(alpha))


def _ternary(threshold: np.float32, scale: Fraction) -> Levels:
    if not threshold >= 0:
        raise ModelError("must have a threshold of 0 or more")
    cut = Fraction(float(threshold))
    # +1 from the threshold on, -1 down from its negative; of 0 alone, at a threshold of 0, nothing.
    return _steps([(-cut, cut != 0), (cut, cut == 0)], -1, 1, scale)


def _rounded(low: int, high: int, unit: Fraction, scale: Fraction) -> Levels:
    """The nearest multiple of ``unit``, halves to even, within a range, times ``scale``."""
    halves = [(unit * (k - Fraction(1, 2)), k % 2 != 0) for k in range(low + 1, high + 1)]
    return _steps(halves, low, 1, scale * unit)


def _steps(cuts: list[tuple[Fraction, bool]], low: int, step: int, scale: Fraction) -> Levels:
    figures = np.empty((1, len(cuts)), object)
    figures[0] = [cut for cut, _ in cuts]
    strict = np.array([one for _, one in cuts])
    return Levels(figures, strict, low, step, np.array(scale, object))
