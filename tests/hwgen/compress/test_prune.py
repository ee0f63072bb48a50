"""Channels that tell little go, with all that is theirs."""

import numpy as np
import pytest

from hwgen.compress.activity import Activity, expected_variances
from hwgen.compress.prune import prune
from hwgen.errors import ModelError
from hwgen.model import Builder, Model, infer_shapes
from sim import golden


def residual(rng: np.random.Generator) -> Model:
    """Two convolutions that are added to each other, one beside them, a dense layer."""

    def signs(*shape: int) -> np.ndarray:
        return rng.choice([-1, 1], shape)

    def norm(count: int) -> dict[str, object]:
        beta = rng.normal(size=count)
        return {"gamma": rng.uniform(0.5, 2, count), "beta": beta, "mean": 0, "variance": 9}

    net = Builder("net", height=4, width=4, channels=2)
    net.conv2d(signs(8, 1, 1, 2), "a").batch_norm(**norm(8), name="na").sign("sa")
    net.conv2d(signs(8, 1, 1, 8), "b").batch_norm(**norm(8), name="nb").sign("sb")
    net.add(("sa", "sb"), "sum").conv2d(signs(6, 1, 1, 8), "c")
    net.batch_norm(**norm(6), name="nc").sign("sc").flatten("flat")
    return net.dense(signs(3, 96), "fc").build()


def test_the_channels_that_vary_least_go_from_all_that_make_and_read_them():
    model = residual(np.random.default_rng(1))
    variance = np.array([1, 0.1, 1, 1, 0.2, 1])
    measured = {"flat": Activity(np.zeros(96), np.tile(variance, 16))}
    made, report = prune(model, {"c": 1 / 3}, None, measured)
    assert report.kept["c"].tolist() == [0, 2, 3, 5]
    assert report.channels == {"c": (6, 4)}
    assert infer_shapes(made)["flat"] == (1, 1, 64)
    assert (made.named["c"].weights == model.named["c"].weights[[0, 2, 3, 5]]).all()
    kept = model.named["fc"].weights.reshape(3, 16, 6)[:, :, [0, 2, 3, 5]].reshape(3, 64)
    assert (made.named["fc"].weights == kept).all()
    assert made.named["nc"].gamma.tolist() == model.named["nc"].gamma[[0, 2, 3, 5]].tolist()
    assert report.to_json()["weight_bits_left"] == sum(
        layer.weights.size for layer in made.layers if hasattr(layer, "weights")
    )
    golden.run(made, np.zeros((1, 4, 4, 2), np.uint8))


def test_channels_that_are_added_to_each_other_go_together():
    model = residual(np.random.default_rng(2))
    made, report = prune(model, {"b": 0.5})
    assert report.channels == {"a": (8, 4), "b": (8, 4)}
    assert report.kept["a"].tolist() == report.kept["b"].tolist()
    assert made.named["b"].weights.shape == (4, 1, 1, 4)
    every, told = prune(model, {"c": 1 / 6}, 0.5)
    assert told.channels == {"a": (8, 4), "b": (8, 4), "c": (6, 5)}
    assert infer_shapes(every)["fc"] == (1, 1, 3)


def test_without_pictures_batch_normalisations_say_which_signs_vary():
    model = residual(np.random.default_rng(3))
    expected = expected_variances(model, "flat", {})
    assert expected is not None
    draws = np.random.default_rng(0).normal(size=(200_000, 6))
    norm = model.named["nc"]
    signs = np.where(draws * norm.gamma + norm.beta >= 0, 1, -1)
    assert expected == pytest.approx(signs.var(axis=0), abs=0.02)
    _, report = prune(model, {"c": 1 / 6})
    assert np.setdiff1d(np.arange(6), report.kept["c"]).tolist() == [int(expected.argmin())]
    assert expected_variances(model, "sum", {}) is None
    assert expected_variances(model, "input", {}) is None
    relu = Builder("r", height=1, width=1, channels=1).conv2d([[[[1]]], [[[1]]]], "c")
    relu.batch_norm(gamma=[1.0, 3.0], beta=0, mean=0, variance=1).relu("r")
    relu.quantise(4, signed=False, name="q").dense([[1, 1]], "d")
    assert expected_variances(relu.build(), "q", {}) == pytest.approx([1, 9])


@pytest.mark.parametrize(
    ("shares", "every", "message"),
    [
        ({"none": 0.5}, None, r"layer 'none': there is none of this name$"),
        ({"sc": 0.5}, None, r"layer 'sc': sign has no weights$"),
        (
            {"fc": 0.5},
            None,
            r"'fc': its channels are those of the picture or of the scores, and st",
        ),
        ({"c": 1.0}, None, r"'c': the share of channels .* between 0 and 1, not 1$"),
        ({"c": float("nan")}, None, r"between 0 and 1, not nan$"),
        ({}, 0.0, r"between 0 and 1, not 0$"),
        ({"c": 0.01}, None, r"'c': 0.01 of its 6 channels is no channel to leave out$"),
    ],
)
def test_what_makes_no_sense_is_refused(shares, every, message):
    with pytest.raises(ModelError, match=message):
        prune(residual(np.random.default_rng(4)), shares, every)


def test_a_channel_is_always_left():
    made, report = prune(residual(np.random.default_rng(5)), {"c": 0.99})
    assert report.channels == {"c": (6, 1)}
    assert infer_shapes(made)["sc"] == (4, 4, 1)
