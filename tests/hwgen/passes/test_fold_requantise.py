"""Rounding to fixed point as one multiplication: equal to the exact function everywhere."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from hwgen.passes.fold_requantise import Channel, Range, fold_requantise
from hwgen.passes.fold_threshold import Norm

FIGURES = st.fractions(-40, 40, max_denominator=1 << 20)


def exact(channel: Channel, out: Range, acc: int) -> int:
    level = out.low
    for k in range(out.low + 1, out.high + 1):
        beta = channel.norm.beta - (k - Fraction(1, 2)) * out.unit
        shifted = Norm(channel.norm.gamma, beta, channel.norm.mean, channel.norm.spread)
        if not shifted.fires(channel.scale * acc + channel.offset):
            break
        level = k
    return level


@given(
    gamma=FIGURES, beta=FIGURES, mean=FIGURES,
    spread=st.fractions(Fraction(1, 1000), 50, max_denominator=1 << 20),
    fraction=st.integers(-2, 4), bits=st.integers(1, 5), signed=st.booleans(),
    low=st.integers(-90, 60), length=st.integers(0, 90),
    scale=st.fractions(-2, 2, max_denominator=16).filter(bool),
)  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_every_accumulator_rounds_as_the_exact_function_does(
    gamma, beta, mean, spread, fraction, bits, signed, low, length, scale
):
    channel = Channel(Norm(gamma, beta, mean, spread), scale, Fraction(1, 3), low, low + length)
    base = -(1 << (bits - 1)) if signed else 0
    out = Range(Fraction(2) ** -fraction, base, base + (1 << bits) - 1)
    folded = fold_requantise([channel], out)
    assert folded is not None
    (multiplier,), (bias,), shift = folded
    for acc in range(low, low + length + 1):
        found = min(max((multiplier * acc + bias) >> shift, out.low), out.high)
        assert found == exact(channel, out, acc), acc


def test_halves_go_up_on_both_sides_of_zero():
    channel = Channel(Norm(), Fraction(1, 2), Fraction(0), -9, 9)
    folded = fold_requantise([channel], Range(Fraction(1), -8, 7))
    assert folded is not None
    (m,), (b,), s = folded
    assert [(m * k + b) >> s for k in (-3, -1, 1, 3)] == [-1, 0, 1, 2]
    assert (m, s) == (1, 1)


def test_channels_share_the_longest_shift():
    channels = [
        Channel(Norm(), Fraction(1), Fraction(0), -4, 3),
        Channel(Norm(), Fraction(1, 8), Fraction(0), -64, 63),
    ]
    folded = fold_requantise(channels, Range(Fraction(1), -8, 7))
    assert folded == ([8, 1], [4, 4], 3)
