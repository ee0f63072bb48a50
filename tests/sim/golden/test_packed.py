"""Packed bits against the arrays that they stand for."""

import numpy as np
import pytest

from sim.golden.packed import PackedBits, pack


def random_fires(*shape: int) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 2, shape).astype(np.bool_)


@pytest.mark.parametrize("channels", [1, 7, 8, 9, 63, 64, 65, 100, 128, 200])
@pytest.mark.parametrize("channels_first", [False, True])
def test_packing_and_unpacking_give_the_same_bits(channels, channels_first):
    fires = random_fires(3, 4, 5, channels)
    if channels_first:  # in memory
        fires = np.moveaxis(np.ascontiguousarray(np.moveaxis(fires, -1, 0)), 0, -1)
    packed = pack(fires)
    assert packed.shape == fires.shape
    np.testing.assert_array_equal(packed.booleans(), fires)
    np.testing.assert_array_equal(packed.ints(), np.where(fires, 1, -1))
    assert packed.ints().dtype == np.int8


def test_channels_lie_in_words_as_documented():
    fires = np.zeros((1, 1, 2, 130), np.bool_)
    for channel in (0, 5, 63, 64, 129):
        fires[0, 0, 1, channel] = True
    words = pack(fires).words
    assert words.dtype == np.uint64
    assert words[:, 0, 0].tolist() == [[0, 1 << 63 | 1 << 5 | 1], [0, 1], [0, 2]]


@pytest.mark.parametrize("channels", [1, 13, 64, 65, 128])
def test_flattening_keeps_the_order_with_channels_fastest(channels):
    fires = random_fires(2, 3, 4, channels)
    flat = pack(fires).flattened()
    assert flat.shape == (2, 1, 1, 12 * channels)
    np.testing.assert_array_equal(flat.booleans(), fires.reshape(2, 1, 1, -1))


@pytest.mark.parametrize("channels", [64, 70])
def test_no_frames_are_packed_too(channels):
    packed = pack(np.zeros((0, 2, 3, channels), np.bool_))
    assert packed.shape == (0, 2, 3, channels)
    assert packed.ints().shape == (0, 2, 3, channels)
    flat = packed.flattened()
    assert isinstance(flat, PackedBits)
    assert flat.shape == (0, 1, 1, 6 * channels)
