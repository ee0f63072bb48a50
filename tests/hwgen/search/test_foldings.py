"""The cheapest folding for a rate, without a device."""

import pytest
from small_networks import small_face

from hwgen.design import make_design
from hwgen.errors import FoldingError
from hwgen.model import Builder
from hwgen.passes import lower_network
from hwgen.plan.units import MatrixPlan
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
