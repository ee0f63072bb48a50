"""What layers and buffers did: counted again cycle by cycle, and proven by smaller buffers."""

from dataclasses import replace

import numpy as np
import pytest
from random_designs import random_design
from residual_plans import residual_plan
from small_networks import small_face

from hwgen.design import make_design
from hwgen.errors import ModelError
from hwgen.plan.units import MapPlan, MatrixPlan, WindowPlan
from sim.activity import Activity, FifoTally, Tally, main_streams
from sim.cycle import chunks, simulate, steady_state
from sim.flow import Wanted
from sim.patterns import Pattern, Traffic, random_traffic
from sim.waves import stream_waves

FRAMES = 5
SEEDS = range(6)


def count(plan, traffic, frames=FRAMES, chunk_words=1) -> Activity:
    tally = Tally(plan)
    for chunk in chunks(plan, frames, traffic, chunk_words=chunk_words):
        tally.add(chunk)
    return tally.result()


def case(seed):
    """A design and traffic; the last ones at full rate, where frames are repeated, not solved."""
    plan = random_design(small_face(seed), np.random.default_rng(seed)).plan
    _, interval = steady_state(plan)
    return plan, random_traffic(seed, interval) if seed < 4 else Traffic()


@pytest.mark.parametrize("seed", SEEDS)
def test_busy_starved_and_blocked_cycles_are_those_of_the_waveform(seed):
    plan, traffic = case(seed)
    activity, waves = count(plan, traffic), stream_waves(plan, FRAMES, traffic)
    assert activity.cycles == waves["output"].cycles
    streams = main_streams(plan)
    assert [x.name for x in activity.layers] == [x.name for x in plan.layers if x.cycles]
    for layer in activity.layers:
        wave = waves[streams[layer.name].name]
        busy = wave.valid & wave.ready
        last = int(np.flatnonzero(busy)[-1])
        unit = plan.unit(layer.name)
        waiting = 0
        blocked = ~busy[:last] & ~wave.ready[:last]
        if isinstance(unit, MatrixPlan) and unit.external:
            room = has_room(plan, waves, unit)
            weights = waves[plan.inputs_of(unit)["i_weights"].name]
            waiting = (wave.valid & room & ~weights.valid).sum()
            blocked &= ~room[:last]
        starved = activity.cycles - busy.sum() - blocked.sum() - waiting
        assert (layer.busy_cycles, layer.starved_cycles) == (busy.sum(), starved)
        assert (layer.blocked_cycles, layer.waiting_cycles) == (blocked.sum(), waiting)
        assert layer.utilisation == busy.mean()


def has_room(plan, waves, unit):
    """Whether a layer could take the next word in each cycle, but for its weights."""
    ins, outs = (waves[f(unit)[p].name] for f, p in ((plan.inputs_of, "i"), (plan.outputs_of, "o")))
    fold, rest = np.divmod(ins.moved(), unit.hold * unit.synapse_fold)
    ended = np.maximum(rest - unit.hold * (unit.synapse_fold - 1), 0)
    gives = rest >= unit.hold * (unit.synapse_fold - 1)
    return ~gives | (fold * unit.hold + ended - outs.moved() < unit.depth)


def test_some_of_these_layers_wait_for_weights():
    waits = [x.waiting_cycles for seed in SEEDS for x in count(*case(seed)).layers]
    assert sum(cycles > 0 for cycles in waits) > 1


def levels(plan, waves, buffer):
    """Places of a buffer in use in each cycle."""
    unit = next(u for u in plan.units if u.name == buffer.unit)
    ins, outs = waves[plan.inputs_of(unit)["i"].name], waves[plan.outputs_of(unit)["o"].name]
    if isinstance(unit, MapPlan):
        return rows_used(unit, ins, outs)
    if not isinstance(unit, WindowPlan):
        entered = ins.moved()
        if isinstance(unit, MatrixPlan):
            # Of each fold of words that meet a weight word each the last ones give an output.
            fold, rest = np.divmod(entered, unit.hold * unit.synapse_fold)
            entered = fold * unit.hold + np.maximum(rest - unit.hold * (unit.synapse_fold - 1), 0)
        return (entered - outs.moved()).tolist()
    height, width, _ = unit.in_shape
    begins = set(ins.transfer[:: width * unit.words_per_pixel].tolist())
    reads = unit.blocks[1] * unit.words_per_block
    freed = set(outs.offered[reads - 1 :: reads].tolist())
    found, rows, blocks = [], 0, 0
    for cycle in range(ins.cycles):
        rows, blocks = rows + (cycle in begins), blocks + (cycle in freed)
        newest = (rows - 1) // height * unit.frame_bank_rows + unit.bank_row((rows - 1) % height)
        oldest = blocks // unit.blocks[0] * unit.frame_bank_rows + unit.oldest_bank_row(
            blocks % unit.blocks[0]
        )
        found.append(newest - oldest + 1 if rows else 0)
    return found


def rows_used(unit, ins, outs):
    """Rows, or whole maps, from the oldest in use to the one being written, in each cycle."""
    whole, height = unit.whole, unit.in_shape[0]
    begins = set(ins.transfer[:: unit.words_per_map // height * whole].tolist())
    freed = set(outs.offered[unit.reads_per_pass - 1 :: unit.reads_per_pass].tolist())
    found, rows, passes = [], 0, 0
    for cycle in range(ins.cycles):
        rows, passes = rows + whole * (cycle in begins), passes + (cycle in freed)
        number, at = divmod(passes, unit.passes)
        found.append((rows - number * height - unit.oldest_row(at)) // whole)
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_high_water_marks_are_the_most_in_use_in_any_cycle(seed):
    plan, traffic = case(seed)
    waves = stream_waves(plan, FRAMES, traffic)
    uses = count(plan, traffic).buffers
    assert [u.buffer for u in uses] == plan.buffers()
    for use in uses:
        assert use.high_water == max(levels(plan, waves, use.buffer)), use
        assert 0 < use.high_water <= use.buffer.size


@pytest.mark.parametrize("seed", SEEDS)
def test_a_buffer_is_missed_once_it_is_smaller_than_its_high_water_mark(seed):
    plan, traffic = case(seed)
    right = simulate(plan, FRAMES, traffic).transfers

    def same(unit: str, size: int) -> bool:
        try:
            found = simulate(plan.with_buffers({unit: size}), FRAMES, traffic).transfers
        except ModelError:  # deadlock
            return False
        return all(np.array_equal(found[name], right[name]) for name in right)

    for use in count(plan, traffic).buffers:
        unit, mark = use.buffer.unit, use.high_water
        # A FIFO that is full takes no word in the cycle in which it gives one.
        enough = mark if use.buffer.kind == "lines" else min(mark + 1, use.buffer.size)
        assert same(unit, enough), use
        if mark > use.buffer.least:
            assert not same(unit, mark - 1), use


def test_counts_do_not_depend_on_how_many_frames_are_solved_at_a_time():
    plan, traffic = case(1)
    assert count(plan, traffic, chunk_words=1) == count(plan, traffic, chunk_words=1 << 20)


def test_a_sink_that_hardly_accepts_blocks_every_layer():
    plan = make_design(small_face()).plan
    ready = np.zeros(4000, np.bool_)
    ready[-1] = True
    activity = count(plan, Traffic(ready=Pattern(ready)), frames=8)
    for layer in activity.layers:
        assert layer.cycles == activity.cycles
        assert layer.blocked_cycles > layer.busy_cycles
    lines = [u for u in activity.buffers if u.buffer.kind == "lines"]
    assert all(u.high_water == u.buffer.size for u in lines)


def test_steady_utilisation_is_that_of_whole_intervals():
    plan = make_design(small_face()).plan
    _, interval = steady_state(plan)
    activity, frames = count(plan, Traffic(), frames=20), 8
    timing = simulate(plan, 20)
    for layer in activity.layers:
        stream = main_streams(plan)[layer.name]
        cycles = timing.transfers[stream.name]
        begin = int(cycles[8 * stream.transfers_per_frame])
        inside = ((cycles >= begin) & (cycles < begin + frames * interval)).mean()
        inside *= cycles.size / (frames * interval)
        assert layer.steady_utilisation(interval) == pytest.approx(inside, abs=1e-12)
    most = max(x.steady_utilisation(interval) for x in activity.layers)
    assert {x.steady_utilisation(interval) for x in activity.bottlenecks()} == {most}


def test_paths_that_meet_are_counted_as_well():
    plan = residual_plan()
    activity = count(plan, Traffic())
    assert activity.layers == ()
    assert {u.buffer.unit for u in activity.buffers} == {"window", "branch", "skip"}
    skip = next(u for u in activity.buffers if u.buffer.unit == "skip")
    shallow = plan.with_buffers({"skip": skip.high_water - 1})
    into = "split_to_skip"
    assert not np.array_equal(
        simulate(shallow, FRAMES).transfers[into], simulate(plan, FRAMES).transfers[into]
    )


def test_the_first_frame_ends_with_the_latency():
    plan, traffic = case(2)
    assert count(plan, traffic).latency_cycles == simulate(plan, 1, traffic).cycles
    always = Traffic()
    full = replace(traffic, valid=always.valid, ready=always.ready, weights=always.weights)
    assert count(plan, full).latency_cycles == steady_state(plan)[0]


def test_fifos_counted_alone_hold_what_they_hold_among_all():
    plan = residual_plan()
    fifos = [b for b in plan.buffers() if b.kind == "fifo"]
    tally = FifoTally(plan, fifos)
    for chunk in chunks(plan, 6, wanted=Wanted(tally.streams, transfers_only=True, reused=True)):
        tally.add(chunk)
    everything = {use.buffer.unit: use.high_water for use in count(plan, Traffic()).buffers}
    found = {use.buffer.unit: use.high_water for use in tally.result()}
    assert found == {b.unit: everything[b.unit] for b in fifos}
    assert max(found.values()) > 1
