"""Activations as stages: which becomes a multiplication, which thresholds, which is refused."""

import numpy as np
import pytest
from integer_reference import evaluate

from hwgen.errors import ModelError
from hwgen.model import INPUT_NAME, Affine, Builder
from hwgen.network import Matrix, Requantise, Threshold
from hwgen.passes import lower_network
from sim import golden
from sim.stage_values import stage_values


def lowered(bits: int, **rest):
    """Stage of a rounding of all 256 pixels, equal to the golden model and to NumPy's on each."""
    net = Builder("net", height=16, width=16, channels=1, transform=Affine(1, -100))
    model = net.quantise(bits, name="steps", **{"signed": True, **rest}).build()
    network = lower_network(model)
    images = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    found = evaluate(network, images)["steps"]
    assert np.array_equal(found, golden.run(model, images).scores)
    return network.named["steps"], found.reshape(-1)


def test_halves_that_a_shift_shows_are_a_multiplication():
    stage, found = lowered(16, scale=8, rounding="half_even")
    assert isinstance(stage, Requantise)
    assert stage.even
    assert np.array_equal(found, np.rint((np.arange(256) - 100) / 8))


def test_without_halves_nothing_is_looked_for():
    stage, found = lowered(16, scale=7, rounding="half_even")
    assert isinstance(stage, Requantise)
    assert not stage.even
    assert np.array_equal(found, np.rint((np.arange(256) - 100) / 7))


@pytest.mark.parametrize(("signed", "narrow"), [(True, False), (True, True), (False, False)])
def test_other_halves_are_thresholds(signed, narrow):
    stage, found = lowered(4, scale=6, rounding="half_even", signed=signed, narrow=narrow)
    assert isinstance(stage, Threshold)
    low, high = {(True, False): (-8, 7), (True, True): (-7, 7)}.get((signed, narrow), (0, 15))
    assert np.array_equal(found, np.clip(np.rint((np.arange(256) - 100) / 6), low, high))
    assert stage.base == low


def test_other_halves_of_more_bits_are_refused():
    with pytest.raises(ModelError, match=r"^<memory>: layer 'steps': no multiplier of 96 fraction"):
        lowered(9, scale=6, rounding="half_even")


def test_channels_of_scales_of_their_own_are_for_what_tells_channels_apart():
    def net():
        start = Builder("net", height=2, width=2, channels=2, transform=Affine("1/16", -8))
        return start.quantise(4, signed=True, scale=["3/7", 2], name="steps")

    images = np.random.default_rng(1).integers(0, 256, (4, 2, 2, 2), dtype=np.uint8)
    for model in (
        net().build(),
        net().sign().build(),
        net().batch_norm([1.5, -2], 0.25, 0, 1).quantise(3, signed=True).build(),
        net().average_pool(2).multi_threshold([0, 0.5, 2], 2).build(),
        net().flatten().max_pool(1).batch_norm(1, np.arange(8), 0, 1).sign().build(),
    ):
        expected = stage_values(model, images)
        for name, found in evaluate(lower_network(model), images).items():
            if name != INPUT_NAME:
                assert np.array_equal(found, expected[name].reshape(found.shape)), name
    ones = np.ones((1, 1, 1, 2))
    with pytest.raises(ModelError, match=r"'conv': reads channels of different scales; put a sign"):
        lower_network(net().conv2d(ones, "conv").build())
    with pytest.raises(
        ModelError, match=r"'sum': channels of 'steps' have different scales; put a "
    ):
        lower_network(net().add(["steps", "steps"], "sum").build())


def test_thresholds_ascend_for_falling_channels_too():
    net = Builder("net", height=1, width=1, channels=2)
    net.batch_norm([1, -2], 0, 0, 1).multi_threshold([[-300, 3, 9], [-400, -20, -9]], 2, "count")
    stage = lower_network(net.build()).named["count"]
    assert isinstance(stage, Threshold)
    assert stage.invert.tolist() == [False, True]
    assert (np.diff(stage.thresholds, axis=1) > 0).all()


def test_a_bias_moves_thresholds_and_is_the_offset_of_scores():
    net = Builder("net", height=1, width=1, channels=2)
    ones = np.ones((2, 1, 1, 2))
    model = net.conv2d(ones, bias=[0.5, "-1/3"]).build()
    network = lower_network(model)
    assert [str(offset) for offset in network.score_offset] == ["1/2", "-1/3"]
    assert network.score_scale == (1, 1)
    images = np.array([[[[10, 20]]]], np.uint8)
    assert golden.run(model, images).float_scores.tolist() == [[30.5, 30 - 1 / 3]]
    net = Builder("net", height=1, width=1, channels=2)
    stage = lower_network(net.conv2d(ones, bias=[-5, "-11/2"]).sign().build()).stages[0]
    assert isinstance(stage, Matrix)
    assert stage.thresholds is not None
    assert stage.thresholds.tolist() == [5, 6]
