"""Sums and means of values that are there already."""

import numpy as np
from integer_reference import evaluate

from hwgen.model import Builder
from hwgen.passes import lower_network
from sim.stage_values import stage_values


def signed(builder, name):
    """Numbers from -2 to 1."""
    return builder.multi_threshold([64, 128, 192], 2, name, out_bias=-2, inputs="input")


def apart(builder, weights, name):
    kernel = np.array(weights).reshape(-1, 1, 1, 1)
    return builder.conv2d(kernel, name, weight_bits=4, depthwise=True)


def test_sums_and_means_take_channels_of_several_offsets():
    builder = Builder("net", height=4, width=4, channels=2)
    apart(signed(builder, "few"), [3, -5], "one")
    apart(signed(builder, "same"), [2, 7], "other")
    builder.add(["one", "other"], "sum").average_pool(2, "mean")
    builder.multi_threshold([-3.5, 0.25, 2], 2, "steps")
    model = builder.build()
    images = np.random.default_rng(1).integers(0, 256, (20, 4, 4, 2), dtype=np.uint8)
    expected = stage_values(model, images)
    found = evaluate(lower_network(model), images)
    assert len(np.unique(found["steps"])) == 4
    for name in ("sum", "mean", "steps"):
        assert np.array_equal(found[name], expected[name].reshape(found[name].shape))


def test_channels_of_several_offsets_are_joined_side_by_side():
    builder = Builder("net", height=4, width=4, channels=2)
    apart(signed(builder, "few"), [3, -5], "one")
    builder.concat(["one", "few"], "both").multi_threshold([-3.5, 0.25, 2], 2, "steps")
    model = builder.build()
    images = np.random.default_rng(1).integers(0, 256, (20, 4, 4, 2), dtype=np.uint8)
    expected = stage_values(model, images)["steps"]
    found = evaluate(lower_network(model), images)["steps"]
    assert len(np.unique(found)) == 4
    assert np.array_equal(found, expected.reshape(found.shape))
