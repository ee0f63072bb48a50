"""Who reads whom in an integer network."""

from dataclasses import replace

import numpy as np

from hwgen.model import Builder
from hwgen.network import INPUT, IntegerNetwork, Matrix
from hwgen.passes import lower_network


def parting() -> IntegerNetwork:
    rng = np.random.default_rng(2)
    builder = Builder("net", height=4, width=4, channels=2)
    builder.conv2d(rng.choice([-1, 1], (2, 1, 1, 2)), "first").sign("bits")
    builder.conv2d(rng.choice([-1, 1], (2, 1, 1, 2)), "second").sign("more")
    builder.add(["more", "bits", "bits"], "sum").sign("last").flatten()
    builder.dense(rng.choice([-1, 1], (3, 32)), "scores")
    return lower_network(builder.build())


def test_a_stage_that_reads_another_twice_is_there_twice():
    network = parting()
    assert [s.name for s in network.readers("first")] == ["second", "sum", "sum"]
    assert [s.name for s in network.readers(INPUT)] == ["first"]
    assert network.readers(network.stages[-1].name) == ()


def test_stages_are_found_by_name_and_matrix_stages_in_their_order():
    network = parting()
    assert all(network.named[stage.name] is stage for stage in network.stages)
    assert list(network.matrices) == ["first", "second", "scores"]
    assert all(isinstance(stage, Matrix) for stage in network.matrices.values())
    assert network.following("second") is network.named["sum"]
    assert network.following("scores") is None


def test_only_a_network_whose_stages_read_the_one_ahead_is_a_chain():
    network = parting()
    assert not network.is_chain
    chain = replace(network, stages=network.stages[:2])
    assert chain.is_chain
    assert [s.name for s in chain.readers("second")] == []
    skipped = replace(chain.stages[1], source=INPUT)
    assert not replace(chain, stages=(chain.stages[0], skipped)).is_chain
