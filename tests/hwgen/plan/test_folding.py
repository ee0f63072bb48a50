"""Folding: what is chosen, and that the plan's figures follow from it."""

from math import prod

import numpy as np
import pytest
from random_designs import random_design
from small_networks import small_face

from hwgen.design import make_design
from hwgen.errors import DeviceError, FoldingError
from hwgen.model import Builder
from hwgen.passes import lower_network
from hwgen.plan.folding import matrix_cycles
from hwgen.plan.units import MatrixPlan, WindowPlan
from hwgen.search.foldings import choose_folding
from sim.cycle import steady_state


@pytest.mark.parametrize("cycles", [64, 100, 333, 576, 5000])
def test_no_stage_takes_more_cycles_than_asked_for(cycles):
    plan = make_design(small_face(), cycles=cycles).plan
    assert plan.bottleneck_cycles <= cycles
    assert steady_state(plan)[1] == plan.bottleneck_cycles


def test_more_cycles_never_cost_more_lanes():
    def lanes(cycles):
        units = make_design(small_face(), cycles=cycles).plan.units
        return sum(u.pe * u.simd * u.pixels for u in units if isinstance(u, MatrixPlan))

    found = [lanes(cycles) for cycles in (64, 128, 256, 512, 1024, 4096)]
    assert found == sorted(found, reverse=True)


def test_a_frame_rate_is_a_cycle_count_at_the_clock():
    by_rate = make_design(small_face(), fps=10_000, clock_mhz=5).plan
    assert by_rate.folding == make_design(small_face(), cycles=500).plan.folding


def test_what_no_folding_reaches_names_the_layer_and_its_least():
    with pytest.raises(FoldingError, match=r"^<memory>: layer 'conv1': needs at least 64 cycles"):
        choose_folding(lower_network(small_face()), 63)


def test_the_transfers_into_each_matrix_unit_are_its_cycles():
    rng = np.random.default_rng(3)
    for _ in range(20):
        design = random_design(small_face(), rng)
        network, plan = design.network, design.plan
        stages = network.named
        for k, unit in enumerate(plan.units):
            if not isinstance(unit, MatrixPlan):
                continue
            blocks = prod(unit.blocks)
            reads = blocks * unit.neuron_fold * unit.synapse_fold
            assert plan.streams[k].transfers_per_frame == reads
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


@pytest.mark.parametrize("device", ["generic", "up5k"])
def test_a_rate_at_which_values_cannot_leave_is_refused(device):
    net = Builder("net", height=4, width=4, channels=1).sign("bits").build()
    assert make_design(net, device=device, cycles=16).plan.bottleneck_cycles == 16
    wide = Builder("net", height=2, width=4, channels=3).sign("bits").build()
    with pytest.raises(
        FoldingError,
        match=r"^<memory>: layer 'bits': its 24 values leave one a cycle, so a frame needs more "
        r"than the 23 cycles asked for$",
    ):
        make_design(wide, device=device, cycles=23)
