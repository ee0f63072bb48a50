"""A picture of a run: one row a layer, frames in colours, lighter where a layer waits."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hwgen.report.drawing import FAINT, INK, draw
from sim.sketch import Bar, Sketch

__all__ = ["draw_timeline"]

SHADES = 5
"""From waiting nearly always to a transfer in every cycle."""

LIGHTEST = 0.25

THINNEST = 500
"""Bars are drawn at least this fraction of the width."""

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
"""Of Okabe and Ito: told apart with any kind of colour vision."""

WIDTH, ROW, FRAME = 8.0, 0.42, 1.75
"""Inches: width of the picture, height of a row, and of what is above and below the rows."""


def draw_timeline(path: Path, sketch: Sketch, *, interval: int, frames: int, traffic: str) -> None:
    """Draw a run, the same bytes each time, whole or not at all.

    Parameters
    ----------
    path : Path
        Its suffix says which of `hwgen.report.drawing.SUFFIXES` is drawn.
    interval : int
        Cycles between frames at full rate.
    frames : int
        Frames of the run; those that the sketch has are shown.
    traffic : str
        What the outside world did, such as "full rate".

    Raises
    ------
    ModelError
        If the file cannot be written.
    ToolError
        If matplotlib is missing.
    """
    said = f"{sketch.ends[0]:,} cycles latency, {interval:,} cycles a frame"
    draw(
        path,
        "timelines",
        lambda: _figure(sketch, interval, frames, traffic),
        title=sketch.plan.name,
        description=said,
    )


def _figure(sketch: Sketch, interval: int, frames: int, traffic: str) -> Any:
    from matplotlib.figure import Figure

    plan, rows, ends = sketch.plan, sketch.rows, sketch.ends
    height = FRAME + ROW * len(rows)
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    axes = figure.add_subplot()
    for y, (_, _, bars) in enumerate(rows):
        for frame, bar in enumerate(bars):
            _draw_bar(axes, y, frame, bar, ends[-1])
    _mark_ends(axes, ends, interval, len(rows))

    axes.set_xlim(0, ends[-1] * 1.01)
    axes.set_ylim(len(rows) - 0.4, -1.25)
    axes.set_yticks(range(len(rows)), [name for name, _, _ in rows])
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_formatter(lambda cycles, _: f"{cycles:,.0f}")
    axes.set_xlabel("cycles")
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)
    if plan.clock_mhz:
        clock = plan.clock_mhz
        above = axes.secondary_xaxis(
            "top", functions=(lambda x: np.divide(x, clock), lambda x: np.multiply(x, clock))
        )
        above.xaxis.set_major_formatter(lambda time, _: f"{time:,.10g}")
        above.set_xlabel(f"µs at {clock:g} MHz")
        above.spines["top"].set_color(FAINT)
    shown = f"first {sketch.frames} of {frames:,} frames" if frames > sketch.frames else (
        f"{frames} frame{'' if frames == 1 else 's'}"
    )  # fmt: skip
    figure.suptitle(
        f"{plan.name}: a frame every {interval:,} cycles", x=0.01, ha="left", weight="bold", size=12
    )
    axes.set_title(
        f"{shown}, {traffic}. Solid: a word in every cycle; lighter: the layer waits.",
        loc="left", size=8.5,
    )  # fmt: skip
    return figure


def _draw_bar(axes: Any, y: int, frame: int, bar: Bar, cycles: int) -> None:
    """Draw a frame's bar in one row, neighbours of one shade in one piece."""
    from matplotlib.patheffects import withStroke

    colour = np.array([int(COLOURS[frame % len(COLOURS)][k : k + 2], 16) for k in (1, 3, 5)]) / 255
    shades = np.ceil(np.clip(bar.density, 0, 1) * SHADES).astype(int)
    edges = np.linspace(bar.first, bar.last + 1, shades.size + 1)
    starts = np.append(0, np.flatnonzero(np.diff(shades)) + 1)
    stops = np.append(starts[1:], shades.size)
    for shade in range(SHADES + 1):
        of_it = shades[starts] == shade
        spans = [
            (edges[a], edges[b] - edges[a])
            for a, b in zip(starts[of_it], stops[of_it], strict=True)
        ]
        weight = LIGHTEST + (1 - LIGHTEST) * shade / SHADES
        axes.broken_barh(spans, (y - 0.36, 0.72), facecolor=1 - weight * (1 - colour), linewidth=0)
    length = bar.last + 1 - bar.first
    if length < cycles / THINNEST:
        axes.broken_barh([(bar.first, cycles / THINNEST)], (y - 0.36, 0.72), facecolor=colour)
    if length > cycles / 25:
        paper = 1 - (LIGHTEST + (1 - LIGHTEST) * bar.density.mean()) * (1 - colour)
        light = paper @ (0.2126, 0.7152, 0.0722) > 0.55
        label = axes.text(
            bar.first + length / 2, y, str(frame), ha="center", va="center", size=8.5,
            weight="bold", color=INK if light else "white",
        )  # fmt: skip
        # Legible over stripes as well.
        label.set_path_effects([withStroke(linewidth=2.5, foreground=paper)])


def _mark_ends(axes: Any, ends: Sequence[int], interval: int, rows: int) -> None:
    """Write first-frame latency and the last interval above the rows."""
    spans = [(0, ends[0], f"first frame out after {ends[0]:,}")]
    if len(ends) > 1:
        step = ends[-1] - ends[-2]
        text = f"then every {step:,}" if step == interval else f"last frame {step:,} later"
        spans.append((ends[-2], ends[-1], text))
    for end in {0, *ends[:1], *ends[-2:]}:
        axes.plot(
            [end, end], [-0.95, rows - 1], color=FAINT, linewidth=0.8, linestyle=":", zorder=3
        )
    for first, last, text in spans:
        axes.annotate(
            "", (last, -0.72), (first, -0.72),
            arrowprops={"arrowstyle": "<->", "color": INK, "linewidth": 0.9,
                        "shrinkA": 0, "shrinkB": 0},
        )  # fmt: skip
        place = (first + last) / 2, "center"
        if last - first < ends[-1] / 6:
            # Too narrow for its text, which then goes to the side with more room.
            place = (last, "right") if last > ends[-1] / 2 else (first, "left")
        axes.text(place[0], -0.8, text, ha=place[1], va="bottom", size=8.5)
