"""Where the boxes of a graph lie: a row for each step from the input, branches side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["Layout", "lay_out"]

_SWEEPS = 4


@dataclass(frozen=True)
class Layout:
    """Row and column of each box, and the way of each line from box to box.

    Columns are centres, in units of a box; ``lines`` have the points (row, column) that a line
    passes, its ends included.
    """

    places: dict[str, tuple[int, float]]
    lines: dict[tuple[str, str], tuple[tuple[int, float], ...]]


def lay_out(reads: Mapping[str, Sequence[str]]) -> Layout:
    """Place the boxes of a graph without cycles.

    Parameters
    ----------
    reads : mapping
        Of each box, in topological order, the boxes that it reads.
    """
    row: dict[str, int] = {}
    for name, sources in reads.items():
        row[name] = max((row[source] + 1 for source in sources), default=0)
    rows: list[list[str]] = [[] for _ in range(max(row.values(), default=0) + 1)]
    for name in reads:
        rows[row[name]].append(name)
    chains: dict[tuple[str, str], list[str]] = {}
    above: dict[str, list[str]] = {name: [] for name in reads}
    for name, sources in reads.items():
        for source in dict.fromkeys(sources):
            # A line that passes other rows keeps a place in each, so that no box is on it.
            passing = [f"{source}>{name}>{k}" for k in range(row[source] + 1, row[name])]
            chains[source, name] = [source, *passing, name]
            for before, after in zip([source, *passing], [*passing, name], strict=True):
                above.setdefault(after, []).append(before)
            for k, place in enumerate(passing, row[source] + 1):
                rows[k].append(place)
    below: dict[str, list[str]] = {}
    for after, befores in above.items():
        for before in befores:
            below.setdefault(before, []).append(after)
    _order(rows, above, below)
    column = _columns(rows, above, below)
    level = {name: k for k, names in enumerate(rows) for name in names}
    return Layout(
        {name: (level[name], column[name]) for name in reads},
        {ends: tuple((level[p], column[p]) for p in chain) for ends, chain in chains.items()},
    )


def _order(
    rows: list[list[str]], above: Mapping[str, Sequence[str]], below: Mapping[str, Sequence[str]]
) -> None:
    """Sort each row by the middle of what its boxes are joined with, down and up in turns."""
    for sweep in range(_SWEEPS):
        joined = above if sweep % 2 == 0 else below
        sequence = rows if sweep % 2 == 0 else rows[::-1]
        for before, names in pairwise(sequence):
            at = {name: float(k) for k, name in enumerate(before)}
            middle = {name: _mean([at[x] for x in joined.get(name, ()) if x in at], k)
                      for k, name in enumerate(names)}  # fmt: skip
            names.sort(key=middle.__getitem__)


def _columns(
    rows: Sequence[Sequence[str]],
    above: Mapping[str, Sequence[str]],
    below: Mapping[str, Sequence[str]],
) -> dict[str, float]:
    """Centres at least 1 apart, each row near the middle of what it is joined with."""
    column = {name: k - (len(names) - 1) / 2 for names in rows for k, name in enumerate(names)}
    for sweep in range(_SWEEPS):
        joined = above if sweep % 2 == 0 else below
        for names in rows if sweep % 2 == 0 else rows[::-1]:
            wanted = [_mean([column[x] for x in joined.get(name, ())], column[name])
                      for name in names]  # fmt: skip
            for name, place in zip(names, _apart(wanted), strict=True):
                column[name] = place
    least = min(column.values(), default=0.0)
    return {name: place - least for name, place in column.items()}


def _apart(wanted: Sequence[float]) -> list[float]:
    """The places nearest to those wanted that are in order and at least 1 apart."""
    groups: list[list[float]] = []  # of places that touch: sum of the wanted starts, and how many
    for k, place in enumerate(wanted):
        groups.append([place - k, 1.0])
        while len(groups) > 1 and groups[-2][0] / groups[-2][1] > groups[-1][0] / groups[-1][1]:
            total, count = groups.pop()
            groups[-1][0] += total
            groups[-1][1] += count
    starts = [total / count for total, count in groups for _ in range(int(count))]
    return [start + k for k, start in enumerate(starts)]


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
