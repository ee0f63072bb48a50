"""What readers make of channels."""

from fractions import Fraction

import numpy as np
import pytest

from hwgen.compress.axes import tie_channels
from hwgen.compress.facts import find_facts
from hwgen.compress.readers import readers_of
from hwgen.model import Builder, infer_shapes
from sim import golden


def last_reader(net):
    model = net.build()
    shapes = infer_shapes(model)
    return readers_of(model, shapes, find_facts(model), tie_channels(model, shapes))[-1]


def constants(value, *, size=4):
    """Two channels, the second of which is ``value`` always."""
    net = Builder("n", height=size, width=size, channels=1)
    net.conv2d(np.ones((2, 1, 1, 1), np.int8), "conv")
    return net.batch_norm([1, 0], [0, value], [5, 0], 1, 0.0).sign("bits")


@pytest.mark.parametrize("pad", [-1, 0, 1])
@pytest.mark.parametrize("weights", ["any", "none at the edges", "even"])
def test_a_share_is_what_the_sums_have_of_a_constant(pad, weights):
    rng = np.random.default_rng(2)
    kernel = rng.integers(-3, 4, (3, 3, 3, 2)).astype(np.int8)
    if weights == "none at the edges":
        kernel[:, [0, 2], :, 1] = kernel[:, :, [0, 2], 1] = 0
    net = constants(1).conv2d(
        kernel, "read", padding="same", pad_value=pad, weight_bits=3, weight_fraction_bits=1
    )
    reader = last_reader(net.sign())
    share = reader.share(1)
    assert reader.share(0) is None
    # The sums of this channel alone, at each place.
    alone = kernel.copy()
    alone[..., 0] = 0
    net = constants(1).conv2d(alone, "read", padding="same", pad_value=pad, weight_bits=3)
    sums = golden.run(net.build(), np.zeros((1, 4, 4, 1), np.uint8)).tensors["read"][0]
    flat = sums.reshape(-1, 3)
    if (flat != flat[0]).any():
        assert share is None
    else:
        assert share == [Fraction(int(x), 2) for x in flat[0]]
    assert (share is None) == (weights != "none at the edges" and pad != 1)


@pytest.mark.parametrize(
    ("tail", "hidden"),
    [
        (lambda net: net, False),
        (lambda net: net.batch_norm(1, 0, 0, 1), False),
        (lambda net: net.max_pool(2).batch_norm(1, 0, 0, 1).relu().quantise(4, signed=False), True),
        (lambda net: net.flatten().sign(), True),
        (lambda net: net.average_pool(2).sign(), False),
        (lambda net: net.sign("s").add(["s", "read"]).sign(), False),
    ],
)
def test_a_bias_is_hidden_behind_activations_on_every_way(tail, hidden):
    net = constants(1).conv2d(np.ones((2, 1, 1, 2), np.int8), "read")
    reader = last_reader(tail(net))
    assert reader.layer.name == "read"
    assert reader.hidden is hidden


def test_negatives_stand_for_channels_where_sums_turn_with_them():
    ones = np.ones((2, 3, 3, 2), np.int8)
    for pad, turns in ((0, True), (-1, False)):
        net = constants(1).conv2d(ones, "read", padding="same", pad_value=pad)
        assert last_reader(net).turns is turns
    raised = Builder("n", height=3, width=3, channels=2)
    raised.multi_threshold([1.0, 2.0], 2, out_bias=1)
    assert not last_reader(raised.conv2d(ones, "read")).turns
    assert last_reader(raised.sign()).turns


@pytest.mark.parametrize(
    ("weights", "largest"), [([-4, 3], 3), ([-5, 0], 7), ([5, 7], 7), ([1, 1], 1), ([0, 0], 0)]
)
def test_weights_take_no_more_bits_than_there_are(weights, largest):
    net = constants(1, size=1).dense(np.array([weights], np.int8), "read", weight_bits=4)
    assert last_reader(net).largest == largest
