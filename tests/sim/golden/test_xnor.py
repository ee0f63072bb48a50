"""Products of packed bits against the same layers on plain integers."""

import numpy as np
import pytest
from golden_cases import norm, random_weights
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hwgen.model.layers import Conv2d, Dense, MaxPool, Padding
from sim import golden
from sim.golden import xnor
from sim.golden.inner import xnor_products
from sim.golden.packed import PackedBits


def both_ways(*shape: int, seed: int = 0) -> tuple[golden.Tensor, golden.Tensor]:
    """Give the same random bits packed and as plain integers."""
    bits = (2 * np.random.default_rng(seed).integers(0, 2, shape) - 1).astype(np.int8)
    plain = golden.Tensor.of(bits)
    packed = golden.sign(plain)
    assert isinstance(packed.stored, PackedBits)
    assert not isinstance(plain.stored, PackedBits)
    return packed, plain


def check_same(actual: golden.Tensor, expected: golden.Tensor) -> None:
    np.testing.assert_array_equal(actual.ints, expected.ints)
    assert actual.form.peak == expected.form.peak


paddings = st.one_of(
    st.just(Padding()),
    st.builds(Padding, st.just("same"), value=st.sampled_from([-1, 0, 1])),
    st.builds(
        Padding, st.just("explicit"), *[st.integers(0, 3)] * 4, value=st.sampled_from([-1, 0, 1])
    ),
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    frames=st.integers(1, 4),
    height=st.integers(1, 9),
    width=st.integers(1, 9),
    channels=st.integers(1, 200),
    out=st.integers(1, 20),
    kernel=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    stride=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    padding=paddings,
    block=st.sampled_from([1, 7, 50, xnor.BLOCK]),
)
def test_convolution_of_packed_bits_equals_that_of_integers(
    frames, height, width, channels, out, kernel, stride, padding, block
):
    extra = (padding.top + padding.bottom, padding.left + padding.right)
    if padding.mode != "same":
        assume(height + extra[0] >= kernel[0])
        assume(width + extra[1] >= kernel[1])
    packed, plain = both_ways(frames, height, width, channels)
    weights = random_weights(out, *kernel, channels)
    layer = Conv2d("conv", ("x",), weights, stride, padding)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(xnor, "BLOCK", block)
        check_same(golden.conv2d(packed, layer), golden.conv2d(plain, layer))


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (3, 2, 3, 21), (2, 4, 4, 64), (1, 1, 1, 1000)])
def test_dense_layer_on_packed_bits_equals_that_on_integers(shape):
    packed, plain = both_ways(*shape)
    layer = Dense("dense", ("x",), random_weights(5, int(np.prod(shape[1:]))))
    check_same(golden.dense(packed, layer), golden.dense(plain, layer))


@pytest.mark.parametrize("inputs", [16_384, 32_766, 32_767, 40_000])
def test_sums_at_the_end_of_a_type_do_not_wrap(inputs):
    """All bits agree, or all differ; doubling on the way leaves 16 bits."""
    x = golden.sign(golden.Tensor.of(np.ones((1, 1, 1, inputs), np.int8)))
    ones = np.ones((1, inputs), np.int8)
    layer = Dense("dense", ("x",), np.concatenate([ones, -ones]))
    sums = golden.dense(x, layer).ints
    assert sums.ravel().tolist() == [inputs, -inputs]
    assert sums.dtype == (np.int16 if inputs < 32_767 else np.int32)


@pytest.mark.parametrize("ceil", [False, True])
@pytest.mark.parametrize("channels", [3, 64, 70])
def test_maxima_of_packed_bits_equal_those_of_integers(ceil, channels):
    packed, plain = both_ways(2, 7, 6, channels)
    gamma = np.where(np.arange(channels) % 3 == 1, -1.5, 2.0)
    layer = MaxPool("pool", ("x",), (3, 2), (2, 3), ceil)
    for make in (lambda x: x, lambda x: golden.batch_norm(x, norm("x", gamma, 0, 0, 1))):
        expected = golden.max_pool(make(plain), layer)
        actual = golden.max_pool(make(packed), layer)
        np.testing.assert_array_equal(actual.ints, expected.ints)
        np.testing.assert_array_equal(actual.floats(), expected.floats())


@pytest.mark.parametrize(
    "size", [(1, 1, 1), (3, 5, 64), (9, 4, 63), (2, 7, 200), (30, 3, 9), (70, 5, 37)]
)
@pytest.mark.parametrize("kind", [np.int16, np.int32, np.int64])
@pytest.mark.parametrize("all_differ", [False, True])
def test_compiled_sums_are_those_of_numpy(
    size: tuple[int, int, int], kind: type[np.integer], all_differ: bool
):
    words, outputs, pixels = size
    rng = np.random.default_rng(words)
    patches = rng.integers(0, 2**64, (words, pixels), dtype=np.uint64)
    weights = rng.integers(0, 2**64, (words, outputs), dtype=np.uint64)
    if all_differ:
        patches[:], weights[:] = 2**64 - 1, 0
    # Rows of sums need not follow each other in memory.
    found, expected = np.zeros((2, outputs, pixels + 5), kind)
    if not xnor_products(patches, weights, 64 * words, found[:, 2:-3]):
        pytest.skip("needs g++")
    xnor.sum_in_numpy(patches, weights, 64 * words, expected[:, 2:-3])
    np.testing.assert_array_equal(found, expected)
    assert found.any()
