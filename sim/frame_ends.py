"""The end of a frame inside a design: how many may be in it, and what waits for one."""

import numpy as np

from hwgen.errors import ModelError
from hwgen.plan.plan import Plan
from sim.bounds import bounds_of
from sim.cycle import simulate
from sim.deadlock import count_words
from sim.patterns import Pattern, Traffic
from sim.schedule import form_of

__all__ = ["count_frames_inside"]


def count_frames_inside(plan: Plan, source: str) -> int:
    """Count the frames of which the last pixel can be in a design and the last value not out.

    Parameters
    ----------
    source : str
        Of the network, for messages.

    Raises
    ------
    ModelError
        If the last value of a frame can leave ahead of its last pixel, or with it, since nothing
        depends on that.
    """
    latency = simulate(plan, 1).cycles
    # Each pixel has gone as far as it goes when the next one comes.
    slow = Traffic(valid=Pattern(np.arange(latency + 1) == 0))
    timing = simulate(plan, 1, slow)
    if timing.frame_ends[0] <= timing.transfers[plan.entry.name][-1]:
        raise ModelError(
            f"{source}: --input-tlast cannot be had: no layer reads the last pixel, so that scores "
            "would leave before it is known to be there"
        )
    blocked = Traffic(ready=Pattern(np.zeros(1, np.bool_)))
    frames, pixels = 4, plan.entry.transfers_per_frame
    while True:
        rules = [bounds_of(form_of(unit, frames)) for unit in plan.units]
        taken = count_words(plan, rules, frames, blocked)[plan.entry.name].moved
        if taken < frames * pixels:
            return taken // pixels
        frames *= 2
