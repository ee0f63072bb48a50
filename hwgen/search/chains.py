"""The folding of a whole network: the fastest that fits a device, or the smallest for a rate."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from operator import le

import numpy as np
from numpy.typing import NDArray

from hwgen.errors import FoldingError
from hwgen.plan.folding import Folding
from hwgen.search.foldings import check_output
from hwgen.search.options import Cost, LayerOptions, NetworkOptions, Option

__all__ = ["Limits", "cheapest", "check_rate", "fastest", "least_shortage"]

Front = NDArray[np.int64]
"""Least logic cells by block RAMs and SPRAMs taken; `NONE` where that cannot be."""

NONE = 1 << 40

Fronts = dict[tuple[int, int], Front]
"""By the channels of the words of the stream between two layers, and the multipliers taken."""


@dataclass(frozen=True)
class Limits:
    """Logic cells of units, block RAMs, SPRAMs and multipliers that a design may take at most."""

    cells: int
    ebr: int
    spram: int
    dsp: int = 0


@dataclass(frozen=True)
class Found:
    """A folding of all layers, and what it comes to: cells are those of the units."""

    folding: dict[str, Folding]
    cells: int
    ebr: int
    spram: int
    dsp: int


def check_rate(options: NetworkOptions, cycles: int) -> None:
    """Refuse a rate that input, output or a layer cannot have, whatever the device.

    Raises
    ------
    FoldingError
        Names the layer, if it is one, and the least cycles.
    """
    for layer in options.layers:
        if layer.least_cycles > cycles:
            raise FoldingError(
                f"{options.network.source}: layer {layer.stage.name!r}: needs at least "
                f"{layer.least_cycles:,} cycles a frame, more than the {cycles:,} asked for"
            )
    check_output(options.network, cycles)
    if options.head.cycles > cycles:
        raise FoldingError(
            f"{options.network.source}: a picture takes {options.head.cycles:,} cycles to come in, "
            f"more than the {cycles:,} asked for"
        )


def cheapest(options: NetworkOptions, cycles: int, limits: Limits) -> Found | None:
    """Folding of fewest logic cells, then block RAMs, SPRAMs, multipliers; None where none fits.

    Every stream makes at most ``cycles`` transfers a frame.
    """
    return _Search(options, cycles, limits).found()


def fastest(options: NetworkOptions, limits: Limits) -> Found | None:
    """Folding of fewest cycles a frame, then as `cheapest`; None where none fits."""
    rates = _rates(options)
    best = None
    low, high = 0, len(rates)
    while low < high:
        middle = (low + high) // 2
        found = cheapest(options, rates[middle], limits)
        if found is None:
            low = middle + 1
        else:
            best, high = found, middle
    return best


def _rates(options: NetworkOptions) -> list[int]:
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


class _Search:
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
        front = self._nothing()
        if head.cycles <= cycles and head.ebr <= limits.ebr and head.spram <= limits.spram:
            front[head.ebr, head.spram] = head.cells
        fronts = {(options.head_group, head.dsp): front} if head.dsp <= limits.dsp else {}
        for number in range(len(options.layers)):
            self.opened.append(fronts)
            fronts = self._through(number, fronts)
        self.last = fronts

    def _nothing(self) -> Front:
        return np.full((self.limits.ebr + 1, self.limits.spram + 1), NONE, np.int64)

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
                    moved = self._moved(front, option)
                    before = after.get(key)
                    after[key] = moved if before is None else np.minimum(before, moved)
        self.joined.append(joined)
        return _useful(after)

    def _join(self, number: int, fronts: Fronts, group: int) -> Fronts:
        joined: Fronts = {}
        for (before, dsp), so_far in fronts.items():
            cost = self.options.joining(number, before, group)
            if cost.cycles <= self.cycles:
                front = joined.setdefault((group, dsp), self._nothing())
                np.minimum(front, so_far + cost.cells, out=front)
        return joined

    def _moved(self, front: Front, option: Option) -> Front:
        """Front with an option's cost added, within the limits."""
        ebr, spram, cells = option.cost.ebr, option.cost.spram, option.cost.cells
        moved = self._nothing()
        rows, columns = front.shape[0] - ebr, front.shape[1] - spram
        if rows > 0 and columns > 0:
            moved[ebr:, spram:] = front[:rows, :columns] + cells
            moved[moved > self.limits.cells] = NONE
        return moved

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


def _useful(fronts: Fronts) -> Fronts:
    """Those that have some point of which none with no more multipliers takes as little."""
    kept: Fronts = {}
    least: dict[int, Front] = {}
    for (channels, dsp), front in sorted(fronts.items()):
        known = least.get(channels)
        if known is None or (front < known).any():
            kept[channels, dsp] = front
            least[channels] = front if known is None else np.minimum(known, front)
    return kept


def _undominated(layer: LayerOptions, cycles: int) -> list[Option]:
    """Options fast enough of which no other with the same words takes as little or less."""
    by_words: dict[tuple[int, int], list[Option]] = {}
    for option in layer.options:
        if option.cost.cycles <= cycles:
            by_words.setdefault((option.group, option.pe), []).append(option)
    return [option for found in by_words.values() for option in _best(found)]


def _best(options: Iterable[Option]) -> list[Option]:
    kept: list[Option] = []
    for option in sorted(options, key=lambda o: _taken(o.cost)):
        taken = _taken(option.cost)[1:]
        if not any(all(map(le, _taken(k.cost)[1:], taken)) for k in kept):
            kept.append(option)
    return kept


def _taken(cost: Cost) -> tuple[int, int, int, int]:
    """What a cost takes of a device."""
    return cost.cells, cost.ebr, cost.spram, cost.dsp


def least_shortage(options: NetworkOptions, cycles: int, limits: Limits) -> tuple[str, int, int]:
    """What no folding has enough of: its name, the least that is needed, and what there is.

    Logic cells come first; block RAMs are those that are needed with the logic cells that there
    are. Where that is enough, it is block RAMs together with SPRAMs that are not.
    """
    ample = sum(max(o.cost.ebr for o in layer.options) for layer in options.layers)
    wide = replace(limits, cells=NONE - 1, ebr=ample + options.head.ebr)
    found = _Search(options, cycles, wide)
    fewest = min((int(front.min()) for front in found.last.values()), default=NONE)
    if fewest > limits.cells:
        return "logic cells", fewest, limits.cells
    within = _Search(options, cycles, replace(limits, ebr=wide.ebr))
    rams = [
        int(np.argwhere(front.min(axis=1) <= limits.cells)[0][0])
        for front in within.last.values()
        if front.min() <= limits.cells
    ]
    return "block RAMs", min(rams), limits.ebr
