"""Integers found by floats are those of exact arithmetic, or are left to it."""

from fractions import Fraction

import numpy as np
import pytest

from hwgen.model.importers.qonnx.guess import guess
from hwgen.model.importers.qonnx.steps import Bend, Clip, Cut, Linear, Norm, falls, inverse
from hwgen.model.importers.qonnx.tensor import rationals


def drawn(rng, channels, *, whole):
    """Figures of each channel; whole ones put many cuts exactly on an integer."""
    if whole:
        return rationals(rng.choice([-3, -2, -1, 1, 2, 4], channels))
    return rationals(rng.normal(size=channels))


def chain(rng, channels, *, whole):
    def figures():
        return drawn(rng, channels, whole=whole)

    variance = rationals(rng.choice([1, 4, 9], channels) if whole else rng.random(channels) + 1e-3)
    steps = [
        Linear(figures(), figures()),
        Norm(figures(), figures(), figures(), variance),
        Linear(figures(), figures()),
    ]
    if rng.random() < 0.5:
        steps.insert(int(rng.integers(4)), Clip(Fraction(-2), Fraction(5)))
    return tuple(steps[int(rng.integers(2)) :])


@pytest.mark.parametrize("whole", [True, False], ids=["on integers", "anywhere"])
def test_what_is_sure_is_what_exact_arithmetic_says(whole):
    rng = np.random.default_rng(6)
    settled = left = 0
    for _ in range(60):
        channels = 4
        steps = chain(rng, channels, whole=whole)
        cuts = np.array([[Fraction(int(n), 2) for n in np.arange(-6, 7)]], object)
        falling = falls(steps, channels)
        found, sure = guess(steps, channels, cuts, falling)
        for channel, k in np.ndindex(*found.shape):
            if not sure[channel, k]:
                left += 1
                continue
            settled += 1
            for strict in (False, True):
                cut = inverse(steps, channel, Cut(cuts[0][k], strict=strict))
                assert cut.always is None
                assert found[channel, k] == cut.least(), (steps, channel, k)
    assert settled > 500
    assert left > 300 if whole else left < settled


def test_what_is_no_number_or_bent_is_left_to_exact_arithmetic():
    ones = rationals(np.ones(1, np.int64))
    cuts = np.array([[Fraction(1, 3), Fraction(10**400)]], object)
    for steps in ((Linear(ones * 0, ones),), (Bend(ones / 2),), (Linear(ones * 10**400, ones),)):
        assert not guess(steps, 1, cuts, np.zeros(1, bool))[1].any()
    _, sure = guess((Linear(ones, ones),), 1, cuts, np.zeros(1, bool))
    assert sure.tolist() == [[True, False]]
