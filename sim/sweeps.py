"""The least solution of the rules by sweeps: whole streams at a time, until nothing moves.

What `sim.kernel` does word by word, in NumPy alone: for machines without a compiler, and to hold
the other against.
"""

import numpy as np

from hwgen.plan.plan import Plan
from sim.flow import Count, Cycles, Flow, Rule
from sim.patterns import NEVER, Pattern, Traffic

__all__ = ["Names", "Sweeps"]

Names = dict[str, str]


class Sweeps:
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
        self.entries = {plan.entry.name: traffic.valid}
        if plan.weights is not None:
            self.entries[plan.weights.name] = traffic.weights
        self.exit = plan.exit.name
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
        for name, pattern in self.entries.items():
            self._offer(name, self._offered(self.flows[name], pattern))
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

    def _offered(self, flow: Flow, pattern: Pattern) -> Cycles:
        """When a source offers each word: at a set bit after the word before has left."""
        ranks = np.zeros(flow.transfer.size, np.int64)
        ranks[1:] = pattern.rank(flow.transfer[:-1] + 1)
        return pattern.position(self._spread(ranks))

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
