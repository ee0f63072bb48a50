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
    empty_front,
    is_on,
    less,
    moved,
    undominated,
    useful,
)
from hwgen.search.paths import PathOptions, Way
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
        self.choices = [_fast(ways, cycles) for ways in options.ways]
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
        if self.options.ways[number]:
            self.joined[number] = self._join(number, fronts)
            for way in self.choices[number]:
                assert way.option is not None
                for (rest, dsp), front in self.joined[number].get(way.option.group, {}).items():
                    self._add(after, (*rest, way.given), dsp, front, way.cost)
        else:
            for (state, dsp), front in fronts.items():
                way = self.options.passing(number, self._read(number, state))
                if way.cost.cycles <= self.cycles:
                    given = (*self._rest(number, state), way.given)
                    self._add(after, given, dsp, front, way.cost)
        found = useful(after)
        if len(found) > MOST_FRONTS:
            least = sorted(found.items(), key=lambda item: (int(item[1].min()), item[0]))
            found = dict(least[:MOST_FRONTS])
        return found

    def _join(self, number: int, fronts: Fronts) -> Joined:
        groups = {way.option.group for way in self.choices[number] if way.option}
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
            way, state, point = next(self._before(number, state, point))
            if way.option is not None:
                chosen[self.options.runs[number].first.name] = way.option.folding
        return {name: chosen[name] for name in self.options.network.matrices}

    def _before(
        self, number: int, state: State, point: Point
    ) -> Iterator[tuple[Way, State, Point]]:
        """Ways to a point behind a run, and where each comes from."""
        rest, given = state[:-1], state[-1]
        states = sorted({one for one, _ in self.opened[number] if self._rest(number, one) == rest})
        if not self.options.ways[number]:
            found = [(self.options.passing(number, self._read(number, one)), one) for one in states]
            for way, one in found:
                if way.given == given and way.cost.cycles <= self.cycles:
                    yield from self._leads(number, way, one, less(point, way.cost))
            return
        for way in self.choices[number]:
            assert way.option is not None
            left = less(point, way.cost)
            beside = self.joined[number].get(way.option.group, {})
            if way.given != given or not is_on(beside, rest, left):
                continue
            for one in states:
                (ahead,) = self._read(number, one)
                cost = self.options.joining(number, ahead, way.option.group)
                if cost.cycles <= self.cycles:
                    yield from self._leads(number, way, one, less(left, cost))

    def _leads(
        self, number: int, way: Way, state: State, point: Point
    ) -> Iterator[tuple[Way, State, Point]]:
        """The way, where the point ahead of it is on the front of a state."""
        if is_on(self.opened[number], state, point):
            yield way, state, point


def _fast(ways: list[Way], cycles: int) -> list[Way]:
    """Ways fast enough of which no other with the same words takes as little or less."""
    by_words: dict[tuple[int, Ahead], list[Way]] = {}
    for way in ways:
        if way.option is not None and way.cost.cycles <= cycles:
            by_words.setdefault((way.option.group, way.given), []).append(way)
    found = []
    for group in by_words.values():
        kept = set(map(id, undominated([way.option for way in group if way.option])))
        found += [way for way in group if id(way.option) in kept]
    return found
