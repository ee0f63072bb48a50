# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
from typing import Any

import numpy as np
import pytest

from hwgen.rtl.pool import PoolUnit
from tests.rtl_bench import check, join_rows
from tests.timing_reference import FULL_RATE, PATTERNS, Fold

RNG = np.random.default_rng(60)


def case(elements, channels, bits, signed, taps, minimum, pixels=12):
    low = -(1 << bits - 1) if signed else 0
    groups = channels // elements
    x = RNG.integers(low, low + (1 << bits), (pixels, groups, taps, elements))
    # Windows whose values are all the lowest or all the highest leave nothing to the start value.
    x[0], x[1] = low, low + (1 << bits) - 1
    padded = RNG.random((pixels, groups, taps)) < 0.4
    padded[..., 0] &= ~padded.all(axis=-1)  # at least one tap is real
    lowest = np.where(padded[..., None], low, x).max(axis=2)
    highest = np.where(padded[..., None], low + (1 << bits) - 1, x).min(axis=2)
    y = np.where(np.array(minimum).reshape(groups, elements), highest, lowest)
    data = join_rows(x.reshape(-1, elements), bits)
    flags = padded.reshape(-1)
    words = [word | int(flag) << elements * bits for word, flag in zip(data, flags, strict=True)]
    return words, join_rows(y.reshape(-1, elements), bits)


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
@pytest.mark.parametrize(
    ("elements", "channels", "bits", "signed", "taps"),
    [
        (1, 1, 1, False, 1),
        (4, 4, 1, False, 4),
        (2, 6, 1, False, 9),
        (2, 2, 5, True, 3),
        (1, 3, 4, False, 2),
        (3, 6, 6, True, 4),
    ],
)
def test_windows_give_their_extremes(elements, channels, bits, signed, taps, pattern):
    minimum = RNG.integers(0, 2, channels).astype(bool)
    words, expected = case(elements, channels, bits, signed, taps, minimum)
    dut = PoolUnit(elements=elements, bits=bits, signed=signed, taps=taps, minimum=minimum)
    check(dut, words, expected, Fold(taps), pattern)


@pytest.mark.parametrize("pattern", PATTERNS[:2], ids=str)
@pytest.mark.parametrize(("elements", "groups", "plane"), [(1, 3, 4), (2, 2, 3), (3, 1, 12)])
def test_planes_of_one_group_of_channels_after_another_have_their_own_extremes(
    elements, groups, plane, pattern
):
    channels, taps = elements * groups, 3
    minimum = np.arange(channels) % 2 == 0
    words, expected = case(elements, channels, 4, True, taps, minimum)

    def by_plane(rows: list[int], each: int) -> list[int]:
        pixels = np.array(rows, object).reshape(-1, plane, groups, each)
        return pixels.transpose(0, 2, 1, 3).ravel().tolist()

    dut = PoolUnit(elements=elements, bits=4, signed=True, taps=taps, minimum=minimum, plane=plane)
    check(dut, by_plane(words, taps), by_plane(expected, 1), Fold(taps), pattern)


def test_full_rate_takes_one_word_a_cycle():
    words, expected = case(2, 2, 1, False, 4, [False, True])
    dut = PoolUnit(elements=2, bits=1, signed=False, taps=4, minimum=[False, True])
    assert check(dut, words, expected, Fold(4), FULL_RATE).i == list(range(48))


@pytest.mark.parametrize("reset_after", [5, 6, 7, 8])
def test_reset_forgets_the_window_begun(reset_after):
    words, expected = case(1, 2, 4, True, 3, [False, True])
    dut = PoolUnit(elements=1, bits=4, signed=True, taps=3, minimum=[False, True])
    check(dut, words, expected, Fold(3), PATTERNS[1], reset_after=reset_after)


def test_bad_parameters_are_refused():
    good: dict[str, Any] = {
        "elements": 2,
        "bits": 4,
        "signed": True,
        "taps": 4,
        "minimum": [False, False],
    }
    for name in ("elements", "bits", "taps"):
        with pytest.raises(ValueError, match=rf"^{name} must be positive, not 0$"):
            PoolUnit(**dict(good, **{name: 0}))
    with pytest.raises(
        ValueError, match=r"^minimum must be a row of a multiple of 2 channels, not shape \(3,\)$"
    ):
        PoolUnit(**dict(good, minimum=[False] * 3))
