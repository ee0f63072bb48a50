"""Random networks, lowered: the integer network computes what the golden model says."""

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from integer_reference import evaluate
from strategies import networks, pads_with_two_levels

from hwgen.errors import ModelError
from hwgen.model.layers import INPUT_NAME
from hwgen.passes import lower_network
from sim.stage_values import stage_values

EXAMPLES = int(os.environ.get("HWGEN_LOWERED_NETWORKS", "1200"))
"""Networks in all; `make soak` asks for more."""

SHARES = 4
"""Tests that share them, so that they run side by side."""


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
            with pytest.raises(ModelError, match=r"in each channel's table"):
                lower_network(model)
            return
        network = lower_network(model)
        expected = stage_values(model, images)
        for name, found in evaluate(network, images).items():
            if name != INPUT_NAME:
                assert np.array_equal(found, expected[name].reshape(found.shape)), name

    run()
