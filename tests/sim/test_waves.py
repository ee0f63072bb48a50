"""Waves agree with the cycles they are made from; test_vcd.py holds them against RTL."""

import numpy as np
import pytest
from random_designs import random_design
from residual_plans import residual_plan
from small_networks import small_face

from sim.cycle import simulate, steady_state
from sim.patterns import Traffic, random_traffic
from sim.waves import stream_waves

FRAMES = 3
PLANS = {
    "face": random_design(small_face(4), np.random.default_rng(4)).plan,
    "residual": residual_plan(),
}


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("seed", [None, 1, 2])
def test_words_move_where_both_sides_agree_and_nowhere_else(name, seed):
    plan = PLANS[name]
    traffic = random_traffic(seed, steady_state(plan)[1]) if seed else Traffic()
    timing, waves = simulate(plan, FRAMES, traffic), stream_waves(plan, FRAMES, traffic)
    assert waves.keys() == timing.transfers.keys()
    for stream, cycles in timing.transfers.items():
        wave = waves[stream]
        assert wave.cycles == timing.cycles
        assert np.array_equal(np.flatnonzero(wave.valid & wave.ready), cycles), stream
        assert np.array_equal(wave.moved()[cycles], np.arange(cycles.size))
        # Once high, `valid` stays until the word has moved.
        fell = wave.valid[:-1] & ~wave.valid[1:]
        assert set(np.flatnonzero(fell)) <= set(cycles)


def test_a_sink_that_accepts_after_valid_is_ready_in_the_cycles_of_transfers_only():
    waves = stream_waves(PLANS["face"], FRAMES, Traffic(ready_after=2), extra_cycles=9)
    output = waves["output"]
    assert np.array_equal(np.flatnonzero(output.ready), output.transfer)
    assert output.cycles == output.transfer[-1] + 1 + 9


def test_after_the_last_word_everything_is_ready_for_more():
    plan = PLANS["face"]
    for stream, wave in stream_waves(plan, FRAMES, extra_cycles=20).items():
        assert not wave.valid[-1]
        consumer = next((u for u in plan.units if u.name == stream.rpartition("_to_")[2]), None)
        # An unpack is ready with its last piece only, which never comes.
        assert wave.ready[-1] or type(consumer).__name__ in ("Convert", "Scores"), stream
