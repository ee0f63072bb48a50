"""Sizes of buffers and cycles of a plan, kept from one run to the next."""

from collections.abc import Callable, Mapping

from hwgen.kept_results import kept
from hwgen.plan.plan import Plan
from sim.cycle import steady_state
from sim.sizing import size_buffers

__all__ = ["kept_pace", "kept_sizes"]


def kept_sizes(plan: Plan, fixed: Mapping[str, int], progress: Callable[[str], object]) -> Plan:
    """As `sim.sizing.size_buffers`; found once for each plan and sizes that are fixed."""
    chosen = {b.unit: b for b in plan.buffers() if b.unit not in fixed}

    def find() -> object:
        sized = size_buffers(plan, fixed, progress)
        return {b.unit: b.size for b in sized.buffers() if b.unit in chosen}

    def good(value: object) -> bool:
        return (
            isinstance(value, dict)
            and value.keys() == chosen.keys()
            and all(type(size) is int and size >= chosen[n].least for n, size in value.items())
        )

    sizes = kept("sizes", (_rules(plan), dict(fixed)), find, good)
    assert isinstance(sizes, dict)
    return plan.with_buffers({**sizes, **fixed})


def kept_pace(plan: Plan) -> tuple[int, int]:
    """As `sim.cycle.steady_state`; found once for each plan."""

    def good(value: object) -> bool:
        return isinstance(value, list) and [type(x) for x in value] == [int, int]

    found = kept("pace", _rules(plan), lambda: list(steady_state(plan)), good)
    assert isinstance(found, list)
    return found[0], found[1]


def _rules(plan: Plan) -> object:
    """All that cycles depend on: units with their buffers, and streams."""
    return plan.units, plan.streams
