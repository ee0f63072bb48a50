"""The search of foldings where each stage reads the one ahead of it."""

import numpy as np

from hwgen.plan.folding import Folding
from hwgen.search.fronts import Found, Front, Limits, empty_front, moved, undominated, useful
from hwgen.search.options import LayerOptions, NetworkOptions, Option

__all__ = ["ChainSearch", "chain_rates"]

Fronts = dict[tuple[int, int], Front]
"""By the channels of the words of the stream between two layers, and the multipliers taken."""


def chain_rates(options: NetworkOptions) -> list[int]:
    """Cycles a frame that a design can have, in order."""
    rates = {options.head.cycles}
    groups = {options.head_group}
    for number, layer in enumerate(options.layers):
        rates |= {option.cost.cycles for option in layer.options}
        taken = {option.group for option in layer.options}
        rates |= {options.joining(number, a, b).cycles for a in groups for b in taken}
        groups = {option.pe for option in layer.options}
    least = max(layer.least_cycles for layer in options.layers) if options.layers else 0
    return sorted(rate for rate in rates if rate >= least)


class ChainSearch:
    """Dynamic programme over the layers.

    All that one layer knows of those before it is how wide the words of the stream between them
    are. For each width, and each number of multipliers, of which few come about, the front has the
    fewest logic cells for each number of block RAMs and SPRAMs: what it leaves out takes more of
    one and no less of the others, and can be no part of a better design.
    """

    def __init__(self, options: NetworkOptions, cycles: int, limits: Limits):
        self.options = options
        self.cycles = cycles
        self.limits = limits
        self.opened: list[Fronts] = []
        """Of each layer, fronts of all before it."""
        self.joined: list[Fronts] = []
        """The same with the converters to the channels that the layer takes."""
        self.choices = [_undominated(layer, cycles) for layer in options.layers]
        head = options.head
        front = empty_front(self.limits)
        if head.cycles <= cycles and head.ebr <= limits.ebr and head.spram <= limits.spram:
            front[head.ebr, head.spram] = head.cells
        fronts = {(options.head_group, head.dsp): front} if head.dsp <= limits.dsp else {}
        for number in range(len(options.layers)):
            self.opened.append(fronts)
            fronts = self._through(number, fronts)
        self.last = fronts

    def _through(self, number: int, fronts: Fronts) -> Fronts:
        """Fronts behind a layer."""
        joined: Fronts = {}
        after: Fronts = {}
        for group in {option.group for option in self.choices[number]}:
            joined |= self._join(number, fronts, group)
        for option in self.choices[number]:
            for (group, dsp), front in joined.items():
                key = option.pe, dsp + option.cost.dsp
                if group == option.group and key[1] <= self.limits.dsp:
                    more = moved(front, option.cost, self.limits)
                    before = after.get(key)
                    after[key] = more if before is None else np.minimum(before, more)
        self.joined.append(joined)
        return useful(after)

    def _join(self, number: int, fronts: Fronts, group: int) -> Fronts:
        joined: Fronts = {}
        for (before, dsp), so_far in fronts.items():
            cost = self.options.joining(number, before, group)
            if cost.cycles <= self.cycles:
                front = joined.setdefault((group, dsp), empty_front(self.limits))
                np.minimum(front, so_far + cost.cells, out=front)
        return joined

    def found(self) -> Found | None:
        """The cheapest design."""
        best: tuple[int, int, int, int, int] | None = None
        for (pe, dsp), front in sorted(self.last.items()):
            cells = int(front.min())
            if cells <= self.limits.cells:
                ebr, spram = (int(k) for k in np.argwhere(front == cells)[0])
                best = min(best or (cells, ebr, spram, dsp, pe), (cells, ebr, spram, dsp, pe))
        if best is None:
            return None
        cells, ebr, spram, dsp, pe = best
        return Found(self._folding(pe, best[:4]), cells, ebr, spram, dsp)

    def _folding(self, pe: int, left: tuple[int, int, int, int]) -> dict[str, Folding]:
        """The choices that lead to a point of the last fronts, found from its end."""
        chosen: dict[str, Folding] = {}
        for number in reversed(range(len(self.choices))):
            option, rest = next(
                (option, rest)
                for option in self.choices[number]
                if option.pe == pe and (rest := self._before(number, option, *left)) is not None
            )
            chosen[self.options.layers[number].stage.name] = option.folding
            cells, ebr, spram, dsp = rest
            pe, joining = next(
                (before, cost.cells)
                for (before, known), front in self.opened[number].items()
                for cost in [self.options.joining(number, before, option.group)]
                if known == dsp
                and cost.cycles <= self.cycles
                and front[ebr, spram] + cost.cells == cells
            )
            left = cells - joining, ebr, spram, dsp
        return dict(reversed(chosen.items()))

    def _before(
        self, number: int, option: Option, cells: int, ebr: int, spram: int, dsp: int
    ) -> tuple[int, int, int, int] | None:
        """What all before a layer takes if the option leads to a point, or None if it does not."""
        cost = option.cost
        cells, ebr, spram, dsp = (
            cells - cost.cells,
            ebr - cost.ebr,
            spram - cost.spram,
            dsp - cost.dsp,
        )
        front = self.joined[number].get((option.group, dsp))
        if ebr < 0 or spram < 0 or front is None or front[ebr, spram] != cells:
            return None
        return cells, ebr, spram, dsp


def _undominated(layer: LayerOptions, cycles: int) -> list[Option]:
    """Options fast enough of which no other with the same words takes as little or less."""
    by_words: dict[tuple[int, int], list[Option]] = {}
    for option in layer.options:
        if option.cost.cycles <= cycles:
            by_words.setdefault((option.group, option.pe), []).append(option)
    return [option for found in by_words.values() for option in undominated(found)]
