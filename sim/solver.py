"""The least solution of the timing rules over some consecutive frames."""

from collections.abc import Mapping

import numpy as np

from hwgen.errors import ModelError
from hwgen.plan.plan import Plan
from hwgen.plan.units import Deal, Join
from sim.bounds import bounds_of
from sim.deadlock import count_words, explain_deadlock
from sim.flow import Count, Flow
from sim.forms import Form
from sim.kernel import Kernel, load_kernel
from sim.patterns import NEVER, Traffic
from sim.schedule import form_of
from sim.sweeps import Names, Sweeps

__all__ = ["Solver"]


class Solver:
    """Solves the rules of a plan, under some traffic.

    Parameters
    ----------
    plan : Plan
    traffic : Traffic
    compiled : bool
        Word by word in compiled code, where there is a compiler; else by sweeps in NumPy, which
        finds the same.
    """

    def __init__(self, plan: Plan, traffic: Traffic, *, compiled: bool = True):
        self.plan = plan
        self.traffic = traffic
        self._kernel = load_kernel() if compiled else None
        self._forms: tuple[int, list[Form]] = (0, [])
        # A chain of units that have what they need can always finish.
        self._suspect = (
            traffic.never
            or any(b.size < b.least for b in plan.buffers())
            or any(isinstance(u, Join | Deal) for u in plan.units)
        )

    def solve(self, known: Mapping[str, Flow], behind: int, count: int) -> dict[str, Flow]:
        """Find the flows of ``count`` frames that follow ``behind`` known ones.

        Parameters
        ----------
        known : mapping of str to Flow
            Flows of the ``behind`` frames before, by stream; may be empty where there are none.

        Returns
        -------
        dict of str to Flow
            By stream, over the known and the new frames.

        Raises
        ------
        ModelError
            If the run can never finish; names the cycle in which it stops, and who waits.
        """
        frames = behind + count
        if self._forms[0] != frames:
            self._forms = frames, [form_of(unit, frames) for unit in self.plan.units]
        if self._kernel is not None:
            flows, counts = self._by_word(self._kernel, known, frames)
        else:
            flows, counts = self._by_sweeps(known, count, frames)
        if counts is not None and any(f.transfer[-1] >= NEVER for f in flows.values()):
            raise ModelError(explain_deadlock(self.plan, flows, counts))
        return flows

    def _by_word(
        self, kernel: Kernel, known: Mapping[str, Flow], frames: int
    ) -> tuple[dict[str, Flow], dict[str, Count]]:
        return kernel.solve(self.plan, self._forms[1], self.traffic, known, frames)

    def _by_sweeps(
        self, known: Mapping[str, Flow], count: int, frames: int
    ) -> tuple[dict[str, Flow], dict[str, Count] | None]:
        rules = [bounds_of(form) for form in self._forms[1]]
        sides: list[tuple[Names, Names]] = [
            (
                {port: s.name for port, s in self.plan.inputs_of(unit).items()},
                {port: s.name for port, s in self.plan.outputs_of(unit).items()},
            )
            for unit in self.plan.units
        ]
        flows = {}
        for stream in self.plan.streams:
            fresh = np.arange(count * stream.transfers_per_frame, dtype=np.int64)
            if known:
                old = known[stream.name]
                fresh += old.transfer[-1] + 1
                whole = np.concatenate([old.transfer, fresh])
                offered = np.concatenate([old.offered, fresh])
                flows[stream.name] = Flow(whole, offered, np.zeros_like(whole))
            else:
                flows[stream.name] = Flow(fresh, fresh.copy(), np.zeros_like(fresh))
        counts = None
        if self._suspect:
            # Find out without time which transfers never happen, and take them out of the sweeps.
            counts = count_words(self.plan, rules, frames, self.traffic)
            for name, flow in flows.items():
                flow.transfer[counts[name].moved :] = NEVER
        sweeps = Sweeps(self.plan, self.traffic, rules, sides, flows, counts)
        while sweeps.sweep():
            pass
        return flows, counts
