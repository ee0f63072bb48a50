import itertools

import pytest

from hwgen.families.devices import DEVICES, PARTS
from hwgen.families.fabric import SHORTEST
from hwgen.plan.pipeline import choose_pipeline


@pytest.mark.parametrize("device", PARTS.values())
def test_a_faster_clock_never_gets_fewer_registers(device):
    chosen = [choose_pipeline(device, mhz) for mhz in range(1, 400)]
    assert chosen[0] == SHORTEST
    assert chosen[-1] != SHORTEST
    for slower, faster in itertools.pairwise(chosen):
        assert faster.matrix >= slower.matrix
        assert faster.slices >= slower.slices


def test_without_a_part_or_a_clock_the_shortest_is_taken():
    assert choose_pipeline(DEVICES["generic"], 400.0) == SHORTEST
    assert choose_pipeline(DEVICES["ecp5-85"], None) == SHORTEST
