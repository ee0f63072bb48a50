"""Words of line buffers in compiled code against those in NumPy."""

from dataclasses import replace

import numpy as np
import pytest
from random_designs import random_design
from small_networks import small_face

from hwgen.plan.units import WindowPlan
from sim.window_words import load_gather, window_words, window_words_in_numpy


@pytest.mark.parametrize("pad", [0, 1, None])
@pytest.mark.parametrize("seed", range(6))
def test_compiled_code_gives_the_words_of_numpy(seed: int, pad: int | None):
    if load_gather() is None:
        pytest.skip("needs g++")
    rng = np.random.default_rng(seed)
    plan = random_design(small_face(), rng).plan
    windows = [unit for unit in plan.units if isinstance(unit, WindowPlan)]
    assert windows
    for window in windows:
        unit = of_bytes(window, pad)
        words_in = 3 * unit.in_shape[0] * unit.in_shape[1] * unit.words_per_pixel
        words = rng.integers(0, 256, (words_in, unit.in_bits // 8), dtype=np.uint8)
        expected = window_words_in_numpy(unit, words, 3)
        found = window_words(unit, words, 3)
        assert np.array_equal(found, expected), unit
        into = np.zeros_like(found)
        assert window_words(unit, words, 3, into) is into
        assert np.array_equal(into, expected), unit


def of_bytes(unit: WindowPlan, pad: int | None) -> WindowPlan:
    """The same window over values of 8 bits, padded so or with flags."""
    pixels, bits = unit.patch[0] * unit.patch[1], unit.group * 8
    out_bits = bits * pixels + (pixels if pad is None else 0)
    return replace(unit, bits=8, in_bits=bits, out_bits=out_bits, pad=pad)
