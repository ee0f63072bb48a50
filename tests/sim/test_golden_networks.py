"""Whole networks in the golden model: classes, batches, exactness and refusals."""

from fractions import Fraction

import numpy as np
import pytest
from golden_cases import (
    check_like_naive,
    network_of,
    norm,
    random_pictures,
    random_weights,
)

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
from sim import golden
from sim.golden import network


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
            "layer 'c': reads neither bits nor pixels nor fixed point; "
            "put a sign or a quantise before it",
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
