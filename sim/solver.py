"""The least solution of the timing rules over some consecutive frames."""

import numpy as np

from hwgen.errors import ModelError
from hwgen.plan.plan import Plan
from hwgen.plan.units import Join
from sim.deadlock import count_words, explain_deadlock
from sim.flow import Count, Cycles, Flow, Rule
from sim.patterns import NEVER, Traffic
from sim.schedule import rule_of

__all__ = ["Solver"]


class Solver:
    """Sweeps over the units of a plan, under some traffic.

    Parameters
    ----------
    plan : Plan
    traffic : Traffic
    """

    def __init__(self, plan: Plan, traffic: Traffic):
        self.plan = plan
        self.traffic = traffic
        self.ports = [(plan.streams_into(u.name), plan.streams_from(u.name)) for u in plan.units]
        self._rules: tuple[int, list[Rule]] = (0, [])
        # A chain of units that have what they need can always finish.
        self._suspect = (
            traffic.never
            or any(b.size < b.least for b in plan.buffers())
            or any(isinstance(u, Join) for u in plan.units)
        )

    def solve(self, known: list[Flow], behind: int, count: int) -> list[Flow]:
        """Find the flows of ``count`` frames that follow ``behind`` known ones.

        Parameters
        ----------
        known : list of Flow
            Flows of the ``behind`` frames before, one a stream; may be empty where there are none.

        Returns
        -------
        list of Flow
            One a stream, over the known and the new frames.

        Raises
        ------
        ModelError
            If the run can never finish; names the cycle in which it stops, and who waits.
        """
        frames = behind + count
        if self._rules[0] != frames:
            self._rules = frames, [rule_of(unit, frames) for unit in self.plan.units]
        rules = self._rules[1]
        flows = []
        for k, stream in enumerate(self.plan.streams):
            fresh = np.arange(count * stream.transfers_per_frame, dtype=np.int64)
            if known:
                old = known[k]
                fresh += old.transfer[-1] + 1
                whole = np.concatenate([old.transfer, fresh])
                offered = np.concatenate([old.offered, fresh])
                flows.append(Flow(whole, offered, np.zeros_like(whole)))
            else:
                flows.append(Flow(fresh, fresh.copy(), np.zeros_like(fresh)))
        counts = self._stopped(flows, rules, frames) if self._suspect else None
        while self._sweep(flows, rules, counts):
            pass
        if counts is not None and any(f.transfer[-1] >= NEVER for f in flows):
            raise ModelError(explain_deadlock(self.plan, flows, counts))
        return flows

    def _stopped(self, flows: list[Flow], rules: list[Rule], frames: int) -> list[Count]:
        """Find out without time which transfers never happen, and take them out of the sweeps."""
        words = [s.transfers_per_frame * frames for s in self.plan.streams]
        counts = count_words(words, rules, self.ports, self.traffic)
        for flow, count in zip(flows, counts, strict=True):
            flow.transfer[count.moved :] = NEVER
        return counts

    def _sweep(self, flows: list[Flow], rules: list[Rule], counts: list[Count] | None) -> bool:
        """Go over all units, forth and back; True if a transfer moved."""
        last = len(flows) - 1
        changed = False

        def settle(k: int) -> None:
            nonlocal changed
            flow = flows[k]
            moved = np.maximum(flow.offered, flow.room)
            np.maximum(moved, flow.transfer, out=moved)
            moved = self._accepted(flow, moved) if k == last else _spread(moved)
            if counts is not None:
                moved[counts[k].moved :] = NEVER
            changed |= not np.array_equal(moved, flow.transfer)
            flow.transfer = moved

        def offer(k: int, cycles: Cycles) -> None:
            offered = np.maximum(cycles, flows[k].offered)
            np.maximum(offered[1:], flows[k].transfer[:-1] + 1, out=offered[1:])
            flows[k].offered = offered
            settle(k)

        offer(0, self._offered(flows[0]))
        for rule, (ins, outs) in zip(rules, self.ports, strict=True):
            offers = rule.offer([flows[k] for k in ins], [flows[k] for k in outs])
            for k, cycles in zip(outs, offers, strict=True):
                offer(k, cycles)
        for rule, (ins, outs) in zip(reversed(rules), reversed(self.ports), strict=True):
            rooms = rule.take([flows[k] for k in ins], [flows[k] for k in outs])
            for k, cycles in zip(ins, rooms, strict=True):
                flows[k].room = cycles
                settle(k)
        return changed

    def _offered(self, flow: Flow) -> Cycles:
        """When the source offers each word: at a set bit after the word before has left."""
        ranks = np.zeros(flow.transfer.size, np.int64)
        ranks[1:] = self.traffic.valid.rank(flow.transfer[:-1] + 1)
        return self.traffic.valid.position(_spread(ranks))

    def _accepted(self, flow: Flow, bound: Cycles) -> Cycles:
        """When the sink takes each word, given when it could leave at the earliest."""
        after = self.traffic.ready_after
        if after:
            return _spread(np.maximum(bound, flow.offered + after), after + 1)
        return self.traffic.ready.position(_spread(self.traffic.ready.rank(bound)))


def _spread(bound: Cycles, step: int = 1) -> Cycles:
    """Least sequence above ``bound`` that rises by ``step`` or more each time."""
    index = np.arange(0, bound.size * step, step, dtype=np.int64)
    return np.maximum.accumulate(bound - index) + index
