"""Layers of more than one bit, and those that join paths: written, read back, refused."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwgen.errors import ModelError
from hwgen.model import Builder, infer_shapes, load_model, save_model
from hwgen.model.weights import pack_weights, read_weights, weight_dtype


def draw(rng: np.random.Generator, bits: int, *shape: int) -> np.ndarray:
    if bits == 1:
        return rng.choice([-1, 1], shape)
    return rng.integers(-(1 << (bits - 1)), 1 << (bits - 1), shape)


@given(bits=st.integers(1, 16), count=st.integers(1, 40), seed=st.integers(0, 99))
@settings(deadline=None)
def test_packed_weights_of_every_width_come_back(bits: int, count: int, seed: int):
    weights = draw(np.random.default_rng(seed), bits, count).astype(weight_dtype(bits))
    found = read_weights({"base64": pack_weights(weights, bits)}, (count,), Path(), bits)
    assert found.dtype == weights.dtype
    assert found.tolist() == weights.tolist()


def test_weights_of_three_bits_are_packed_lowest_bit_first():
    # 1, -1, -4: 001, 111, 100, of which the last lies in bits 6 to 8.
    packed = pack_weights(np.array([1, -1, -4], np.int8), 3)
    assert packed == "OQE="  # 0b00_111_001, 0b1


def residual() -> Builder:
    rng = np.random.default_rng(1)
    builder = Builder("res", height=8, width=8, channels=3)
    builder.conv2d(
        draw(rng, 8, 4, 3, 3, 3), "stem", padding="same", pad_pixel=0,
        weight_bits=8, weight_fraction_bits=7,
    )  # fmt: skip
    builder.relu("rectified").quantise(4, signed=False, fraction_bits=2, name="levels")
    builder.conv2d(draw(rng, 16, 4, 3, 3, 4), "deep", padding="same", pad_value=0, weight_bits=16)
    builder.add(["deep", "levels"], "sum").average_pool(2, "mean", stride=1)
    builder.concat(["mean", "mean"], "both").flatten()
    return builder.dense(draw(rng, 2, 5, 7 * 7 * 8), "scores", weight_bits=2)


def test_a_model_with_all_kinds_comes_back_as_the_same_bytes(tmp_path: Path):
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    model = residual().save(first)
    assert infer_shapes(model)["both"] == (7, 7, 8)
    again = load_model(first)
    save_model(again, second)
    assert first.read_bytes() == second.read_bytes()
    for before, after in zip(model.layers, again.layers, strict=True):
        assert (before.name, before.kind, before.inputs) == (after.name, after.kind, after.inputs)
        for key, value in vars(before).items():
            np.testing.assert_array_equal(getattr(after, key), value)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda b: b.add(["a"]), "kind 'add' reads two layers or more, not 1"),
        (lambda b: b.add(["a", "input"]),
         "adds layers of one shape, but 'a' is 2 x 2 x 2 and 'input' is 4 x 4 x 1"),
        (lambda b: b.concat(["a", "input"]),
         "joins layers of one height and width, but 'a' is 2 x 2 and 'input' is 4 x 4"),
        (lambda b: b.quantise(17, signed=False), "bits must be at most 16, not 17"),
        (lambda b: b.quantise(1, signed=True),
         "bits must be at least 2 for signed numbers: use sign for -1/+1"),
        (lambda b: b.dense([[8]], weight_bits=4), "weights must be -8 to 7 (4 bits), not 8 at"),
        (lambda b: b.dense([[0.5]], weight_bits=4), "weights must be integers, not 0.5 at [0, 0]"),
        (lambda b: b.dense([[1]], weight_bits=0), "weight_bits must be at least 1, not 0"),
        (lambda b: b.average_pool(3), "window 3 x 3 is larger than its input 2 x 2"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_sentence(make, message: str):
    builder = Builder("net", height=4, width=4, channels=1)
    builder.conv2d(np.ones((2, 3, 3, 1)), "a")
    with pytest.raises(ModelError) as error:
        make(builder)
    assert message in str(error.value)
