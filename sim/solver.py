"""The least solution of the timing rules over some consecutive frames."""

from collections.abc import Mapping

import numpy as np

from hwgen.errors import ModelError
from hwgen.plan.plan import Plan
from hwgen.plan.units import Join
from sim.deadlock import count_words, explain_deadlock
from sim.flow import Count, Cycles, Flow, Rule
from sim.patterns import NEVER, Traffic
from sim.schedule import rule_of

__all__ = ["Solver"]

Names = dict[str, str]


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
        self.sides = [
            (
                {port: s.name for port, s in plan.inputs_of(unit).items()},
                {port: s.name for port, s in plan.outputs_of(unit).items()},
            )
            for unit in plan.units
        ]
        """Names of the streams that each unit takes, and of those that it gives, by port."""
        self._rules: tuple[int, list[Rule]] = (0, [])
        # A chain of units that have what they need can always finish.
        self._suspect = (
            traffic.never
            or any(b.size < b.least for b in plan.buffers())
            or any(isinstance(u, Join) for u in plan.units)
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
        if self._rules[0] != frames:
            self._rules = frames, [rule_of(unit, frames) for unit in self.plan.units]
        rules = self._rules[1]
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
        counts = self._stopped(flows, rules, frames) if self._suspect else None
        sweeps = _Sweeps(self.plan, self.traffic, rules, self.sides, flows, counts)
        while sweeps.sweep():
            pass
        if counts is not None and any(f.transfer[-1] >= NEVER for f in flows.values()):
            raise ModelError(explain_deadlock(self.plan, flows, counts))
        return flows

    def _stopped(self, flows: dict[str, Flow], rules: list[Rule], frames: int) -> dict[str, Count]:
        """Find out without time which transfers never happen, and take them out of the sweeps."""
        counts = count_words(self.plan, rules, frames, self.traffic)
        for name, flow in flows.items():
            flow.transfer[counts[name].moved :] = NEVER
        return counts


class _Sweeps:
    """Raises the flows sweep by sweep, looking only at units whose streams have moved."""

    def __init__(
        self,
        plan: Plan,
        traffic: Traffic,
        rules: list[Rule],
        sides: list[tuple[Names, Names]],
        flows: dict[str, Flow],
        counts: dict[str, Count] | None,
    ):
        self.entry, self.exit = plan.entry.name, plan.exit.name
        self.traffic = traffic
        self.units = list(zip(rules, sides, strict=True))
        self.flows = flows
        self.counts = counts
        self.moves = dict.fromkeys(flows, 1)
        """How often each stream has moved."""
        self._index = np.arange(max(f.transfer.size for f in flows.values()), dtype=np.int64)
        self._seen: dict[tuple[int, bool], list[int]] = {}

    def sweep(self) -> bool:
        """Go over all units, forth and back; True if anything moved."""
        before = dict(self.moves)
        self._offer(self.entry, self._offered(self.flows[self.entry]))
        for u, (rule, (ins, outs)) in enumerate(self.units):
            if self._fresh(u, True, ins, outs):
                for port, cycles in rule.offer(self._at(ins), self._at(outs)).items():
                    self._offer(outs[port], cycles)
        for u in reversed(range(len(self.units))):
            rule, (ins, outs) = self.units[u]
            if self._fresh(u, False, ins, outs):
                for port, cycles in rule.take(self._at(ins), self._at(outs)).items():
                    self.flows[ins[port]].room = cycles
                    self._settle(ins[port])
        return before != self.moves

    def _at(self, names: Names) -> dict[str, Flow]:
        """Flows at some ports."""
        return {port: self.flows[name] for port, name in names.items()}

    def _fresh(self, unit: int, forth: bool, ins: Names, outs: Names) -> bool:
        """Tell whether a stream of the unit has moved since it was last looked at that way."""
        moves = [self.moves[name] for name in (*ins.values(), *outs.values())]
        if self._seen.get((unit, forth)) == moves:
            return False
        self._seen[unit, forth] = moves
        return True

    def _offer(self, name: str, cycles: Cycles) -> None:
        flow = self.flows[name]
        offered = np.maximum(cycles, flow.offered)
        if self.moves[name] == 1 or not np.array_equal(offered, flow.offered):
            flow.offered = offered
            self.moves[name] += 1
            self._settle(name)

    def _settle(self, name: str) -> None:
        """Transfer each word when it is offered and there is room, one a cycle."""
        flow = self.flows[name]
        moved = np.maximum(flow.offered, flow.room)
        np.maximum(moved, flow.transfer, out=moved)
        moved = self._accepted(flow, moved) if name == self.exit else self._spread(moved)
        if self.counts is not None:
            moved[self.counts[name].moved :] = NEVER
        if not np.array_equal(moved, flow.transfer):
            flow.transfer = moved
            # The next word shows when this one has gone.
            offered = flow.offered.copy()
            np.maximum(offered[1:], moved[:-1] + 1, out=offered[1:])
            flow.offered = offered
            self.moves[name] += 1

    def _offered(self, flow: Flow) -> Cycles:
        """When the source offers each word: at a set bit after the word before has left."""
        ranks = np.zeros(flow.transfer.size, np.int64)
        ranks[1:] = self.traffic.valid.rank(flow.transfer[:-1] + 1)
        return self.traffic.valid.position(self._spread(ranks))

    def _accepted(self, flow: Flow, bound: Cycles) -> Cycles:
        """When the sink takes each word, given when it could leave at the earliest."""
        after = self.traffic.ready_after
        if after:
            return self._spread(np.maximum(bound, flow.offered + after), after + 1)
        return self.traffic.ready.position(self._spread(self.traffic.ready.rank(bound)))

    def _spread(self, bound: Cycles, step: int = 1) -> Cycles:
        """Least sequence above ``bound`` that rises by ``step`` or more each time."""
        index = self._index[: bound.size]
        if step > 1:
            index = index * step
        found = bound - index
        np.maximum.accumulate(found, out=found)
        found += index
        return found
