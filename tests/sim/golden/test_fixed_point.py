"""Layers of more than one bit in the golden model, against the literal reference."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwgen.errors import ModelError
from hwgen.model import Affine, Builder, Model, Quantise, infer_shapes
from sim import golden
from sim.golden import derive
from sim.golden.fixed_point import quantise
from sim.golden.forms import Form
from sim.golden.surd import Surd
from sim.golden.tensor import Tensor
from tests.naive_reference import evaluate

WIDTHS = st.sampled_from([1, 2, 3, 4, 8, 16])


def weights(rng: np.random.Generator, bits: int, *shape: int) -> np.ndarray:
    if bits == 1:
        return rng.choice([-1, 1], shape)
    return rng.integers(-(1 << (bits - 1)), 1 << (bits - 1), shape)


def norm(builder: Builder, rng: np.random.Generator, channels: int, spread: float) -> None:
    builder.batch_norm(
        rng.normal(size=channels) / spread, rng.normal(size=channels), rng.normal(size=channels),
        rng.uniform(0.1, 2, channels), 1e-3,
    )  # fmt: skip


def activation(builder: Builder, rng: np.random.Generator, bits: int) -> None:
    if bits == 1:
        builder.sign()
        return
    if rng.random() < 0.5:
        builder.relu()
    builder.quantise(bits, signed=bool(rng.random() < 0.5), fraction_bits=int(rng.integers(0, 4)))


def flat(builder: Builder) -> int:
    """Elements that the last layer so far puts out."""
    model = builder.build()
    return infer_shapes(model)[model.layers[-1].name][2]


def network(seed: int, act: int, weight: int, fraction: int) -> Model:
    rng = np.random.default_rng(seed)
    builder = Builder("net", height=5, width=4, channels=2, transform=Affine("1/64", -1))
    builder.conv2d(
        weights(rng, weight, 3, 3, 3, 2), padding="same", pad_pixel=64,
        weight_bits=weight, weight_fraction_bits=fraction,
    )  # fmt: skip
    norm(builder, rng, 3, float(1 << max(0, weight - fraction - 1)))
    if rng.random() < 0.5:
        builder.max_pool(2, stride=1)
    activation(builder, rng, act)
    builder.conv2d(
        weights(rng, weight, 4, 2, 2, 3), padding="same", pad_value=int(rng.integers(-1, 2)),
        weight_bits=weight,
    )  # fmt: skip
    norm(builder, rng, 4, float(1 << (weight - 1)))
    builder.quantise(act + 1, signed=True, fraction_bits=1).average_pool(2)
    builder.flatten()
    builder.dense(weights(rng, weight, 3, flat(builder)), weight_bits=weight)
    return builder.build()


@given(act=WIDTHS.filter(lambda b: b < 16), weight=WIDTHS, fraction=st.integers(0, 7),
       seed=st.integers(0, 999))  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_values_are_those_of_the_description(act: int, weight: int, fraction: int, seed: int):
    model = network(seed, act, weight, fraction)
    image = np.random.default_rng(seed + 1).integers(0, 256, (5, 4, 2), np.uint8)
    result = golden.run(model, image[None])
    literal = evaluate(model, image)
    for layer in model.layers:
        if isinstance(layer, Quantise):
            (unit,) = layer.scales
            found = result.tensors[layer.name][0]
            assert [int(k) * unit for k in found.reshape(-1)] == list(literal[layer.name].flat)
    last = literal[model.layers[-1].name].reshape(-1)
    real = [
        s * int(k) + o
        for s, k, o in zip(result.score_scale, result.scores[0], result.score_offset, strict=True)
    ]
    assert real == list(last)


def joined(scale: int) -> Model:
    rng = np.random.default_rng(7)
    builder = Builder("net", height=3, width=3, channels=2)
    builder.quantise(8, signed=False, name="pixels")
    builder.conv2d(
        weights(rng, 4, 2, 1, 1, 2), "a", weight_bits=4, weight_fraction_bits=scale, inputs="pixels"
    )
    builder.conv2d(weights(rng, 1, 2, 1, 1, 2), "b", inputs="pixels")
    builder.add(["a", "b", "pixels"], "sum").concat(["sum", "b"], "both")
    builder.quantise(12, signed=True, fraction_bits=1, name="steps").flatten()
    return builder.dense(weights(rng, 2, 2, 36), weight_bits=2).build()


@pytest.mark.parametrize("scale", [0, 3])
def test_joined_paths_are_those_of_the_description(scale: int):
    model = joined(scale)
    image = np.random.default_rng(3).integers(0, 256, (3, 3, 2), np.uint8)
    result = golden.run(model, image[None])
    literal = evaluate(model, image)
    steps = [Fraction(int(k), 2) for k in result.tensors["steps"][0].reshape(-1)]
    assert steps == list(literal["steps"].flat)
    unit = Fraction(1, 2**scale)
    sums = [int(k) * unit for k in result.tensors["sum"][0].reshape(-1)]
    assert sums == list(literal["sum"].flat)


def test_what_has_no_exact_meaning_is_refused():
    builder = Builder("net", height=2, width=2, channels=1)
    builder.conv2d(np.ones((1, 1, 1, 1)), "a").batch_norm(0.3, 0, 0, 2.0, name="n")
    builder.add(["n", "a"], "sum")
    image = np.zeros((1, 2, 2, 1), np.uint8)
    with pytest.raises(ModelError, match="'sum': joins values whose scales are not exact"):
        golden.run(builder.build(), image)
    builder = Builder("net", height=2, width=2, channels=1)
    builder.conv2d(np.ones((1, 1, 1, 1)), "a").relu().average_pool(2, "mean")
    with pytest.raises(ModelError, match="'mean': reads what relu left"):
        golden.run(builder.build(), image)


ROOT = Surd.root(Fraction(2))
LARGE = Fraction(10**40 + 1, 10**38)


@pytest.mark.parametrize("rounding", ["half_up", "half_even"])
@pytest.mark.parametrize(
    "ints", [[-3, -2, -1, 0, 1, 2, 3, 49] * 9, [-(2**40), -1, 0, 5, 2**61], [0, 0]]
)
@pytest.mark.parametrize(
    ("slope", "intercept"),
    [
        (Surd.of(Fraction(1, 2)), Surd.of(0)),  # halfway every other time
        (Surd.of(LARGE), Surd.of(-LARGE / 2)),  # fractions beyond 64 bits, halfway at none
        (Surd.of(Fraction(1, 2**80)), Surd.of(Fraction(1, 4))),  # near halfway, unseen by floats
        (Surd.of(Fraction(1, 98)), Surd.of(Fraction(1, 2**90) - Fraction(1, 4))),  # off in floats
        (Surd.of(Fraction(10) ** 400), Surd.of(-3)),  # beyond floats
        (ROOT, Surd.of(Fraction(1, 4)) - ROOT),  # halfway at 1 alone
        (ROOT * Fraction(1, 2**70), Surd.of(Fraction(5, 4))),
    ],
)
def test_numbers_are_rounded_exactly_whatever_they_are(slope, intercept, ints, rounding):
    layer = Quantise("q", ("x",), 4, True, (Fraction(1, 2),), rounding=rounding)
    form = Form((slope,), (intercept,), 2**61)
    found = quantise(Tensor(np.array(ints, np.int64).reshape(1, 1, -1, 1), form), layer).ints
    expected = [nearest(slope * (2 * k) + intercept * 2, rounding) for k in ints]
    assert found.ravel().tolist() == expected


def nearest(value: Surd, rounding: str) -> int:
    """Of the 4-bit integers the nearest one, by exact comparisons alone."""
    half = Surd.of(Fraction(1, 2))
    for k in range(-8, 7):
        side = (value - Surd.of(k) - half).sign()
        if side < 0 or (side == 0 and rounding == "half_even" and k % 2 == 0):
            return k
    return 7


def test_what_integers_stand_for_is_worked_out_once_for_all_batches(monkeypatch):
    model = network(1, 4, 4, 2)
    images = np.random.default_rng(1).integers(0, 256, (3, 5, 4, 2), np.uint8)
    first = golden.run(model, images)
    monkeypatch.setattr(derive, "_product_form", lambda *args: pytest.fail("worked out again"))
    again = golden.run(model, images)
    assert np.array_equal(first.scores, again.scores)
