"""The search of foldings of networks whose paths part and meet."""

from collections.abc import Iterator

import numpy as np

from hwgen.plan.folding import Folding
from hwgen.search.fronts import (
    NONE,
    Found,
    Front,
    Limits,
    Point,
    cheapest_point,
    choices,
    empty_front,
    is_on,
    less,
    moved,
    useful,
)
from hwgen.search.paths import PathOptions
from hwgen.search.pricing import Ahead, Cost

__all__ = ["MOST_FRONTS", "BranchSearch"]

MOST_FRONTS = 2000
"""Fronts that are kept behind a run, those that begin with the fewest cells: of more the search is
no longer exact. Some hundred come about where one path lies beside another."""

State = tuple[Ahead, ...]
"""The streams that wait, in the order of `Run.waiting`."""

Fronts = dict[tuple[State, int], Front]
"""By the streams that wait, and the multipliers taken."""

Joined = dict[int, dict[tuple[State, int], Front]]
"""Of a run that begins with a matrix stage, fronts with the converters ahead of it: by the channels
that it takes, then by the streams that wait beside it and the multipliers."""


class BranchSearch:
    """Dynamic programme over the runs of a network.

    All that what follows knows of the runs so far are the forms of the streams that wait. For each
    of their combinations, and each number of multipliers, the front has the fewest logic cells for
    each number of block RAMs and SPRAMs.
    """

    def __init__(self, options: PathOptions, cycles: int, limits: Limits):
        self.options = options
        self.cycles = cycles
        self.limits = limits
        self.opened: list[Fronts] = []
        """Of each run, fronts of all before it."""
        self.joined: list[Joined] = []
        """Of each run, the same with converters; empty where it has no matrix stage."""
        self.choices = [choices(run, cycles) for run in options.by_run]
        head, front = options.head, empty_front(limits)
        if head.cycles <= cycles:
            front[0, 0] = 0
        fronts: Fronts = {((options.head_given,), 0): moved(front, head, limits)}
        for number in range(len(options.runs)):
            self.opened.append(fronts)
            fronts = self._through(number, fronts)
        self.last = fronts

    def _through(self, number: int, fronts: Fronts) -> Fronts:
        """Fronts behind a run."""
        after: Fronts = {}
        self.joined.append({})
        if self.options.by_run[number]:
            self.joined[number] = self._join(number, fronts)
            for option in self.choices[number]:
                for (rest, dsp), front in self.joined[number].get(option.group, {}).items():
                    self._add(after, (*rest, option.given), dsp, front, option.cost)
        else:
            for (state, dsp), front in fronts.items():
                cost, given = self.options.passing(number, self._read(number, state))
                if cost.cycles <= self.cycles:
                    self._add(after, (*self._rest(number, state), given), dsp, front, cost)
        found = useful(after)
        if len(found) > MOST_FRONTS:
            least = sorted(found.items(), key=lambda item: (int(item[1].min()), item[0]))
            found = dict(least[:MOST_FRONTS])
        return found

    def _join(self, number: int, fronts: Fronts) -> Joined:
        groups = {option.group for option in self.choices[number]}
        joined: Joined = {}
        for (state, dsp), front in fronts.items():
            (ahead,), rest = self._read(number, state), self._rest(number, state)
            for group in groups:
                cost = self.options.joining(number, ahead, group)
                if cost.cycles <= self.cycles:
                    self._add(joined.setdefault(group, {}), rest, dsp, front, cost)
        return joined

    def _add(self, fronts: Fronts, state: State, dsp: int, front: Front, cost: Cost) -> None:
        """Add a front with a cost to those of a state."""
        key = state, dsp + cost.dsp
        if key[1] > self.limits.dsp:
            return
        more = moved(front, cost, self.limits)
        before = fronts.get(key)
        if before is not None:
            np.minimum(before, more, out=before)
        elif (more < NONE).any():
            fronts[key] = more

    def _read(self, number: int, state: State) -> State:
        """What a run reads of the streams that wait."""
        return tuple(state[place] for place in self.options.runs[number].places)

    def _rest(self, number: int, state: State) -> State:
        """What still waits behind a run, but for its own."""
        return tuple(state[place] for place in self.options.runs[number].left)

    def found(self) -> Found | None:
        """The cheapest design."""
        best = cheapest_point(self.last, self.limits)
        if best is None:
            return None
        point, state = best
        return Found(self._folding(state, point), *point)

    def _folding(self, state: State, point: Point) -> dict[str, Folding]:
        """The choices that lead to a point of the last fronts, found from its end."""
        chosen: dict[str, Folding] = {}
        for number in reversed(range(len(self.choices))):
            folding, state, point = next(self._before(number, state, point))
            if folding is not None:
                chosen[self.options.runs[number].first.name] = folding
        return {name: chosen[name] for name in self.options.network.matrices}

    def _before(
        self, number: int, state: State, point: Point
    ) -> Iterator[tuple[Folding | None, State, Point]]:
        """Foldings of a run that lead to a point behind it, None if it has none, and from where."""
        rest, given = state[:-1], state[-1]
        states = sorted({one for one, _ in self.opened[number] if self._rest(number, one) == rest})
        if not self.options.by_run[number]:
            for one in states:
                cost, found = self.options.passing(number, self._read(number, one))
                before = less(point, cost)
                if (
                    found == given
                    and cost.cycles <= self.cycles
                    and is_on(self.opened[number], one, before)
                ):
                    yield None, one, before
            return
        for option in self.choices[number]:
            left = less(point, option.cost)
            beside = self.joined[number].get(option.group, {})
            if option.given != given or not is_on(beside, rest, left):
                continue
            for one in states:
                (ahead,) = self._read(number, one)
                cost = self.options.joining(number, ahead, option.group)
                before = less(left, cost)
                if cost.cycles <= self.cycles and is_on(self.opened[number], one, before):
                    yield option.folding, one, before
