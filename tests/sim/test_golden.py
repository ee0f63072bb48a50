"""Layers of the golden model against a slow, literal reading of the description."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from golden_cases import (
    RNG_SEED,
    check_like_naive,
    network_of,
    norm,
    random_pictures,
    random_weights,
)
from hypothesis import given, settings
from strategies import networks

from hwgen.model.layers import (
    Affine,
    BatchNorm,
    Conv2d,
    Dense,
    Input,
    MaxPool,
    Padding,
    Sign,
    Table,
)
from hwgen.model.verify import verify_model
from sim import golden


@settings(max_examples=120, deadline=None, derandomize=True)
@given(networks(max_size=7, max_channels=4))
def test_random_networks_equal_the_literal_reference(drawn):
    model, images = drawn
    verify_model(model)
    check_like_naive(model, images)


PADDINGS = [
    Padding(),
    Padding("same", value=-1),
    Padding("same", value=0),
    Padding("same", value=1),
    Padding("explicit", 2, 0, 1, 3, value=-1),
    Padding("explicit", 0, 1, 0, 0, value=0),
    Padding("explicit", 1, 2, 3, 0, value=1),
]


@pytest.mark.parametrize("stride", [(1, 1), (2, 3), (3, 1)])
@pytest.mark.parametrize("kernel", [(1, 1), (3, 3), (2, 5), (5, 1)])
@pytest.mark.parametrize("padding", PADDINGS, ids=lambda p: f"{p.mode}{p.value}")
def test_convolution_of_bits_equals_loops(padding, kernel, stride):
    picture = Input(7, 6, 3, Affine(Fraction(1), Fraction(-128)))
    model = network_of(
        picture,
        Sign("bits", ("input",)),
        Conv2d("conv", ("bits",), random_weights(4, *kernel, 3), stride, padding),
    )
    check_like_naive(model, random_pictures(1, picture))


TRANSFORMS = [
    Affine(),
    Affine(Fraction(1, 128), Fraction(-1)),
    Affine(Fraction(-3, 7), Fraction(3, 7) * 255),
    Affine(Fraction(2, 255), Fraction(-1)),  # zero lies between two pixels
    Affine(Fraction(1), Fraction(5)),  # zero lies below all pixels
    Table(np.arange(-128, 128)[np.newaxis], Fraction(1, 3)),
    Table(np.random.default_rng(3).integers(-9, 5, (2, 256)), Fraction(-2)),
]


@pytest.mark.parametrize("transform", TRANSFORMS, ids=range(len(TRANSFORMS)))
@pytest.mark.parametrize(
    "padding",
    [
        Padding(),
        Padding("same", value=0),
        Padding("explicit", 1, 0, 2, 1, pixel=200),
        Padding("same", pixel=0),
    ],
    ids=["valid", "zero", "pixel200", "pixel0"],
)
def test_convolution_of_a_picture_keeps_its_real_values_exactly(transform, padding):
    picture = Input(5, 4, 2, transform)
    conv = Conv2d("conv", ("input",), random_weights(3, 3, 3, 2), (1, 2), padding)
    check_like_naive(network_of(picture, conv), random_pictures(2, picture))
    check_like_naive(
        network_of(picture, conv, norm("conv", [2, -1, 0], -0.5, 3, 0.75), Sign("bits", ("norm",))),
        random_pictures(2, picture),
    )


def test_scores_of_a_dense_layer_on_pixels_come_with_scale_and_offset():
    picture = Input(1, 1, 3, Affine(Fraction(1, 3), Fraction(-7, 5)))
    weights = np.array([[1, 1, 1], [1, -1, -1]], np.int8)
    model = network_of(picture, Dense("dense", ("input",), weights))
    result = golden.run(model, np.array([[[[10, 20, 30]]]], np.uint8))
    assert result.scores.tolist() == [[60, -40]]
    assert result.score_scale == (Fraction(1, 3), Fraction(1, 3))
    assert result.score_offset == (Fraction(-21, 5), Fraction(7, 5))
    assert result.float_scores[0].tolist() == pytest.approx([15.8, -40 / 3 + 1.4])
    assert result.classes is not None
    assert result.classes.tolist() == [0]


def sign_thresholds(layer: BatchNorm, channel: int, low: int, high: int) -> list[int]:
    """Sign of the float formula at each integer; integers too close to call give 0."""
    gamma, beta, mean, variance = (
        float(f[channel]) for f in (layer.gamma, layer.beta, layer.mean, layer.variance)
    )
    signs = []
    for x in range(low, high + 1):
        value = gamma * (x - mean) / (variance + layer.epsilon) ** 0.5 + beta
        signs.append(0 if abs(value) < 1e-9 and value != 0 else 1 if value >= 0 else -1)
    return signs


@pytest.mark.parametrize("scale", [1.0, 1e-3, 1e6])
def test_sign_of_batch_norm_equals_the_float_formula_at_every_integer(scale):
    rng = np.random.default_rng(RNG_SEED)
    count, reach = 60, 30
    gamma = np.concatenate([rng.normal(size=count - 6), [0.0, -0.0, 1, -1, 1e-300, -1e300]])
    beta = rng.normal(size=count) * scale
    layer = norm("x", gamma, beta, rng.normal(size=count) * 10, rng.random(count) * scale, 1e-5)
    every = np.arange(-reach, reach + 1)
    x = golden.Tensor.of(np.repeat(every[:, None, None, None], count, axis=3))
    bits = golden.sign(golden.batch_norm(x, layer)).ints[:, 0, 0]
    for channel in range(count):
        expected = np.array(sign_thresholds(layer, channel, -reach, reach))
        clear = expected != 0
        assert clear.sum() >= len(every) - 1
        np.testing.assert_array_equal(bits[clear, channel], expected[clear])


def test_sign_is_exact_at_both_neighbours_of_every_threshold():
    """Each channel's value is zero, or a hair off, at an integer ``at``."""
    hair = 2.0**-40
    cases = []
    for gamma in (3.0, 0.1, -3.0, -0.1):
        for at in (-17, 0, 2, 16):
            # sqrt(3.75 + 0.25) = 2: beta cancels the rest exactly where figures are dyadic.
            for off, at_is in ((0.0, 1), (hair, 1), (-hair, -1)):
                cases.append((gamma, off, float(at), 3.75, at, at_is))
            cases.append((3.0 * np.sign(gamma), 6.0, float(at) + 4 * np.sign(gamma), 3.75, at, 1))
    gamma, beta, mean, variance, at, at_is = (np.array(c) for c in zip(*cases, strict=True))
    layer = norm("x", gamma, beta, mean, variance)
    ints = (at + np.array([-1, 0, 1])[:, None]).astype(np.int64)[:, None, None]
    bits = golden.sign(golden.batch_norm(golden.Tensor.of(ints), layer)).ints[:, 0, 0]
    np.testing.assert_array_equal(bits[0], -np.sign(gamma))
    np.testing.assert_array_equal(bits[1], at_is)
    np.testing.assert_array_equal(bits[2], np.sign(gamma))


@pytest.mark.parametrize(("beta", "bit"), [(0.0, 1), (1e-300, 1), (-1e-300, -1)])
def test_a_gamma_of_zero_gives_the_sign_of_beta(beta, bit):
    x = golden.Tensor.of(np.arange(-5, 6).reshape(1, 1, 11, 1))
    assert (golden.sign(golden.batch_norm(x, norm("x", 0, beta, 3, 1))).ints == bit).all()


def test_two_batch_normalisations_with_different_roots_stay_exact():
    """``(x / sqrt(2) - 1) / sqrt(3) + 1`` and its like, at integers around their zeros."""
    first = norm("x", [1, 1, -1, 5], [0, 0, 1, -2], [0, 3, 1, 2], [1.75, 1.75, 4.75, 2.75])
    second = norm("norm", [1, -2, 3, -1], [1, 0, 0, 0.5], [1, 0, 0, -1], [2.75, 0, 1.75, 6.75])
    every = np.arange(-12, 13)
    x = golden.Tensor.of(np.repeat(every[:, None, None, None], 4, axis=3))
    bits = golden.sign(golden.batch_norm(golden.batch_norm(x, first), second)).ints[:, 0, 0]
    for n, k in enumerate(every.tolist()):
        for c in range(4):
            value = Decimal(k)
            for layer in (first, second):
                root = Decimal(float(layer.variance[c]) + layer.epsilon).sqrt()
                value = Decimal(float(layer.gamma[c])) * (value - Decimal(float(layer.mean[c])))
                value = value / root + Decimal(float(layer.beta[c]))
            assert bits[n, c] == (1 if value > Decimal("-1e-20") else -1), (k, c)


@pytest.mark.parametrize("order", ["pool first", "norm first"])
@pytest.mark.parametrize("ceil", [False, True])
@pytest.mark.parametrize(
    ("window", "stride"), [((2, 2), (2, 2)), ((3, 2), (2, 1)), ((1, 2), (3, 3))]
)
def test_pooling_before_and_after_batch_norm_differ_as_they_should(order, ceil, window, stride):
    picture = Input(7, 5, 2, Affine(Fraction(1), Fraction(-128)))
    conv = Conv2d("conv", ("input",), random_weights(4, 2, 2, 2))
    figures = ([1.5, -1.5, 0, -0.1], [0, 0.5, -1, 1], [20, -30, 4, 50], [1, 2, 3, 4])
    if order == "pool first":
        middle = (MaxPool("pool", ("conv",), window, stride, ceil), norm("pool", *figures))
        last = "norm"
    else:
        middle = (norm("conv", *figures), MaxPool("pool", ("norm",), window, stride, ceil))
        last = "pool"
    model = network_of(picture, conv, *middle, Sign("bits", (last,)))
    check_like_naive(model, random_pictures(2, picture))


def test_ceil_pooling_keeps_overhanging_windows_and_starts_none_outside():
    x = golden.Tensor.of(np.arange(-25, 0).reshape(1, 5, 5, 1))
    pooled = golden.max_pool(x, MaxPool("pool", ("x",), (2, 2), (2, 2), ceil=True))
    assert pooled.ints[0, :, :, 0].tolist() == [[-19, -17, -16], [-9, -7, -6], [-4, -2, -1]]
    pooled = golden.max_pool(x, MaxPool("pool", ("x",), (2, 2), (2, 2)))
    assert pooled.ints[0, :, :, 0].tolist() == [[-19, -17], [-9, -7]]
    pooled = golden.max_pool(x, MaxPool("pool", ("x",), (1, 1), (5, 5), ceil=True))
    assert pooled.ints.shape == (1, 1, 1, 1)


def test_signs_of_a_picture_and_of_signs_need_no_batch_norm():
    picture = Input(1, 4, 1, Affine(Fraction(1), Fraction(-128)))
    model = network_of(picture, Sign("a", ("input",)), Sign("b", ("a",)))
    images = np.array([0, 127, 128, 255], np.uint8).reshape(1, 1, 4, 1)
    result = golden.run(model, images)
    assert result.tensors["b"].ravel().tolist() == [-1, -1, 1, 1]
    assert result.scores.dtype == np.int8
    assert result.scores.shape == (1, 1, 4, 1)
    assert result.classes is None
