"""Tests the golden model against a slow, literal reading of the description."""

from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray

from hwgen.errors import ModelError
from hwgen.model.layers import (
    Affine,
    BatchNorm,
    Conv2d,
    Dense,
    Flatten,
    Input,
    Layer,
    MaxPool,
    Model,
    Padding,
    Sign,
    Table,
)
from hwgen.model.verify import verify_model
from sim import golden
from sim.golden import network
from tests import naive_reference as naive
from tests.strategies import networks

RNG_SEED = 7


def random_weights(*shape: int, seed: int = RNG_SEED) -> NDArray[np.int8]:
    return (2 * np.random.default_rng(seed).integers(0, 2, shape) - 1).astype(np.int8)


def random_pictures(frames: int, picture: Input, seed: int = RNG_SEED) -> NDArray[np.uint8]:
    shape = (frames, picture.height, picture.width, picture.channels)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def norm(
    source: str, gamma: Any, beta: Any, mean: Any, variance: Any, epsilon: float = 0.25
) -> BatchNorm:
    figures = np.broadcast_arrays(*np.atleast_1d(gamma, beta, mean, variance))
    gamma, beta, mean, variance = (f.astype(np.float64) for f in figures)
    return BatchNorm("norm", (source,), gamma, beta, mean, variance, epsilon)


def network_of(picture: Input, *layers: Layer) -> Model:
    return Model("net", picture, layers)


def exact_values(values: naive.Values) -> NDArray[Any]:
    """Give Normalised values as decimals, others as they are."""
    if isinstance(values.flat[0], naive.Normalised):
        return np.array([v.decimal() for v in values.flat], object).reshape(values.shape)
    return values


def first_largest(scores: list[Any]) -> int:
    if not isinstance(scores[0], Decimal):
        return scores.index(max(scores))
    with localcontext() as context:
        context.prec = 250
        largest = max(scores)  # of about 200 digits: what is closer than this is equal
        return next(k for k, s in enumerate(scores) if largest - s < Decimal("1e-100"))


def check_like_naive(model: Model, images: NDArray[np.uint8]) -> golden.GoldenResult:
    """Compare every tensor, the scores and the classes with the literal reference."""
    result = golden.run(model, images)
    assert list(result.tensors) == [layer.name for layer in model.layers]
    exact: dict[str, golden.Tensor] = {}
    for n, image in enumerate(images):
        expected = naive.evaluate(model, image)
        exact["input"] = golden.picture(images[n : n + 1], model.input)
        for layer in model.layers:
            name = layer.name
            x = exact[name] = network.apply(layer, exact[layer.inputs[0]])
            want = exact_values(expected[name])
            got = result.tensors[name][n]
            assert got.shape == want.shape
            if x.form.normalised:
                assert got.dtype == np.float64
                np.testing.assert_allclose(got, want.astype(np.float64), rtol=1e-9, atol=1e-9)
            else:
                np.testing.assert_array_equal(got, x.ints[0])
                values = [
                    slope.rational * int(k) + intercept.rational
                    for k, slope, intercept in zip(
                        got.flat,
                        x.form.slopes * got.size,
                        x.form.intercepts * got.size,
                        strict=False,
                    )
                    if slope.rational is not None and intercept.rational is not None
                ]
                assert values == want.ravel().tolist()
        scores = exact_values(expected[model.layers[-1].name])
        if result.classes is not None:
            assert result.classes[n] == first_largest(scores.ravel().tolist())
        np.testing.assert_allclose(
            result.float_scores[n].ravel(),
            scores.astype(np.float64).ravel(),
            rtol=1e-9,
            atol=1e-9,
        )
    if result.tensors[model.layers[-1].name].dtype != np.float64:
        last = result.tensors[model.layers[-1].name]
        np.testing.assert_array_equal(result.scores.ravel(), last.ravel())
    scale, offset = (
        np.array([float(v) for v in figures])
        for figures in (result.score_scale, result.score_offset)
    )
    np.testing.assert_allclose(result.scores * scale + offset, result.float_scores, rtol=1e-12)
    return result


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


def classes_of(scores: list[int], *layers: Layer) -> int:
    """Feed numbers through ``layers`` as if they were the scores of a dense layer."""
    levels = np.zeros((len(scores), 256), np.int64)
    levels[:, 0] = scores
    model = network_of(Input(1, 1, len(scores), Table(levels)), *layers)
    result = golden.run(model, np.zeros((1, 1, 1, len(scores)), np.uint8))
    assert result.classes is not None
    return int(result.classes[0])


def test_ties_go_to_the_lowest_class():
    assert classes_of([3, 5, 5, 5], Flatten("flat", ("input",))) == 1
    assert classes_of([5, 5], norm("input", [-1, -1], 0, 0, 1)) == 0
    assert classes_of([5, 3, 3], norm("input", [-1] * 3, 0, 0, 1)) == 1
    assert classes_of([1, 2, 3], norm("input", [0] * 3, 0, 0, 1)) == 0
    assert classes_of([-1, 4, 9], Sign("bits", ("input",))) == 1


def test_classes_with_different_irrational_scales_are_compared_exactly():
    # 1 * sqrt(8) = 2 * sqrt(2), written as 1 / sqrt(1/8) and 2 / sqrt(1/2)
    equal = norm("input", 1, 0, 0, [0.125, 0.5], 0.0)
    assert classes_of([1, 2], equal) == 0
    assert classes_of([2, 4], equal) == 0
    for k in range(3, 40, 2):  # float64 rounds k * (1 / sqrt(7)) and k / sqrt(7) apart for some k
        for factors in ([1, k], [k, 1]):
            equal = norm("input", factors, 0, 0, 7, 0.0)
            assert classes_of(factors[::-1], equal) == 0
            assert classes_of([-x for x in factors[::-1]], equal) == 0
    # 985 / sqrt(2) and the float64 nearest to it
    close = norm("input", [1, 1], [0, 985 / 2**0.5], 0, [1.75, 1e9])
    nearest = Fraction(985 / 2**0.5)
    assert classes_of([985, 0], close) == (1 if nearest**2 * 2 > 985**2 else 0)
    # Beyond float64: 1e300 * 1e300, and the tiniest differences from it
    huge = norm("input", [1e300, 1e300, -1e300], 0, [-1e300, -1e300, 0], 1e-300, 0.0)
    assert classes_of([1, 2, 3], huge) == 1
    assert classes_of([2, 2, 3], huge) == 0


def small_network() -> Model:
    return network_of(
        Input(6, 5, 2, Affine(Fraction(1), Fraction(-100))),
        Conv2d("conv", ("input",), random_weights(4, 3, 3, 2)),
        norm("conv", [1, -2, 0.5, 0], 0.5, [1, 300, -200, 0], 2.0),
        MaxPool("pool", ("norm",), (2, 2), (2, 2)),
        Sign("bits", ("pool",)),
        Flatten("flat", ("bits",)),
        Dense("dense", ("flat",), random_weights(3, 8)),
    )


def test_frames_do_not_depend_on_how_they_are_grouped(monkeypatch):
    model = small_network()
    images = random_pictures(7, model.input)
    whole = golden.run(model, images)
    seen = []
    monkeypatch.setattr(network, "BATCH_ELEMENTS", 3 * 60)
    monkeypatch.setattr("sim.golden.products.CHUNK_BYTES", 200)
    parts = golden.run(model, images, lambda done, total: seen.append((done, total)))
    assert seen == [(3, 7), (6, 7), (7, 7)]
    for name, tensor in whole.tensors.items():
        np.testing.assert_array_equal(tensor, parts.tensors[name])
        assert tensor.dtype == parts.tensors[name].dtype
    np.testing.assert_array_equal(whole.scores, parts.scores)
    check_like_naive(model, images[:2])


def test_only_the_tensors_asked_for_are_kept():
    model = small_network()
    images = random_pictures(2, model.input)
    assert golden.run(model, images, keep=False).tensors == {}
    assert list(golden.run(model, images, keep=["dense", "conv"]).tensors) == ["conv", "dense"]
    with pytest.raises(ModelError, match=r"^<memory>: layer 'nose': there is none of this name$"):
        golden.run(model, images, keep=["nose"])


def test_changing_figures_in_place_is_noticed():
    model = small_network()
    images = random_pictures(2, model.input)
    golden.run(model, images)
    conv, norm_layer = model.layers[:2]
    assert isinstance(conv, Conv2d)
    assert isinstance(norm_layer, BatchNorm)
    conv.weights[0] *= -1
    norm_layer.gamma[1] *= -1
    check_like_naive(model, images)


def test_sign_of_gives_the_bits_of_accumulators_ahead_of_any_pooling():
    model = small_network()
    images = random_pictures(2, model.input)
    tensors = golden.run(model, images).tensors
    bits = golden.sign_of(model, "conv", "norm", tensors["conv"])
    np.testing.assert_array_equal(bits, np.where(tensors["norm"] >= 0, 1, -1))
    np.testing.assert_array_equal(
        golden.sign_of(model, "input", None, images), np.where(images >= 100, 1, -1)
    )
    np.testing.assert_array_equal(
        golden.sign_of(model, "dense", (), tensors["dense"]), np.where(tensors["dense"] >= 0, 1, -1)
    )
    with pytest.raises(ModelError, match=r"^<memory>: layer 'pool': is no batch_norm"):
        golden.sign_of(model, "conv", ["pool"], tensors["conv"])
    with pytest.raises(ModelError, match=r"^<memory>: layer 'nose': there is none"):
        golden.sign_of(model, "nose", None, tensors["conv"])


@pytest.mark.parametrize("top", [2**20, 2**24, 2**31 - 1, 2**52, 2**58])
def test_sums_stay_exact_beyond_float32_and_float64(top):
    values = np.random.default_rng(1).integers(-top, top, (1, 256))
    values[0, :2] = top, top - 1
    model = network_of(
        Input(1, 3, 2, Table(values)), Conv2d("conv", ("input",), random_weights(2, 1, 3, 2))
    )
    check_like_naive(model, random_pictures(3, model.input))
    check_like_naive(model, np.zeros((1, 1, 3, 2), np.uint8))


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (
            (
                Conv2d(
                    "c", ("input",), random_weights(1, 3, 3, 2), padding=Padding("same", value=1)
                ),
            ),
            "layer 'c': a picture is padded with a pixel or true zero",
        ),
        (
            (
                Sign("s", ("input",)),
                Conv2d("c", ("s",), random_weights(1, 3, 3, 2), padding=Padding("same", pixel=1)),
            ),
            "layer 'c': only layers reading pixels pad with a pixel",
        ),
        (
            (
                norm("input", 1, 0, 0, [1, 1]),
                Conv2d("c", ("norm",), random_weights(1, 3, 3, 2)),
            ),
            "layer 'c': reads neither bits nor pixels; put a sign before it",
        ),
        (
            (norm("input", 1, 0, 0, [0, 1], 0.0),),
            r"layer 'norm': variance \+ epsilon must be positive",
        ),
    ],
    ids=["bit padding", "pixel padding", "real input", "no variance"],
)
def test_what_has_no_meaning_is_refused(layers, message):
    model = network_of(Input(4, 4, 2), *layers)
    with pytest.raises(ModelError, match=f"^<memory>: {message}$"):
        golden.run(model, random_pictures(1, model.input))


@pytest.mark.parametrize("value", [Fraction(1, 3**60), Fraction(10**30)])
def test_zero_padding_far_from_all_levels_is_refused(value):
    model = network_of(
        Input(4, 4, 2, Affine(Fraction(1), value)),
        Conv2d("c", ("input",), random_weights(1, 3, 3, 2), padding=Padding("same")),
    )
    with pytest.raises(ModelError, match=r"layer 'c': no level is near enough to what it pads"):
        golden.run(model, random_pictures(1, model.input))


def test_sums_beyond_62_bits_are_refused():
    model = network_of(
        Input(1, 1, 9, Table(np.full((1, 256), 2**59))),
        Dense("d", ("input",), random_weights(1, 9)),
    )
    with pytest.raises(ModelError, match=r"layer 'd': its sums may need more than 62 bits$"):
        golden.run(model, random_pictures(1, model.input))


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((1, 6, 5, 2), np.float32), r"must be uint8 of shape .*, not float32"),
        (np.zeros((1, 5, 6, 2), np.uint8), r"\(frames, 6, 5, 2\), not uint8 of shape \(1, 5, 6, 2"),
        (np.zeros((6, 5, 2), np.uint8), r"not uint8 of shape \(6, 5, 2\)"),
        (np.zeros((0, 6, 5, 2), np.uint8), r"at least one picture is needed"),
    ],
    ids=["floats", "turned", "one picture", "none"],
)
def test_pictures_that_do_not_fit_are_refused(images, message):
    with pytest.raises(ModelError, match=f"^<memory>: .*{message}"):
        golden.run(small_network(), images)
