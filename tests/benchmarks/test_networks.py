"""The networks that only the benchmarks know."""

import numpy as np

from benchmarks.networks import CNV_CYCLES, random_cnv
from hwgen.design import make_design
from hwgen.model import Sign
from sim import golden
from sim.cycle import steady_state
from sim.images import random_images


def test_cnv_has_the_published_topology_and_folds_for_its_cycles():
    plan = make_design(random_cnv(), cycles=CNV_CYCLES).plan
    assert sum(layer.macs for layer in plan.layers) == 59_461_376
    assert sum(layer.weight_bits for layer in plan.layers) == 1_542_848
    assert 16_000 < steady_state(plan)[1] <= CNV_CYCLES


def test_its_weights_come_from_the_seed_and_about_half_of_all_bits_are_set():
    model = random_cnv()
    images = random_images(model, 2, 1)
    found = golden.run(model, images)
    assert (found.scores == golden.run(random_cnv(), images).scores).all()
    assert (found.scores != golden.run(random_cnv(2), images).scores).any()
    for layer in model.layers:
        if isinstance(layer, Sign):
            assert 0.4 < np.mean(found.tensors[layer.name] > 0) < 0.6, layer.name
