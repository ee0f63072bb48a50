"""What a plan tells of the streams at a unit's ports."""

from dataclasses import replace

import pytest
from residual_plans import residual_plan


@pytest.mark.parametrize("order", [1, -1])
def test_units_find_their_streams_by_port_in_whatever_order_they_are_listed(order: int):
    plan = residual_plan()
    first, *inner, last = plan.streams
    plan = replace(plan, streams=(first, *inner[::order], last))
    for unit in plan.units:
        ins, outs = plan.inputs_of(unit), plan.outputs_of(unit)
        assert list(ins) == list(unit.inputs)
        assert list(outs) == list(unit.outputs)
        for port, stream in ins.items():
            assert (stream.target, stream.target_port) == (unit.name, port)
        for port, stream in outs.items():
            assert (stream.source, stream.source_port) == (unit.name, port)
    meet = plan.unit("meet")
    assert len(plan.inputs_of(meet)) == 2
    assert (plan.entry.source, plan.exit.target) == ("input", "output")


def test_there_is_no_unit_of_another_name():
    with pytest.raises(KeyError, match=r"^'nobody'$"):
        residual_plan().unit("nobody")
