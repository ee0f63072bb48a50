"""What FIFOs hold where paths meet, as the search of foldings counts it."""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import assert_never

from hwgen.network import (
    INPUT,
    Combine,
    IntegerNetwork,
    Levels,
    Matrix,
    Pool,
    Requantise,
    Stage,
    SumPool,
    Threshold,
)
from hwgen.plan.units import Fifo, Unit

__all__ = ["as_held", "held_parts"]

MORE_WORDS = 24
"""Words that a FIFO holds beside those of the rows that its path is ahead."""

Parts = Mapping[str, tuple[Fraction, ...]]
"""Of each stage at which paths meet, parts of a frame by which each path is ahead of the others."""


@dataclass(frozen=True)
class Lag:
    """Part of a frame by which what leaves is behind what comes in: no less and no more."""

    least: Fraction
    most: Fraction

    def __add__(self, other: "Lag") -> "Lag":
        return Lag(self.least + other.least, self.most + other.most)


NONE = Lag(Fraction(0), Fraction(0))


def held_parts(network: IntegerNetwork, outside: Container[str]) -> Parts:
    """Parts of a frame that FIFOs hold where paths meet.

    A layer puts out a row when the rows of its windows are there, and works on it while the next
    one comes in. So a path is behind another by the rows of its windows, whatever the rate, and by
    a few words. That is how it is where line buffers never hold up what comes to them; what the
    simulator finds for a design may be more or less.

    Parameters
    ----------
    outside : container of str
        Layers whose weights come from outside; these hold whole maps.
    """
    doors = _doors(network)
    places = {name: k for k, name in enumerate((INPUT, *network.named))}
    found = {}
    for stage in network.stages:
        if isinstance(stage, Combine):
            common = set.intersection(*(doors[name] for name in stage.sources))
            since = max(common, key=places.__getitem__)
            lags = _lags(network, since, outside)
            behind = [lags[name] for name in stage.sources]
            latest = max(lag.most for lag in behind)
            found[stage.name] = tuple(
                max(latest - lag.least, Fraction(0)) if _others_later(behind, k) else Fraction(0)
                for k, lag in enumerate(behind)
            )
    return found


def as_held(units: Iterable[Unit], parts: Parts) -> Iterator[Unit]:
    """Units with the words that FIFOs where paths meet are counted for; laid out for a frame."""
    seen: dict[str, int] = {}
    for unit in units:
        if not isinstance(unit, Fifo) or not unit.deep:
            yield unit
            continue
        number = seen[unit.stage] = seen.get(unit.stage, -1) + 1
        part = parts[unit.stage][number]
        words = ceil(part * unit.depth) + MORE_WORDS if part else 2
        yield unit.resized(min(unit.depth, words))


def _others_later(behind: list[Lag], number: int) -> bool:
    """Whether another path may be later than this one."""
    mine = behind[number].least
    return any(lag.most > mine for k, lag in enumerate(behind) if k != number)


def _doors(network: IntegerNetwork) -> dict[str, set[str]]:
    """Of each stage, those that all that it reads comes through, and itself."""
    doors = {INPUT: {INPUT}}
    for stage in network.stages:
        doors[stage.name] = {stage.name}.union(
            set.intersection(*(doors[name] for name in stage.sources))
        )
    return doors


def _lags(network: IntegerNetwork, since: str, outside: Container[str]) -> dict[str, Lag]:
    """How far stages are behind one of them, as far as they read it, directly or not."""
    lags = {since: NONE}
    for stage in network.stages:
        before = [lags[name] for name in stage.sources if name in lags]
        if before and stage.name not in lags:
            latest = Lag(max(x.least for x in before), max(x.most for x in before))
            lags[stage.name] = latest + _lag(stage, stage.name in outside)
    return lags


def _lag(stage: Stage, outside: bool) -> Lag:
    """How far a stage is behind what it reads.

    A layer of one tap may need no row, or one to read it again for other outputs; a pool may be
    part of the layer ahead of it.
    """
    match stage:
        case Matrix() if outside:
            return Lag(Fraction(1), Fraction(2))
        case Matrix():
            taps = stage.weights.shape[1]
            rows = stage.dilation[0] * (taps - 1) + 1 - stage.padding[0]
            least = 0 if taps == 1 else rows
        case Pool() | SumPool():
            rows = stage.window[0] - (stage.padding[0] if isinstance(stage, Pool) else 0)
            least = rows - 1
        case Combine() | Levels() | Requantise() | Threshold():
            return NONE
        case _:
            assert_never(stage)
    height = stage.in_shape[0]
    low, high = (min(max(n, 0), height) for n in (least, max(rows, 1)))
    return Lag(Fraction(low, height), Fraction(high, height))
