"""Layers parted into two of low rank: what they compute, and how far that is from before."""

import numpy as np
import pytest
from plan_networks import precise, tiny

from hwgen.compress.low_rank import factorise
from hwgen.errors import ModelError
from hwgen.jobs.lossy_passes import values_of
from hwgen.model import Builder, Model, Quantise
from sim import golden

RNG = np.random.default_rng(1)
PICTURES = RNG.integers(0, 256, (40, 3, 3, 4)).astype(np.uint8)


def network(bits: int, fraction: int, rank: int, *, conv: bool = False) -> Model:
    """A layer of weights that are of a rank, but for rounding."""
    inputs = 4 if conv else 36
    weights = RNG.normal(size=(12, rank)) @ RNG.normal(size=(rank, inputs))
    weights = np.rint(weights / np.abs(weights).max() * ((1 << bits - 1) - 1)).astype(int)
    net = Builder("net", height=3, width=3, channels=4)
    form = {"weight_bits": bits, "weight_fraction_bits": fraction, "bias": 0.5}
    if conv:
        return net.conv2d(weights.reshape(12, 1, 1, 4), "fc", stride=2, **form).build()
    return net.flatten(name="flat").dense(weights, "fc", **form).build()


def difference(model: Model, made: Model) -> float:
    was, now = (golden.run(each, PICTURES, keep=False).float_scores for each in (model, made))
    return float(np.sqrt(((was - now) ** 2).sum() / ((was - 0.5) ** 2).sum()))


@pytest.mark.parametrize(("bits", "most"), [(6, 0.1), (8, 0.02), (16, 1e-4)])
@pytest.mark.parametrize("fraction", [0, 5])
def test_a_layer_of_that_rank_computes_nearly_the_same(bits, most, fraction):
    model = network(bits, fraction, 3)
    made, report = factorise(model, "fc", 3, values_of(model, "flat", PICTURES))
    assert [layer.name for layer in made.layers] == ["flat", "fc_rank", "fc_level", "fc"]
    assert (report.weights, report.weights_before, report.measured) == (3 * 48, 432, True)
    assert report.relative_error < most
    assert difference(model, made) == pytest.approx(report.relative_error, rel=0.3, abs=2e-4)


def test_without_pictures_numbers_between_reach_the_largest_that_there_can_be():
    model = network(8, 3, 3)
    made, report = factorise(model, "fc", 3)
    level = made.named["fc_level"]
    assert isinstance(level, Quantise)
    assert not report.measured
    white = np.full((1, 3, 3, 4), 255, np.uint8)
    weights = made.named["fc_rank"].weights.astype(float) * 2.0**-7
    largest = np.abs(weights).sum(axis=1).max() * 255
    assert largest <= float(level.scales[0]) * (1 << 15) < 2 * largest
    assert golden.run(made, white).tensors["fc_level"].max() < 1 << 15
    assert difference(model, made) < 0.05


def test_ranks_that_are_too_low_keep_what_varies_most_on_the_pictures():
    model = network(16, 0, 12)
    rank = [factorise(model, "fc", k, values_of(model, "flat", PICTURES))[1] for k in (2, 6, 11)]
    errors = [report.relative_error for report in rank]
    assert errors == sorted(errors, reverse=True)
    blind = difference(model, factorise(model, "fc", 6)[0])
    assert (
        difference(model, factorise(model, "fc", 6, values_of(model, "flat", PICTURES))[0]) < blind
    )


def test_a_convolution_of_one_tap_is_parted_too():
    model = network(8, 0, 2, conv=True)
    made, report = factorise(model, "fc", 2)
    assert made.named["fc_rank"].stride == (2, 2)
    assert made.named["fc"].weights.shape == (12, 1, 1, 2)
    assert difference(model, made) < 0.05
    assert max(map(len, report.line.splitlines())) <= 80


def test_what_makes_no_sense_is_refused():
    for name, rank, message in (
        ("none", 2, r"layer 'none': there is none of this name$"),
        ("conv", 2, r"only a dense layer or a 1 x 1 convolution is factorised$"),
        ("fc", 0, r"the rank of 3 x 8 weights is 1 to 3, not 0$"),
        ("fc", 4, r"the rank of 3 x 8 weights is 1 to 3, not 4$"),
    ):
        with pytest.raises(ModelError, match=message):
            factorise(precise(), name, rank)
    with pytest.raises(ModelError, match=r"a factorisation needs weights of more than one bit$"):
        factorise(tiny(), "classify", 1)
