"""The page of a store of `hwgen explore`: a table to sort, and plots that select together."""

from collections.abc import Sequence
from typing import Any

from hwgen.errors import ToolError
from hwgen.explore.fronts import front
from hwgen.explore.points import AUTO
from hwgen.explore.row import FIGURES, TITLES, Row
from hwgen.report.page.build_page import render
from hwgen.report.page.colours import colours_of

__all__ = ["store_page"]

PLAIN = (None, "", AUTO)
"""Values of a column that is not shown if it has no others."""

LIBRARY: list[Any] = ["bokeh", "bokeh-widgets", "bokeh-tables"]

ROW, HIGHEST, NARROWEST = 25, 600, 760
"""Pixels: a row of the table, all of it, and its columns side by side."""

PLOT: dict[str, Any] = {"height": 320, "min_width": 280, "sizing_mode": "stretch_width"}


def store_page(rows: Sequence[Row], name: str) -> str:
    """The page as HTML, with the plotting library in it.

    Raises
    ------
    ToolError
        If bokeh is missing.
    """
    try:
        from bokeh.embed import components
        from bokeh.resources import Resources
    except ImportError as error:
        raise ToolError(
            "report: bokeh is missing; install it with `pip install 'hwgen[explore]'`"
        ) from error
    designs = [row for row in rows if row.problem is None]
    best = front(rows)
    script, parts = components(_plots(designs, {row.key for row in best}), wrap_script=False)
    networks = sorted({row.network for row in rows})
    return render(
        "store.html.j2",
        name=name,
        subtitle=f"{', '.join(networks)} on {', '.join(sorted({r.device for r in rows}))}",
        tiles=[
            {"value": f"{len(rows):,}", "label": "points"},
            {"value": f"{len(designs):,}", "label": "with a design"},
            {"value": f"{len(best):,}", "label": "on the front"},
            {"value": f"{sum(r.fmax_mhz is not None for r in rows):,}", "label": "placed"},
        ],
        library="\n".join(Resources("inline", components=LIBRARY).js_raw),
        script=script,
        parts=parts,
        legend=[{"label": k, "colour": c} for k, c in _colours(designs).items()],
        problems=[
            {"what": f"{_series(r)}, {_asked(r)}", "why": r.problem}
            for r in rows
            if r.problem is not None
        ],
    )


def _asked(row: Row) -> str:
    if row.folding_file is not None:
        return row.folding_file
    rate = "the fastest" if row.asked_fps is None else f"{row.asked_fps:g} frames/s"
    kinds = [f"weights in {row.storage}"] * (row.storage != AUTO)
    kinds += [f"products in {row.products}"] * (row.products != AUTO)
    return ", ".join([rate, *kinds])


def _plots(designs: Sequence[Row], best: set[str]) -> dict[str, Any]:
    """Plots by the figures that are known, and the table, all over one source of data."""
    from bokeh.models import ColumnDataSource, DataTable, NumeralTickFormatter, TableColumn
    from bokeh.plotting import figure

    colours = _colours(designs)
    data: dict[str, list[Any]] = {key: [getattr(row, key) for row in designs] for key in TITLES}
    data["front"] = ["yes" if row.key in best else "" for row in designs]
    data["asked_fps"] = [
        row.folding_file or ("fastest" if row.asked_fps is None else row.asked_fps)
        for row in designs
    ]
    data["colour"] = [colours[_series(row)] for row in designs]
    data["size"] = [9 if row.key in best else 5 for row in designs]
    data["name"] = [_series(row) for row in designs]
    source = ColumnDataSource(data)
    shown = [("", "@name"), ("frames/s", "@frames_per_second{0,0.0}"), ("cells", "@logic_cells")]
    found: dict[str, Any] = {}
    for key, title in FIGURES.items():
        if not any(value is not None for value in data[key]):
            continue
        plot = figure(
            title=f"{title} against frames a second", x_axis_type="log",
            y_axis_type="log" if key == "microjoules" else "auto", tooltips=shown,
            tools="pan,wheel_zoom,box_select,tap,reset,hover", **PLOT,
        )  # fmt: skip
        plot.xaxis.formatter = NumeralTickFormatter(format="0,0.[0]")
        plot.scatter(
            "frames_per_second", key, source=source, size="size", color="colour",
            alpha=0.8, nonselection_alpha=0.12, line_color=None,
        )  # fmt: skip
        found[key] = plot
    columns = [
        TableColumn(field=key, title=title, formatter=_formatter(key))
        for key, title in {**TITLES, "front": "front"}.items()
        if any(value not in PLAIN for value in data[key])
    ]
    height = min(HIGHEST, ROW * (len(designs) + 2))
    found["table"] = DataTable(
        source=source, columns=columns, sortable=True, height=height, sizing_mode="stretch_width",
        min_width=NARROWEST, index_position=None, autosize_mode="force_fit", reorderable=False,
    )  # fmt: skip
    return found


def _formatter(key: str) -> Any:
    from bokeh.models import NumberFormatter, StringFormatter

    numbers = {
        "interval_cycles": "0,0", "logic_cells": "0,0", "frames_per_second": "0,0.0",
        "microjoules": "0,0.0", "fmax_mhz": "0.0", "accuracy": "0.00%",
    }  # fmt: skip
    if key in numbers:
        return NumberFormatter(format=numbers[key], nan_format="-")
    return StringFormatter(nan_format="-")


def _colours(designs: Sequence[Row]) -> dict[str, str]:
    """A colour for each network on each device."""
    return colours_of(list(dict.fromkeys(_series(row) for row in designs)))


def _series(row: Row) -> str:
    return f"{row.network}, {row.device}"
