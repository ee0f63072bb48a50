"""Random networks, lowered: the integer network computes what the golden model says."""

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from integer_reference import evaluate
from strategies import networks

from hwgen.errors import ModelError
from hwgen.model import Affine, Conv2d
from hwgen.model.layers import INPUT_NAME
from hwgen.passes import lower_network
from sim.values import stage_values

EXAMPLES = int(os.environ.get("HWGEN_LOWERED_NETWORKS", "1200"))
"""Networks in all; `make soak` asks for more."""

SHARES = 4
"""Tests that share them, so that they run side by side."""

REFUSALS = r"pads with a different level|in each channel's table"


@pytest.mark.parametrize("share", range(SHARES))
def test_each_stage_of_random_networks_computes_what_the_golden_model_says(share):
    @seed(500 + share)
    @settings(
        max_examples=-(-EXAMPLES // SHARES),
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(networks())
    def run(case):
        model, images = case
        if pads_with_two_levels(model):
            with pytest.raises(ModelError, match=REFUSALS):
                lower_network(model)
            return
        network = lower_network(model)
        expected = stage_values(model, images)
        for name, found in evaluate(network, images).items():
            if name != INPUT_NAME:
                assert np.array_equal(found, expected[name].reshape(found.shape)), name

    run()


def pads_with_two_levels(model):
    """Whether the picture's padding pixel has a level of its own in each channel's table."""
    transform = model.input.transform
    readers = [x for x in model.layers if isinstance(x, Conv2d) and x.padding.pixel is not None]
    if isinstance(transform, Affine):
        return False
    return any(np.unique(transform.values[:, x.padding.pixel]).size > 1 for x in readers)
