"""The search of foldings where each stage reads the one ahead of it."""

import numpy as np

from hwgen.plan.folding import Folding
from hwgen.search.fronts import (
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
from hwgen.search.options import NetworkOptions
from hwgen.search.pricing import Ahead

__all__ = ["ChainSearch", "chain_rates"]

Fronts = dict[tuple[Ahead, int], Front]
"""By what is ahead of a layer, and the multipliers taken."""

Joined = dict[tuple[int, int], Front]
"""By the channels of the words that a layer takes, and the multipliers taken."""


def chain_rates(options: NetworkOptions) -> list[int]:
    """Cycles a frame that a design can have, in order."""
    rates = {options.head.cycles}
    ahead = {options.head_given}
    for number, layer in enumerate(options.layers):
        rates |= {option.cost.cycles for option in layer.options}
        taken = {option.group for option in layer.options}
        rates |= {options.joining(number, a, b).cycles for a in ahead for b in taken}
        ahead = {option.given for option in layer.options}
    least = max(layer.least_cycles for layer in options.layers) if options.layers else 0
    return sorted(rate for rate in rates if rate >= least)


class ChainSearch:
    """Dynamic programme over the layers.

    All that one layer knows of those before it is the form of the stream between them. For each
    form, and each number of multipliers, of which few come about, the front has the
    fewest logic cells for each number of block RAMs and SPRAMs: what it leaves out takes more of
    one and no less of the others, and can be no part of a better design.
    """

    def __init__(self, options: NetworkOptions, cycles: int, limits: Limits):
        self.options = options
        self.cycles = cycles
        self.limits = limits
        self.opened: list[Fronts] = []
        """Of each layer, fronts of all before it."""
        self.joined: list[Joined] = []
        """The same with the converters to the channels that the layer takes."""
        self.choices = [choices(layer.options, cycles) for layer in options.layers]
        head = options.head
        front = empty_front(limits)
        if head.cycles <= cycles:
            front[0, 0] = 0
        fronts: Fronts = {(options.head_given, head.dsp): moved(front, head, limits)}
        for number in range(len(options.layers)):
            self.opened.append(fronts)
            fronts = self._through(number, fronts)
        self.last = fronts

    def _through(self, number: int, fronts: Fronts) -> Fronts:
        """Fronts behind a layer."""
        joined: Joined = {}
        after: Fronts = {}
        for group in {option.group for option in self.choices[number]}:
            joined |= self._join(number, fronts, group)
        for option in self.choices[number]:
            for (group, dsp), front in joined.items():
                key = option.given, dsp + option.cost.dsp
                if group == option.group and key[1] <= self.limits.dsp:
                    more = moved(front, option.cost, self.limits)
                    before = after.get(key)
                    after[key] = more if before is None else np.minimum(before, more)
        self.joined.append(joined)
        return useful(after)

    def _join(self, number: int, fronts: Fronts, group: int) -> Joined:
        joined: Joined = {}
        for (ahead, dsp), so_far in fronts.items():
            cost = self.options.joining(number, ahead, group)
            if cost.cycles <= self.cycles:
                front = joined.setdefault((group, dsp), empty_front(self.limits))
                np.minimum(front, moved(so_far, cost, self.limits), out=front)
        return joined

    def found(self) -> Found | None:
        """The cheapest design."""
        best = cheapest_point(self.last, self.limits)
        if best is None:
            return None
        point, given = best
        return Found(self._folding(given, point), *point)

    def _folding(self, given: Ahead, point: Point) -> dict[str, Folding]:
        """The choices that lead to a point of the last fronts, found from its end."""
        chosen: dict[str, Folding] = {}
        for number in reversed(range(len(self.choices))):
            option = next(
                option for option in self.choices[number]
                if option.given == given
                and is_on(self.joined[number], option.group, less(point, option.cost))
            )  # fmt: skip
            chosen[self.options.layers[number].stage.name] = option.folding
            point = less(point, option.cost)
            given, point = next(
                (ahead, left)
                for ahead, dsp in self.opened[number]
                for cost in [self.options.joining(number, ahead, option.group)]
                for left in [less(point, cost)]
                if dsp == point[-1]
                and cost.cycles <= self.cycles
                and is_on(self.opened[number], ahead, left)
            )
        return dict(reversed(chosen.items()))
