"""Values of streams: packed and as bits."""

import numpy as np
import pytest
from golden_cases import random_pictures, random_weights

from hwgen.design import make_design
from hwgen.model.layers import Affine, Conv2d, Dense, Flatten, Input, MaxPool, Model, Padding, Sign
from sim.stage_values import stage_values
from sim.transfer_values import stream_values, stream_words


def network(channels: int, value: int) -> Model:
    """Give one whose windows hold whole bytes of a pixel, or not, by ``channels``."""
    layers = (
        Conv2d("conv", ("input",), random_weights(channels, 3, 3, 1), padding=Padding("same")),
        Sign("bits", ("conv",)),
        Conv2d(
            "second",
            ("bits",),
            random_weights(4, 3, 3, channels),
            padding=Padding("same", value=value),
        ),
        Sign("more", ("second",)),
        MaxPool("pool", ("more",), (2, 2), (2, 2)),
        Flatten("flat", ("pool",)),
        Dense("dense", ("flat",), random_weights(3, 36)),
    )
    return Model("net", Input(6, 7, 1, Affine(offset=-99)), layers)


@pytest.mark.parametrize("channels", [4, 8, 12, 16])
@pytest.mark.parametrize("value", [-1, 0, 1])
def test_words_hold_the_bits_of_the_values(channels, value):
    model = network(channels, value)
    plan = make_design(model).plan
    images = random_pictures(2, model.input)
    words, bits = stream_words(model, plan, images), stream_values(model, plan, images)
    assert list(words) == list(bits) == [stream.name for stream in plan.streams]
    for stream in plan.streams:
        size = (2 * stream.transfers_per_frame, stream.payload_bits)
        assert bits[stream.name].shape == size
        packed = np.packbits(bits[stream.name], axis=1, bitorder="little")
        np.testing.assert_array_equal(words[stream.name], packed)


def test_stages_hold_bits_as_zero_and_one_and_scores_as_they_are():
    model = network(8, 0)
    images = random_pictures(3, model.input)
    stages = stage_values(model, images)
    assert set(np.unique(stages["more"])) == {0, 1}
    assert stages["pool"].shape == (3, 3, 3, 4)
    windows = stages["more"][:, :6, :6].reshape(3, 3, 2, 3, 2, 4)
    np.testing.assert_array_equal(stages["pool"], windows.max(axis=(2, 4)))
    assert (stages["dense"] < 0).any()
