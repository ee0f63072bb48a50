"""Rounding to fixed point as one multiplication: equal to the exact function everywhere."""

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hwgen.passes.fold_requantise import Channel, Range, Rounding, fold_requantise
from hwgen.passes.fold_threshold import Norm

FIGURES = st.fractions(-40, 40, max_denominator=1 << 20)


def exact(channel: Channel, out: Range, acc: int) -> int:
    level = out.low
    for k in range(out.low + 1, out.high + 1):
        beta = channel.norm.beta - (k - Fraction(1, 2)) * channel.unit
        shifted = Norm(channel.norm.gamma, beta, channel.norm.mean, channel.norm.spread)
        x = channel.scale * acc + channel.offset
        if not (shifted.exceeds(x) if out.even and k % 2 else shifted.fires(x)):
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
    unit = Fraction(2) ** -fraction
    norm = Norm(gamma, beta, mean, spread)
    channel = Channel(norm, scale, Fraction(1, 3), low, low + length, unit)
    base = -(1 << (bits - 1)) if signed else 0
    out = Range(base, base + (1 << bits) - 1)
    folded = fold_requantise([channel], out)
    assert folded is not None
    assert not folded.even
    check(folded, channel, out)


def check(folded: Rounding, channel: Channel, out: Range) -> None:
    (multiplier,), (bias,), shift, even = folded
    for acc in range(channel.low, channel.high + 1):
        total = multiplier * acc + bias
        level = total >> shift
        if even and level << shift == total and level % 2:
            level -= 1
        assert min(max(level, out.low), out.high) == exact(channel, out, acc), acc


@given(
    gamma=st.sampled_from([Fraction(k, 8) for k in (-8, -3, -1, 0, 1, 2, 4, 5, 8, 24)]),
    beta=st.sampled_from([Fraction(0), Fraction(1, 2), Fraction(-3, 2), Fraction(1, 8)]),
    spread=st.sampled_from([Fraction(1), Fraction(4), Fraction(2)]),
    unit=st.sampled_from([Fraction(1), Fraction(1, 4), Fraction(3, 7), Fraction(6)]),
    mean=st.integers(-5, 5).map(Fraction),
    low=st.integers(-90, 60), length=st.integers(0, 90), bits=st.integers(1, 6),
)  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_halves_go_to_the_even_number_or_no_multiplier_is_found(
    gamma, beta, spread, unit, mean, low, length, bits
):
    channel = Channel(
        Norm(gamma, beta, mean, spread), Fraction(1), Fraction(0), low, low + length, unit
    )
    out = Range(-(1 << bits - 1), (1 << bits - 1) - 1, even=True)
    folded = fold_requantise([channel], out)
    dyadic = spread != 2 and (slope := gamma / unit).denominator & (slope.denominator - 1) == 0
    if folded is None:
        # With a scale that is a power of two halves are whole numbers of bits.
        assert not (dyadic and (beta / unit).denominator & ((beta / unit).denominator - 1) == 0)
    else:
        check(folded, channel, out)


def test_channels_of_halves_share_a_shift_with_one_that_does_not_depend_on_sums():
    channels = [
        Channel(Norm(), Fraction(1, 2), Fraction(0), -9, 9),
        Channel(Norm(Fraction(0), Fraction(3)), Fraction(1), Fraction(0), -9, 9),
    ]
    out = Range(-8, 7, even=True)
    folded = fold_requantise(channels, out)
    assert folded is not None
    assert folded.even
    for k, channel in enumerate(channels):
        one = Rounding([folded.multipliers[k]], [folded.biases[k]], folded.shift, folded.even)
        check(one, channel, out)


def test_many_levels_of_far_accumulators_are_exact_with_few_bits():
    # Slopes of batch normalisations as float64 has them: all of their bits took some 60.
    rng = np.random.default_rng(0)
    channels = [
        Channel(
            Norm(*(Fraction(float(v)) for v in (gamma, rng.normal(), rng.normal() * 1e4, 1e10))),
            Fraction(1, 3), Fraction(0), -(1 << 22), 1 << 22, Fraction(1, 100),
        )
        for gamma in (1.7, -0.3)
    ]  # fmt: skip
    out = Range(0, 255)
    folded = fold_requantise(channels, out)
    assert folded is not None
    assert max(map(abs, folded.multipliers)).bit_length() <= 28
    for channel, multiplier, bias in zip(channels, folded.multipliers, folded.biases, strict=True):
        # At random, and where the result steps from one level to the next.
        steps = [((level << folded.shift) - bias) // multiplier for level in range(1, 256)]
        near = {k + d for k in steps for d in range(-2, 3)} | set(
            rng.integers(-(1 << 22), 1 << 22, 50)
        )
        for acc in map(int, near):
            if channel.low <= acc <= channel.high:
                level = min(max((multiplier * acc + bias) >> folded.shift, 0), 255)
                assert level == exact_level(channel, out, acc), acc


def exact_level(channel: Channel, out: Range, acc: int) -> int:
    """As `exact`, by halving."""
    low, high = out.low, out.high
    while low < high:
        middle = (low + high + 1) // 2
        one = Range(middle - 1, middle)
        if exact(channel, one, acc) == middle:
            low = middle
        else:
            high = middle - 1
    return low


def test_each_channel_has_a_step_of_its_own():
    channels = [
        Channel(Norm(), Fraction(1), Fraction(0), -9, 9, unit)
        for unit in (Fraction(1), Fraction(1, 4))
    ]
    assert fold_requantise(channels, Range(-64, 63)) == ([1, 4], [0, 0], 0, False)


def test_halves_go_up_on_both_sides_of_zero():
    channel = Channel(Norm(), Fraction(1, 2), Fraction(0), -9, 9)
    folded = fold_requantise([channel], Range(-8, 7))
    assert folded is not None
    (m,), (b,), s, _ = folded
    assert [(m * k + b) >> s for k in (-3, -1, 1, 3)] == [-1, 0, 1, 2]
    assert (m, s) == (1, 1)


def test_channels_share_the_longest_shift():
    channels = [
        Channel(Norm(), Fraction(1), Fraction(0), -4, 3),
        Channel(Norm(), Fraction(1, 8), Fraction(0), -64, 63),
    ]
    folded = fold_requantise(channels, Range(-8, 7))
    assert folded == ([7, 1], [3, 4], 3, False)
