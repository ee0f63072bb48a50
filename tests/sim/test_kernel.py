"""The compiled solver against the sweeps: every figure of every word, whatever the traffic."""

import re

import numpy as np
import pytest
from random_designs import random_design
from residual_plans import residual_plan
from small_networks import small_face

from hwgen.design import make_design
from hwgen.errors import ModelError
from hwgen.plan.plan import Plan
from hwgen.plan.units import Fifo
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


def test_without_a_compiler_there_is_no_kernel(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert kernel.load_kernel.__wrapped__() is None


def test_a_kernel_that_is_kept_is_not_compiled_again(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    if kernel.load_kernel.__wrapped__() is None:
        pytest.skip("needs g++")
    (kept,) = (tmp_path / "hwgen").iterdir()
    monkeypatch.setenv("PATH", "")
    assert kernel.load_kernel.__wrapped__() is not None
    assert [p.name for p in (tmp_path / "hwgen").iterdir()] == [kept.name]
