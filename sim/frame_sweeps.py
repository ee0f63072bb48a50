"""Sweeps over some frames behind others that are known."""

from collections.abc import Mapping

import numpy as np

from hwgen.plan.plan import Plan
from hwgen.plan.units import Deal, Join
from sim.bounds import bounds_of
from sim.deadlock import count_words
from sim.flow import Count, Flow, Solved, Wanted
from sim.forms import Form
from sim.patterns import NEVER, Traffic
from sim.schedule import form_of, memory_frames
from sim.sweeps import Names, Sweeps

__all__ = ["FrameSweeps"]


class FrameSweeps:
    """Solves the rules of a plan under some traffic by `sim.sweeps`, some frames after others.

    What happens to a frame depends on the frames before it, as far back as the units remember, and
    never on one that follows. So frames are solved for behind the last ones, whose cycles are
    known.
    """

    def __init__(self, plan: Plan, traffic: Traffic, wanted: Wanted):
        self.plan = plan
        self.traffic = traffic
        self._wanted = wanted
        words_out = {s.source: s.transfers_per_frame for s in plan.streams}
        self._memory = max(memory_frames(u, words_out[u.name]) for u in plan.units)
        self._known: dict[str, Flow] = {}
        self._done = 0
        self._forms: tuple[int, list[Form]] = (0, [])
        # A chain of units that have what they need can always finish.
        self._suspect = (
            traffic.never
            or any(b.size < b.least for b in plan.buffers())
            or any(isinstance(u, Join | Deal) for u in plan.units)
        )

    def solve(self, frames: int) -> Solved:
        """As `sim.kernel.Kernel.solve`."""
        behind = min(self._memory, self._done)
        flows, counts = self._sweep(behind, frames)
        moved = {name: f.transfer[f.transfer < NEVER] for name, f in flows.items()}
        ends = {name: int(cycles[-1]) if cycles.size else -1 for name, cycles in moved.items()}
        stuck = counts
        if counts is None or all(f.transfer[-1] < NEVER for f in flows.values()):
            stuck = None
        elif counts is not None:
            for stream in self.plan.streams:
                before = (self._done - behind) * stream.transfers_per_frame
                counts[stream.name].offered += before
                counts[stream.name].moved += before
        bounds = self._bounds(flows) if self._wanted.repeats else None
        self._done += frames
        new = self._last(flows, frames)
        self._known = self._last(flows, min(self._memory, self._done))
        found = {n: self._wanted.of(n, f) for n, f in new.items() if n in self._wanted}
        return Solved(frames, found, bounds, stuck, ends)

    def _sweep(self, behind: int, count: int) -> tuple[dict[str, Flow], dict[str, Count] | None]:
        """Flows of known and of new frames."""
        frames = behind + count
        if self._forms[0] != frames:
            self._forms = frames, [form_of(unit, frames) for unit in self.plan.units]
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
            if self._known:
                old = self._known[stream.name]
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

    def _last(self, flows: Mapping[str, Flow], count: int) -> dict[str, Flow]:
        """Parts of flows: their last ``count`` frames, as copies."""
        words = {s.name: count * s.transfers_per_frame for s in self.plan.streams}
        return {n: f.part(slice(f.transfer.size - words[n], None)).copy() for n, f in flows.items()}

    def _bounds(self, flows: Mapping[str, Flow]) -> tuple[int, int] | None:
        """Fewest and most cycles a frame of those that follow, once they are known.

        The rules are homogeneous and monotone, so once as many frames as they reach back are
        shifted by so much at least, or at most, all that follow are.
        """
        count = self._memory + 1
        fewest, most = [], []
        for stream in self.plan.streams:
            cycles = flows[stream.name].transfer
            if cycles.size < count * stream.transfers_per_frame:
                return None
            last = cycles[-count * stream.transfers_per_frame :].reshape(count, -1)
            steps = last[1:] - last[:-1]
            fewest.append(int(steps.min()))
            most.append(int(steps.max()))
        period = self.traffic.period
        return min(fewest) // period * period, -(-max(most) // period) * period
