"""Folding: the plan's figures follow from it."""

from math import prod

import numpy as np
import pytest
from random_designs import random_design
from small_networks import small_face

from hwgen.design import make_design
from hwgen.errors import DeviceError
from hwgen.model import Builder
from hwgen.passes import lower_network
from hwgen.plan.folding import matrix_cycles
from hwgen.plan.units import MatrixPlan, WindowPlan
from hwgen.search.foldings import choose_folding


def test_the_transfers_into_each_matrix_unit_are_its_cycles():
    rng = np.random.default_rng(3)
    for _ in range(20):
        design = random_design(small_face(), rng)
        network, plan = design.network, design.plan
        stages = network.named
        for unit in plan.units:
            if not isinstance(unit, MatrixPlan):
                continue
            blocks = prod(unit.blocks)
            reads = blocks * unit.neuron_fold * unit.synapse_fold
            assert plan.inputs_of(unit)["i"].transfers_per_frame == reads
            macs = reads * unit.pe * unit.simd * unit.pixels
            assert macs == stages[unit.stage].weights.size * prod(stages[unit.stage].out_shape[:2])


def test_slots_hold_a_block_row_and_the_rows_of_the_next():
    plan = make_design(small_face(), cycles=300).plan
    for unit in plan.units:
        if isinstance(unit, WindowPlan):
            assert unit.slots == unit.full_rate_slots()
            rows = unit.slots * unit.patch[0]
            assert rows >= min(unit.rows_needed(0) + unit.row_step, unit.in_shape[0])


def test_matrix_cycles_count_writes_where_they_are_more_than_reads():
    net = Builder("net", height=8, width=8, channels=1)
    model = net.conv2d(np.ones((1, 1, 1, 1)), stride=4, name="c").build()
    network = lower_network(model)
    folding = choose_folding(network, None)["c"]
    stage = network.matrices["c"]
    assert matrix_cycles(stage, None, folding) == 64


def test_an_unknown_device_is_refused():
    with pytest.raises(DeviceError, match=r"^device must be one of hx1k, .*, not 'ice65'$"):
        make_design(small_face(), device="ice65")
