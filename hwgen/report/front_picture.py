"""Pareto fronts of a sweep, drawn: a panel for each figure that is weighed against the rate."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hwgen.report.drawing import FAINT, draw

__all__ = ["WHAT", "Panel", "Series", "draw_fronts"]

WHAT = "Pareto fronts"

WIDTH, HEIGHT, LEGEND = 3.6, 3.4, 1.4
"""Inches, of a panel, and of the names beside them."""

MARKS = "os^Dv<>Ph*X"

Points = tuple[tuple[float, float], ...]
"""Frames a second, and a figure."""


@dataclass(frozen=True)
class Series:
    """Designs of one network and device, by their rates, and the front among them."""

    name: str
    designs: Points
    front: Points


@dataclass(frozen=True)
class Panel:
    """A figure, and the series that are drawn of it."""

    title: str
    series: tuple[Series, ...]


def draw_fronts(path: Path, panels: Sequence[Panel], title: str) -> None:
    """Draw designs as marks and their fronts as lines, the same bytes each time.

    Raises
    ------
    ModelError, ToolError
        As `hwgen.report.drawing.draw`.
    """
    said = ", ".join(panel.title for panel in panels)
    draw(path, WHAT, lambda: _figure(panels, title), title, f"frames a second against {said}")


def _figure(panels: Sequence[Panel], title: str) -> Any:
    from matplotlib.figure import Figure
    from matplotlib.ticker import NullFormatter, StrMethodFormatter

    size = (WIDTH * len(panels) + LEGEND, HEIGHT)
    figure = Figure(figsize=size, layout="constrained")
    for axes, panel in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True):
        for number, series in enumerate(panel.series):
            look = {"color": f"C{number % 10}", "marker": MARKS[number % len(MARKS)]}
            axes.plot(*_axes(series.designs), ls="", ms=3, alpha=0.35, **look)
            axes.plot(*_axes(series.front), lw=1, ms=4, label=series.name, **look)
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set_xlabel("frames a second")
        axes.set_title(panel.title, loc="left", size=9)
        axes.grid(color=FAINT, alpha=0.25)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right upper", frameon=False)
    figure.suptitle(title, x=0.01, ha="left", weight="bold", size=11)
    return figure


def _axes(points: Points) -> tuple[list[float], list[float]]:
    return [x for x, _ in points], [y for _, y in points]
