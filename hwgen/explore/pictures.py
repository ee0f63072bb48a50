"""What pictures of a sweep show: a panel a figure, in it a series for each network and device."""

from collections.abc import Sequence

from hwgen.explore.fronts import front
from hwgen.explore.row import FIGURES, GOALS, Row
from hwgen.report.front_picture import Panel, Series

__all__ = ["panels_of"]


def panels_of(rows: Sequence[Row]) -> list[Panel]:
    """Panels of the figures that are known of any design."""
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        if row.problem is None:
            groups.setdefault((row.digest, row.network, row.device), []).append(row)
    several = len({digest for digest, _, _ in groups}) > 1
    panels = []
    for name, title in FIGURES.items():
        goals = {"frames_per_second": 1, name: GOALS[name]}
        found = [
            Series(
                f"{network}, {device}" if several else device,
                _points(mine, name),
                _points(front(mine, goals), name),
            )
            for (_, network, device), mine in groups.items()
        ]
        if any(series.designs for series in found):
            panels.append(Panel(title, tuple(found)))
    return panels


def _points(rows: Sequence[Row], name: str) -> tuple[tuple[float, float], ...]:
    values = ((row.frames_per_second, getattr(row, name)) for row in rows)
    return tuple(sorted((x, y) for x, y in values if x is not None and y is not None))
