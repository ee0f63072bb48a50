"""Pareto fronts: designs that no other design is at least as good as in everything."""

from collections.abc import Sequence

from hwgen.explore.row import GOALS, Row

__all__ = ["front", "is_better"]


def front(rows: Sequence[Row], goals: dict[str, int] | None = None) -> list[Row]:
    """Rows with a design that no other row of the same network and device is better than.

    They come by network and device, the slowest first. Of equal ones the first is left. A figure
    that some rows do not know counts as the worst.
    """
    goals = GOALS if goals is None else goals
    kept: list[Row] = []
    for row in rows:
        if row.problem is not None or any(is_better(k, row, goals, same=True) for k in kept):
            continue
        kept = [k for k in kept if not is_better(row, k, goals)]
        kept.append(row)
    return sorted(kept, key=lambda r: (r.network, r.digest, r.device, r.frames_per_second or 0.0))


def is_better(one: Row, other: Row, goals: dict[str, int], *, same: bool = False) -> bool:
    """Whether a design is as good as another in all that is wanted, and better in something.

    With ``same`` one that is as good in all of it counts too. Designs of different networks or
    devices are not compared.
    """
    if (one.digest, one.device) != (other.digest, other.device):
        return False
    pairs = [(_worth(one, name, sign), _worth(other, name, sign)) for name, sign in goals.items()]
    return all(a >= b for a, b in pairs) and (same or any(a > b for a, b in pairs))


def _worth(row: Row, name: str, sign: int) -> float:
    value = getattr(row, name)
    return float("-inf") if value is None else sign * value
