import itertools

import pytest

from hwgen.plan.devices import DEVICES
from hwgen.plan.pipeline import LIMITS_MHZ, SLOW, choose_pipeline


@pytest.mark.parametrize("device", [d for d in DEVICES.values() if d.family in LIMITS_MHZ])
def test_a_faster_clock_never_gets_fewer_registers(device):
    chosen = [choose_pipeline(device, mhz) for mhz in range(1, 400)]
    assert chosen[0] == SLOW
    assert chosen[-1] != SLOW
    for slower, faster in itertools.pairwise(chosen):
        assert faster.matrix >= slower.matrix
        assert faster.slices >= slower.slices


def test_without_a_part_or_a_clock_the_shortest_is_taken():
    assert choose_pipeline(DEVICES["generic"], 400.0) == SLOW
    assert choose_pipeline(DEVICES["ecp5-85"], None) == SLOW
