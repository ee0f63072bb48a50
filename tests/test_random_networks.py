"""Random networks, folded at random: RTL equals golden model and simulator."""

import os
import shutil

import numpy as np
import pytest
from emitted import write_emitted
from hypothesis import given, note, seed, settings
from random_designs import random_design
from strategies import UNSHRUNK, networks, pads_with_two_levels

from hwgen.errors import ModelError
from sim.benches.verify_design import traffic_modes, verify_design
from sim.cycle import steady_state
from sim.patterns import random_traffic
from sim.stimulus import telling_images

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("g++", "make", "perl"))), reason="Verilator needs g++, make, perl"
)

EXAMPLES = int(os.environ.get("HWGEN_NETWORKS", "24"))
"""Networks in all; `make soak` asks for more."""

SIMULATOR = os.environ.get("HWGEN_SIMULATOR", "verilator")
"""What runs them; `make soak` tries the others too."""

FIRST_SEED = int(os.environ.get("HWGEN_FIRST_SEED", "100"))
"""Of the first share; other ones draw other networks."""

SHARES = 4
"""Tests that share them, so that they run side by side."""


@pytest.mark.parametrize("share", range(SHARES))
def test_each_transfer_of_random_networks_is_right(share, tmp_path_factory):
    # Shrinking would compile hundreds of benches: the network and its seed are printed instead.
    @seed(FIRST_SEED + share)
    @settings(UNSHRUNK, max_examples=-(-EXAMPLES // SHARES))
    @given(networks())
    def run(case):
        model, images = case
        number = int(images.sum()) % 2**32 + 1000 * (FIRST_SEED - 100 + share)
        rng = np.random.default_rng(number)
        if pads_with_two_levels(model):
            with pytest.raises(ModelError, match=r"in each channel's table"):
                random_design(model, rng)
            return
        design = random_design(model, rng)
        note(f"folding {design.plan.folding}, seed {number}")
        _, interval = steady_state(design.plan)
        assert interval >= design.plan.bottleneck_cycles
        folder = tmp_path_factory.mktemp("random")
        verilog = write_emitted(design, folder)
        frames = np.concatenate([images[:1], telling_images(model, 3, number)])
        verdict = verify_design(
            model,
            design.plan,
            verilog,
            frames,
            modes=traffic_modes(number, interval)
            | {f"random stalls {k}": random_traffic(number + k, interval) for k in (2, 3)},
            resets=(number, interval),
            simulator=SIMULATOR,
            work=folder / "work",
        )
        assert verdict.first_mismatch is None, (verdict, design.plan.folding)
        assert verdict.transfers_checked > 0
        shutil.rmtree(folder)

    run()
