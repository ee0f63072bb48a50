"""The cycle simulator: facts that follow from the rules, and its own consistency."""

import tracemalloc

import numpy as np
import pytest
from random_designs import random_design
from residual_plans import residual_plan
from small_networks import small_face

from hwgen.design import make_design
from hwgen.errors import ModelError
from hwgen.plan.plan import Plan, Stream
from hwgen.plan.units import Convert, Fifo
from sim.cycle import chunks, keeps_pace, simulate, steady_state
from sim.flow import Wanted
from sim.neighbourhood import neighbourhood
from sim.patterns import Pattern, Traffic, random_traffic
from sim.solver import Solver


def chain(*units, words):
    """Plan of units alone; ``words`` are transfers a frame on each stream."""
    names = ["input", *(u.name for u in units), "output"]
    streams = [Stream(f"s{k}", names[k], names[k + 1], 8, n) for k, n in enumerate(words[:-1])] + [
        Stream("output", names[-2], "output", 8, words[-1])
    ]
    return Plan("chain", "generic", 24.0, units, tuple(streams), (), {})


def fifo(depth, name="fifo"):
    return Fifo(name=name, stage="x", in_bits=8, out_bits=8, depth=depth)


def stepped_fifo(depth, valid, ready, words):
    """The same FIFO, clock by clock."""
    queue, sent, offering, ins, outs, t = [], 0, False, [], [], 0
    while len(outs) < words:
        offering = offering or (sent < words and bool(valid[t % len(valid)]))
        room, full = len(queue) < depth, bool(queue)
        if full and ready[t % len(ready)]:
            queue.pop(0)
            outs.append(t)
        if offering and room:
            queue.append(sent)
            sent, offering = sent + 1, False
            ins.append(t)
        t += 1
    return ins, outs


@pytest.mark.parametrize("depth", [1, 2, 3, 7])
@pytest.mark.parametrize("seed", range(6))
def test_a_fifo_equals_its_clock_by_clock_model(depth, seed):
    rng = np.random.default_rng(seed)
    valid, ready = (rng.random(37) < rng.uniform(0.2, 0.9) for _ in range(2))
    plan = chain(fifo(depth), words=(50, 50))
    timing = simulate(plan, 2, Traffic(Pattern(valid), Pattern(ready)))
    ins, outs = stepped_fifo(depth, valid, ready, 100)
    assert timing.transfers["s0"].tolist() == ins
    assert timing.transfers["output"].tolist() == outs


def test_packing_and_unpacking_keep_full_rate():
    up = Convert(name="up", stage="x", in_bits=8, out_bits=32, count=4, up=True)
    down = Convert(name="down", stage="x", in_bits=32, out_bits=8, count=4, up=False)
    timing = simulate(chain(up, fifo(2), down, words=(16, 4, 4, 16)), 3)
    assert timing.transfers["s0"].tolist() == list(range(48))
    assert timing.transfers["output"].tolist() == list(range(5, 53))


def at_once(plan, frames, traffic):
    """All transfers, all frames solved for together."""
    flows = Solver(plan, traffic, Wanted(repeats=False)).solve(frames).flows
    return {name: flow.transfer for name, flow in flows.items()}


def test_frames_do_not_depend_on_how_many_follow():
    rng = np.random.default_rng(2)
    design = random_design(small_face(), rng)
    traffic = random_traffic(4, design.plan.bottleneck_cycles)
    few, many = (simulate(design.plan, n, traffic) for n in (2, 5))
    for name, cycles in few.transfers.items():
        # The edge of the run frees nothing earlier: later frames cannot delay earlier ones.
        assert np.array_equal(cycles, many.transfers[name][: cycles.size]), name


def test_repeating_a_frame_equals_solving_for_all():
    rng = np.random.default_rng(9)
    for _ in range(12):
        plan = random_design(small_face(), rng).plan
        for traffic in (Traffic(), Traffic(ready_after=2)):
            repeated, solved = simulate(plan, 12, traffic), at_once(plan, 12, traffic)
            for name, cycles in solved.items():
                assert np.array_equal(repeated.transfers[name], cycles), (name, plan.folding)


def test_frames_solved_some_at_a_time_equal_all_at_once():
    rng = np.random.default_rng(10)
    for seed in range(12):
        plan = random_design(small_face(), rng).plan
        traffic = random_traffic(seed, plan.bottleneck_cycles)
        solved = at_once(plan, 9, traffic)
        for words in (1, 2 * sum(s.transfers_per_frame for s in plan.streams)):
            parts = list(chunks(plan, 9, traffic, chunk_words=words))
            assert [p.first for p in parts] == list(np.cumsum([0] + [p.frames for p in parts[:-1]]))
            for name, cycles in solved.items():
                found = np.concatenate([p.flows[name].transfer for p in parts])
                assert np.array_equal(found, cycles), (seed, words, name, plan.folding)


def test_stalls_never_make_a_transfer_earlier():
    plan = make_design(small_face(), cycles=400).plan
    free = simulate(plan, 3)
    for seed in range(5):
        stalled = simulate(plan, 3, random_traffic(seed, 400))
        for name, cycles in free.transfers.items():
            assert (stalled.transfers[name] >= cycles).all(), (seed, name)


def test_ready_after_valid_delays_each_output():
    plan = chain(fifo(2), words=(10, 10))
    late = simulate(plan, 1, Traffic(ready_after=3)).transfers["output"]
    assert late[0] == 1 + 3
    assert (np.diff(late) == 4).all()


def test_latency_and_interval_agree_with_the_frame_ends():
    plan = make_design(small_face(), cycles=300).plan
    latency, interval = steady_state(plan)
    ends = simulate(plan, 6).frame_ends
    assert latency == ends[0] + 1
    assert np.diff(ends)[-1] == interval == plan.bottleneck_cycles


def test_a_pattern_without_bits_is_refused():
    with pytest.raises(ModelError, match=r"^a stall pattern must have at least one bit$"):
        Pattern(np.zeros(0, np.bool_))


def test_frames_must_be_positive():
    with pytest.raises(ModelError, match=r"^frames must be positive, not 0$"):
        simulate(chain(fifo(2), words=(1, 1)), 0)


def test_patterns_rank_and_position_are_inverse():
    pattern = Pattern(np.array([0, 1, 1, 0, 0, 1], np.bool_))
    cycles = np.flatnonzero(np.resize(pattern.bits, 60))
    assert pattern.position(np.arange(30)).tolist() == cycles.tolist()
    assert pattern.rank(cycles).tolist() == list(range(30))
    assert pattern.rank(cycles + 1).tolist() == list(range(1, 31))


def test_memory_does_not_grow_with_the_number_of_frames():
    plan = make_design(small_face(), cycles=300).plan
    traffic = random_traffic(6, 300)

    def peak(frames):
        tracemalloc.start()
        for _ in chunks(plan, frames, traffic, chunk_words=4096):
            pass
        _, found = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return found

    # Three times the frames, and a few per cent for what an allocator happens to hold.
    assert peak(120) < 1.2 * peak(40)


@pytest.mark.parametrize("seed", range(6))
def test_a_plan_keeps_the_pace_that_its_steady_state_has_and_no_faster_one(seed):
    rng = np.random.default_rng(seed)
    plan = random_design(small_face(), rng).plan
    if seed % 2:
        # Paces that several buffers hold up.
        plan = plan.with_buffers({b.unit: b.least for b in plan.buffers()})
    for part in (plan, *(neighbourhood(plan, u.name, int(rng.integers(1, 5))) for u in plan.units)):
        _, interval = steady_state(part)
        kept = [keeps_pace(part, interval + k) for k in (-interval, -1, 0, 1, interval)]
        assert kept == [False, False, True, True, True], part.units


def test_what_stops_keeps_no_pace():
    plan = residual_plan(skip_depth=5)
    with pytest.raises(ModelError, match=r"^deadlock: "):
        steady_state(plan)
    assert not keeps_pace(plan, 1 << 30)
