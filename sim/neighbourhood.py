"""Parts of a plan around one unit, as plans of their own."""

from dataclasses import replace

from hwgen.plan.plan import Plan

__all__ = ["neighbourhood"]


def neighbourhood(plan: Plan, unit: str, radius: int) -> Plan:
    """Units that at most ``radius`` streams lie between one and ``unit``, and their streams.

    What comes from units beyond is there whenever it is asked for, and what goes to them is taken
    at once. So nothing happens later in the part than in the whole, at the same sizes of buffers:
    where the part cannot keep a rate, the whole cannot. A part may have several streams that come
    in or leave, which `sim.kernel` solves for, `sim.sweeps` not.
    """
    near = {unit}
    everything = {u.name for u in plan.units}
    for _ in range(radius):
        touching = [s for s in plan.streams if s.source in near or s.target in near]
        grown = near | ({end for s in touching for end in (s.source, s.target)} & everything)
        if grown == near:
            break
        near = grown
    beyond = everything - near
    streams = [
        replace(
            s,
            source="input" if s.source in beyond else s.source,
            target="output" if s.target in beyond else s.target,
        )
        for s in plan.streams
        if s.source in near or s.target in near
    ]
    units = tuple(u for u in plan.units if u.name in near)
    return replace(plan, units=units, streams=tuple(streams))
