"""Fronts: the fewest logic cells for what else is taken of a device."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import le
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hwgen.plan.folding import Folding
from hwgen.search.options import Option
from hwgen.search.pricing import Ahead, Cost

__all__ = [
    "NONE",
    "Found",
    "Front",
    "Limits",
    "Point",
    "cheapest_point",
    "choices",
    "empty_front",
    "is_on",
    "less",
    "moved",
    "useful",
]

Front = NDArray[np.int64]
"""Least logic cells by block RAMs and SPRAMs taken; `NONE` where that cannot be."""

NONE = 1 << 40

State = TypeVar("State")

Point = tuple[int, int, int, int]
"""Cells, block RAMs, SPRAMs, multipliers."""


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


def empty_front(limits: Limits) -> Front:
    """Front of no design at all."""
    return np.full((limits.ebr + 1, limits.spram + 1), NONE, np.int64)


def moved(front: Front, cost: Cost, limits: Limits) -> Front:
    """Front with a cost added, within the limits."""
    found = empty_front(limits)
    rows, columns = front.shape[0] - cost.ebr, front.shape[1] - cost.spram
    if rows > 0 and columns > 0:
        found[cost.ebr :, cost.spram :] = front[:rows, :columns] + cost.cells
        found[found > limits.cells] = NONE
    return found


def useful(fronts: Mapping[tuple[State, int], Front]) -> dict[tuple[State, int], Front]:
    """Fronts, by what is ahead and by multipliers, with some point that no other has as cheap.

    The other is one with the same ahead and no more multipliers.
    """
    kept: dict[tuple[State, int], Front] = {}
    least: dict[State, Front] = {}
    for (state, dsp), front in sorted(fronts.items()):
        known = least.get(state)
        if known is None or (front < known).any():
            kept[state, dsp] = front
            least[state] = front if known is None else np.minimum(known, front)
    return kept


def cheapest_point(
    fronts: Mapping[tuple[State, int], Front], limits: Limits
) -> tuple[Point, State] | None:
    """The point of fewest cells, then of the others in their order, and what is ahead there."""
    best: tuple[Point, State] | None = None
    for (state, dsp), front in fronts.items():
        cells = int(front.min())
        if cells <= limits.cells:
            ebr, spram = (int(k) for k in np.argwhere(front == cells)[0])
            one = (cells, ebr, spram, dsp), state
            best = one if best is None else min(best, one)
    return best


def less(point: Point, cost: Cost) -> Point:
    """Point that a cost leads to this one from."""
    cells, ebr, spram, dsp = point
    return cells - cost.cells, ebr - cost.ebr, spram - cost.spram, dsp - cost.dsp


def is_on(fronts: Mapping[tuple[State, int], Front], state: State, point: Point) -> bool:
    """Whether a point is on the front of a state."""
    cells, ebr, spram, dsp = point
    front = fronts.get((state, dsp))
    return front is not None and min(ebr, spram) >= 0 and bool(front[ebr, spram] == cells)


def choices(options: Iterable[Option], cycles: int) -> list[Option]:
    """Options fast enough of which no other with the same words takes as little or less."""
    by_words: dict[tuple[int, Ahead], list[Option]] = {}
    for option in options:
        if option.cost.cycles <= cycles:
            by_words.setdefault((option.group, option.given), []).append(option)
    return [option for found in by_words.values() for option in _undominated(found)]


def _undominated(options: Iterable[Option]) -> list[Option]:
    kept: list[Option] = []
    for option in sorted(options, key=lambda o: _taken(o.cost)):
        taken = _taken(option.cost)[1:]
        if not any(all(map(le, _taken(k.cost)[1:], taken)) for k in kept):
            kept.append(option)
    return kept


def _taken(cost: Cost) -> tuple[int, int, int, int]:
    """What a cost takes of a device."""
    return cost.cells, cost.ebr, cost.spram, cost.dsp
