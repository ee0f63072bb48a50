"""The compiled solver against the sweeps: every figure of every word, whatever the traffic."""

import re

import numpy as np
import pytest
from random_designs import random_design
from residual_plans import residual_plan
from small_networks import small_face
from small_plans import BITS, chain, fifo, window

from hwgen.design import make_design
from hwgen.errors import ModelError
from hwgen.plan.plan import Plan
from hwgen.plan.units import Convert, Fifo
from sim import kernel
from sim.flow import Flow, Wanted
from sim.patterns import Pattern, Traffic, random_traffic
from sim.sizing import size_buffers
from sim.solver import Solver

ALL = Wanted(repeats=False)


def both(plan: Plan, traffic: Traffic, frames: int) -> tuple[dict[str, Flow], dict[str, Flow]]:
    if kernel.load_kernel() is None:
        pytest.skip("needs g++")
    by_word, by_sweeps = (Solver(plan, traffic, ALL, compiled=c) for c in (True, False))
    return by_word.solve(frames).flows, by_sweeps.solve(frames).flows


def differences(plan: Plan, traffic: Traffic, frames: int) -> list[str]:
    ours, theirs = both(plan, traffic, frames)
    parts = ("transfer", "offered", "room")
    return [
        f"{name} {part}"
        for name in theirs
        for part in parts
        if not np.array_equal(getattr(ours[name], part), getattr(theirs[name], part))
    ]


OUTSIDE = {
    "conv1": {"pe": 4, "simd": 3, "rows": 4, "storage": "external"},
    "conv2": {"pe": 4, "simd": 8, "taps": [1, 1], "rows": 2},
    "fc": {"pe": 1, "simd": 8, "storage": "external"},
}
"""Weights that come in for each pass of rows, that stay, and that come in for each pixel."""

TRAFFIC = {
    "full": lambda interval: Traffic(),
    "seldom": lambda interval: Traffic(weights=Pattern(np.arange(7) == 5)),
    "random": lambda interval: random_traffic(7, interval),
    "after": lambda interval: Traffic(ready_after=3),
    "slow": lambda interval: Traffic(Pattern(np.array([0, 1, 1], bool)), ready_after=1),
}


SHORT = [kind for kind in TRAFFIC if kind != "random"]
"""Kinds of few cycles a period, which frames can be some whole ones of."""


@pytest.mark.parametrize("kind", TRAFFIC)
@pytest.mark.parametrize("seed", range(2))
def test_random_designs_have_the_same_cycles(seed: int, kind: str):
    plan = random_design(small_face(), np.random.default_rng(seed)).plan
    assert differences(plan, TRAFFIC[kind](plan.bottleneck_cycles), 3) == []


@pytest.mark.parametrize("kind", TRAFFIC)
@pytest.mark.parametrize("sized", [False, True])
def test_designs_with_weights_outside_have_the_same_cycles(sized: bool, kind: str):
    plan = make_design(small_face(), folding=(OUTSIDE, "test")).plan
    plan = size_buffers(plan) if sized else plan
    assert differences(plan, TRAFFIC[kind](plan.bottleneck_cycles), 3) == []


def test_weights_that_never_come_stop_both_for_the_same_reason():
    plan = make_design(small_face(), folding=(OUTSIDE, "test")).plan
    said = []
    for compiled in (True, False):
        for weights in ([False], [False, False]):
            traffic = Traffic(weights=Pattern(np.array(weights)))
            with pytest.raises(ModelError) as refusal:
                Solver(plan, traffic, compiled=compiled).solve(1)
            said.append(str(refusal.value))
    assert set(said) == {said[0]}
    assert re.fullmatch(
        r"deadlock: nothing moves after cycle \d+: 'conv1_map_to_conv1' waits for 'conv1' to take "
        r"a word, 'weights' waits for a word from 'weights' and \d+ more",
        said[0],
    )


@pytest.mark.parametrize("kind", TRAFFIC)
def test_paths_that_part_have_the_same_cycles(kind: str):
    assert differences(residual_plan(), TRAFFIC[kind](80), 3) == []


@pytest.mark.parametrize("skip_depth", [1, 5, 10])
def test_a_design_that_stops_does_so_in_the_same_cycle_for_the_same_reason(skip_depth: int):
    plan, said = residual_plan(skip_depth=skip_depth), []
    for compiled in (True, False):
        with pytest.raises(ModelError) as refusal:
            Solver(plan, Traffic(), compiled=compiled).solve(2)
        said.append(str(refusal.value))
    assert said[0] == said[1]
    assert said[0].startswith("deadlock: nothing moves after cycle ")


def test_a_queue_of_no_words_stops_both():
    plan = residual_plan()
    empty = {u.name: 0 for u in plan.units if isinstance(u, Fifo)}
    for compiled in (True, False):
        with pytest.raises(ModelError, match=r"^deadlock: nothing moves .*"):
            Solver(plan.with_buffers(empty), Traffic(), compiled=compiled).solve(1)


def test_frames_solved_some_at_a_time_are_those_of_all_at_once():
    plan, traffic = residual_plan(), random_traffic(3, 50)
    whole, _ = both(plan, traffic, 6)
    words = {s.name: s.transfers_per_frame for s in plan.streams}
    for compiled in (True, False):
        solver = Solver(plan, traffic, ALL, compiled=compiled)
        parts = [solver.solve(count).flows for count in (1, 3, 2)]
        for name in words:
            for part in ("transfer", "offered", "room"):
                found = np.concatenate([getattr(p[name], part) for p in parts])
                assert np.array_equal(found, getattr(whole[name], part)), (name, part, compiled)


def test_rings_that_are_too_short_are_made_longer():
    # One branch waits until the other has taken more words than a ring has at first.
    deep = 700
    plan = chain(fifo("a", deep), fifo("b", 1), words=(2 * deep,) * 3)
    traffic = Traffic(ready=Pattern(np.arange(2 * deep) > 2 * deep - 5))
    assert differences(plan, traffic, 1) == []


def left_out(plan: Plan, traffic: Traffic, frames: int) -> int:
    """How many frames are left to the caller, which are held against those solved for."""
    found = Solver(plan, traffic).solve(frames)
    whole = Solver(plan, traffic, ALL).solve(frames)
    assert found.frames == frames or found.interval is not None
    for stream in plan.streams:
        ours, expected = found.flows[stream.name], whole.flows[stream.name]
        words = stream.transfers_per_frame
        later = (found.interval or 0) * np.arange(1, frames - found.frames + 1)[:, None]
        for part in ("transfer", "offered"):
            solved = getattr(ours, part)
            rest = (solved[-words:] + later).ravel()
            together = np.concatenate([solved, rest])
            assert np.array_equal(together, getattr(expected, part)), (stream.name, part)
    return frames - found.frames


@pytest.mark.parametrize("kind", SHORT)
def test_frames_left_out_repeat_the_last_one_solved_for(kind: str):
    plans = [
        residual_plan(),
        make_design(small_face(), folding=(OUTSIDE, "test")).plan,
        *(random_design(small_face(), np.random.default_rng(seed)).plan for seed in range(3)),
    ]
    assert sum(left_out(plan, TRAFFIC[kind](plan.bottleneck_cycles), 12) for plan in plans)


def test_frames_left_out_of_chains_repeat_whatever_the_traffic():
    rng = np.random.default_rng(4)
    repeated = 0
    for _ in range(600):
        words, units, counts = 24, [], [24]
        for k in range(rng.integers(1, 4)):
            units.append(fifo(f"f{k}", int(rng.integers(1, 60))))
            counts.append(words)
            if rng.integers(2):
                count = int(rng.choice([2, 3]))
                up = bool(rng.integers(2)) or words * count > 100
                if not (up and words % count):
                    units.append(Convert(name=f"c{k}", **BITS, count=count, up=up))
                    words = words // count if up else words * count
                    counts.append(words)
        # Some long bursts and gaps, in which buffers run full and empty.
        spans = rng.choice([1, 1, 5, 9], 2)
        lengths = rng.choice([1, 2, 3, 4, 6, 12], 2)
        bits = [np.repeat(rng.random(n) < 0.7, k) for n, k in zip(lengths, spans, strict=True)]
        valid, ready = (Pattern(b if b.any() else ~b) for b in bits)
        plan = chain(*units, words=tuple(counts))
        repeated += left_out(plan, Traffic(valid, ready), 16) > 0
    assert repeated > 50


def test_frames_left_out_behind_windows_repeat_whatever_the_traffic():
    rng = np.random.default_rng(5)
    repeated = 0
    for _ in range(400):
        size, kernel = int(rng.integers(3, 6)), int(rng.integers(1, 4))
        slots = int(rng.integers(kernel, size + kernel))
        few, many = size**2, (size * kernel) ** 2
        windows = window("w", size=size, kernel=kernel, slots=slots)
        depths = rng.choice([1, 2, 5, 20, 60], 2)
        ends = [fifo(name, int(n)) for name, n in zip("ab", depths, strict=True)]
        plan = chain(ends[0], windows, ends[1], words=(few, few, many, many))
        valid, ready = (
            Pattern(np.repeat(bits if bits.any() else ~bits, span))
            for bits, span in zip(rng.random((2, 6)) < 0.6, rng.choice([1, 3, 17], 2), strict=True)
        )
        repeated += left_out(plan, Traffic(valid, ready), 12) > 0
    assert repeated > 50


@pytest.mark.parametrize("kind", TRAFFIC)
def test_windows_between_source_and_sink_have_the_same_cycles(kind: str):
    windows = window("w", size=5, kernel=3, slots=4)
    assert differences(chain(windows, words=(25, 225)), TRAFFIC[kind](225), 3) == []


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("kind", SHORT)
@pytest.mark.parametrize("seed", range(3))
def test_no_frame_follows_sooner_or_later_than_the_bounds_say(seed: int, kind: str, compiled: bool):
    plan = random_design(small_face(), np.random.default_rng(seed)).plan
    rng = np.random.default_rng(seed)
    # Somewhere between the least and twice what is needed: paths that fill up and that do not.
    plan = plan.with_buffers({b.unit: int(rng.integers(b.least, 2 * b.size + 2))
                              for b in plan.buffers()})  # fmt: skip
    traffic, frames = TRAFFIC[kind](plan.bottleneck_cycles), 24
    ends = np.array([
        flow.transfer.reshape(frames, -1)[:, -1]
        for flow in Solver(plan, traffic, ALL).solve(frames).flows.values()
    ])  # fmt: skip
    solver, known = Solver(plan, traffic, compiled=compiled), 0
    for frame in range(8):
        bounds = solver.solve(1).bounds
        if bounds is None:
            continue
        known += 1
        after = np.arange(frames - frame)
        later = ends[:, frame:] - ends[:, frame, None]
        assert (later >= bounds[0] * after).all()
        assert (later <= bounds[1] * after).all()
    assert known


def test_a_period_that_does_not_divide_the_interval_repeats_no_frame():
    # Frames follow each other as they come until a rare bit is missing.
    gap = Pattern(np.arange(1_000) != 997)
    plan = chain(fifo("a", 2), words=(10, 10))
    found = Solver(plan, Traffic(valid=gap)).solve(90)
    assert found.interval is None
    assert np.array_equal(
        found.flows["a_to_output"].transfer,
        Solver(plan, Traffic(valid=gap), compiled=False).solve(90).flows["a_to_output"].transfer,
    )


def test_only_what_is_wanted_is_kept():
    plan = residual_plan()
    whole, _ = both(plan, Traffic(), 2)
    name = plan.exit.name
    for compiled in (True, False):
        wanted = Wanted([name], transfers_only=True, repeats=False)
        found = Solver(plan, Traffic(), wanted, compiled=compiled).solve(2).flows
        assert list(found) == [name]
        assert np.array_equal(found[name].transfer, whole[name].transfer)
        assert found[name].offered.size == found[name].room.size == 0


def test_arrays_are_used_again_where_that_is_wanted():
    if kernel.load_kernel() is None:
        pytest.skip("needs g++")
    plan, traffic = residual_plan(), random_traffic(3, 50)
    for reused in (True, False):
        solver = Solver(plan, traffic, Wanted(reused=reused))
        one, two = (solver.solve(1).flows["output"].transfer for _ in range(2))
        assert np.shares_memory(one, two) == reused
