"""Sizes and cycles of plans, kept: never those of another plan, and the same as found anew."""

from dataclasses import replace

import pytest
from residual_plans import residual_plan
from small_networks import small_face

from hwgen.design import make_design
from hwgen.jobs.sized_design import make_sized_design
from hwgen.kept_results import SWITCH, digest_of
from sim import kept_cycles
from sim.cycle import steady_state
from sim.kept_cycles import kept_pace, kept_sizes
from sim.sizing import size_buffers


@pytest.fixture
def found(monkeypatch, tmp_path):
    """Plans that were sized or dated, and not taken from what is kept."""
    monkeypatch.delenv(SWITCH)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    plans = []

    def noted(function):
        return lambda plan, *more: plans.append(plan) or function(plan, *more)

    monkeypatch.setattr(kept_cycles, "size_buffers", noted(size_buffers))
    monkeypatch.setattr(kept_cycles, "steady_state", noted(steady_state))
    return plans


def sized(plan, fixed=None):
    return kept_sizes(plan, fixed or {}, lambda step: None)


def changed(plan):
    """The plan with one figure of one unit or stream changed, in turn."""
    for k, unit in enumerate(plan.units):
        for name in ("latency_more", "depth", "count", "slots", "pipeline", "repeats"):
            if type(getattr(unit, name, None)) is int and name in unit.__dataclass_fields__:
                other = replace(unit, **{name: getattr(unit, name) + 1})
                yield replace(plan, units=(*plan.units[:k], other, *plan.units[k + 1 :]))
    for k, stream in enumerate(plan.streams):
        for name in ("transfers_per_frame", "payload_bits"):
            other = replace(stream, **{name: 2 * getattr(stream, name)})
            yield replace(plan, streams=(*plan.streams[:k], other, *plan.streams[k + 1 :]))


def test_a_changed_plan_has_another_digest_than_the_plan():
    for plan in (make_design(small_face(), cycles=300).plan, residual_plan()):
        plans = [plan, *changed(plan)]
        assert len(plans) > 20
        digests = {digest_of(kept_cycles._rules(one)) for one in plans}
        assert len(digests) == len(plans)


def test_a_changed_plan_never_gets_the_sizes_of_another(found):
    for depth in (60, 20, 60, 16):
        plan = residual_plan(skip_depth=depth)
        assert sized(plan) == size_buffers(plan)
        assert kept_pace(plan) == steady_state(plan)
    assert len(found) == 2 * 3
    for cycles in (300, 600, 300):
        plan = make_design(small_face(), cycles=cycles).plan
        assert sized(plan) == size_buffers(plan)
    assert len(found) == 2 * 3 + 2


def test_sizes_that_are_fixed_are_part_of_what_is_asked(found):
    plan = make_design(small_face(), cycles=300).plan
    for fixed in ({}, {"conv1": 7}, {"conv1": 8}, {"conv1": 7}):
        assert sized(plan, fixed) == size_buffers(plan, fixed)
    assert len(found) == 3


@pytest.mark.parametrize("device", ["generic", "up5k"])
def test_a_second_design_is_the_first_one(found, device):
    first = make_sized_design(small_face(), device=device)
    count = len(found)
    second = make_sized_design(small_face(), device=device)
    assert len(found) == count == 1
    assert second.plan == first.plan
