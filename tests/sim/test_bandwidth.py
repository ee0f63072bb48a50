"""What weights from outside take of their memory, and the pace that it sets."""

from fractions import Fraction

import numpy as np
import pytest
from small_networks import small_face

from hwgen.design import make_design
from sim.bandwidth import find_bandwidth
from sim.cycle import simulate, steady_state
from sim.memories import parse_memory
from sim.patterns import ALWAYS, Pattern, Traffic

FOLDING = {
    "conv1": {"pe": 8, "simd": 27, "taps": [3, 3]},
    "conv2": {"pe": 2, "simd": 4, "storage": "external", "rows": 2},
    "fc": {"pe": 4, "simd": 8, "storage": "external"},
}
PLAN = make_design(small_face(), folding=(FOLDING, "test")).plan
assert PLAN.weights is not None
WORDS = PLAN.weights.transfers_per_frame


def test_of_a_word_a_cycle_the_pace_is_the_full_rate():
    found = find_bandwidth(PLAN, ALWAYS, 24)
    assert (found.latency_cycles, found.interval_cycles) == steady_state(PLAN)
    assert (found.given, found.available) == (1, 48e6)
    assert found.words == WORDS == 2 * 576 // 16 + 128 // 16
    assert found.used == pytest.approx(2 * WORDS * 24e6 / float(found.interval_cycles))


def test_a_slow_flash_is_used_wholly_and_sets_the_pace():
    supply = parse_memory("spi:1").at(24, WORDS)
    found = find_bandwidth(PLAN, supply.pattern, 24)
    assert found.interval_cycles == supply.pattern.bits.size
    assert found.share == 1
    assert found.latency_cycles > steady_state(PLAN)[0]


def test_a_pace_that_changes_from_frame_to_frame_is_a_mean():
    pattern = Pattern(np.arange(1009) % 997 < 3)
    found = find_bandwidth(PLAN, pattern, 24)
    assert 0 < found.share <= 1
    assert found.interval_cycles > steady_state(PLAN)[1]
    assert found.interval_cycles.denominator in (1, 2, 4, 8)
    assert found.given == Fraction(int(pattern.bits.sum()), 1009)


@pytest.mark.parametrize("period", [2, 3, 7, 96])
def test_frames_that_repeat_under_a_pattern_are_those_that_are_solved(period):
    pattern = Pattern(np.arange(period) % 3 == 1 if period > 2 else np.array([True, False]))
    # The same pattern, of so long a period that nothing is ever repeated.
    long = Pattern(np.tile(pattern.bits, 100_003))
    repeated, solved = (simulate(PLAN, 9, Traffic(weights=p)) for p in (pattern, long))
    for stream in PLAN.streams:
        assert np.array_equal(repeated.transfers[stream.name], solved.transfers[stream.name])
