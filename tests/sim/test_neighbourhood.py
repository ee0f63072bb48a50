"""Parts of a plan: what they hold, and that they are never slower than the whole."""

import pytest
from residual_plans import residual_plan
from small_networks import small_face

from hwgen.design import make_design
from sim.cycle import steady_state
from sim.neighbourhood import neighbourhood


def test_a_part_has_the_units_near_one_and_all_their_streams():
    plan = residual_plan()
    names = [unit.name for unit in plan.units]
    part = neighbourhood(plan, "window", 1)
    assert [u.name for u in part.units] == ["split", "window", "pack"]
    near = {u.name for u in part.units}
    assert [s.name for s in part.streams] == [
        s.name for s in plan.streams if s.source in near or s.target in near
    ]
    assert {s.source for s in part.streams} - near == {"input"}
    assert {s.target for s in part.streams} - near == {"output"}
    assert neighbourhood(plan, "window", len(names)) == plan


@pytest.mark.parametrize("radius", [0, 1, 2, 3])
def test_no_part_is_slower_than_the_whole_and_the_whole_is_as_slow_as_some(radius):
    plan = make_design(small_face()).plan
    # Least buffers: what holds up shows.
    plan = plan.with_buffers({b.unit: b.least for b in plan.buffers()})
    _, interval = steady_state(plan)
    found = [steady_state(neighbourhood(plan, u.name, radius))[1] for u in plan.units]
    assert max(found) <= interval
    assert radius < 2 or max(found) == interval
