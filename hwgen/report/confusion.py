"""What pictures are taken for: as text for a terminal, and drawn."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from hwgen.report.drawing import FAINT, INK, draw

__all__ = ["WHAT", "commonest", "confusion_table", "draw_confusion"]

WHAT = "confusion matrices"

COLUMNS = 78
"""Of the widest table."""

LISTED = 10
"""Confusions listed where the table is wider."""

NUMBERED, TICKED = 20, 40
"""Classes up to which fields have numbers, and all of them names."""

CELL, AROUND, SMALLEST, LARGEST = 0.42, 2.2, 4.0, 14.0
"""Inches: side of a field, what is around all of them, the picture's least and greatest side."""


def confusion_table(counts: NDArray[np.int64], names: Sequence[str] | None) -> Table | None:
    """A row for what pictures show, a column for what they are taken for; None if too wide."""
    classes = len(counts)
    heads = class_names(classes, names)
    widths = [len(f"{max(counts[:, k].max(), k):,}") for k in range(classes)]
    if max(len("shows"), *map(len, heads)) + sum(width + 2 for width in widths) > COLUMNS:
        return None
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("shows", no_wrap=True)
    for k in range(classes):
        table.add_column(str(k), justify="right", no_wrap=True)
    for head, row in zip(heads, counts.tolist(), strict=True):
        table.add_row(head, *(f"{count:,}" for count in row))
    return table


def commonest(counts: NDArray[np.int64], names: Sequence[str] | None) -> Iterator[str]:
    """The commonest confusions, a line each."""
    heads = class_names(len(counts), names)
    wrong = counts - np.diag(np.diag(counts))
    for place in np.argsort(-wrong, axis=None, kind="stable")[:LISTED].tolist():
        row, column = divmod(place, len(counts))
        if wrong[row, column]:
            yield f"{heads[row]} taken for {heads[column]}: {wrong[row, column]:,}"


def class_names(classes: int, names: Sequence[str] | None) -> list[str]:
    """Index of each class, and its name where it has another one."""
    given = names if names is not None and len(names) == classes else [""] * classes
    return [str(k) if name in ("", str(k)) else f"{k} {name}" for k, name in enumerate(given)]


def draw_confusion(
    path: Path, counts: NDArray[np.int64], names: Sequence[str] | None, title: str
) -> None:
    """Draw the matrix, the same bytes each time, whole or not at all.

    Raises
    ------
    ModelError
        If the file cannot be written, or is no picture that is drawn.
    ToolError
        If matplotlib is missing.
    """
    right = int(np.trace(counts))
    said = f"{right / int(counts.sum()):.2%} of {int(counts.sum()):,} right"
    draw(path, WHAT, lambda: _figure(counts, names, f"{title}: {said}"), title, said)


def _figure(counts: NDArray[np.int64], names: Sequence[str] | None, title: str) -> Any:
    from matplotlib.figure import Figure

    classes, heads = len(counts), class_names(len(counts), names)
    side = min(max(AROUND + CELL * classes, SMALLEST), LARGEST)
    figure = Figure(figsize=(side, side), layout="constrained")
    axes = figure.add_subplot()
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    # The square root shows the few that are wrong beside the many that are right.
    axes.imshow(np.sqrt(shares), cmap="Blues", vmin=0, vmax=1, interpolation="nearest")
    ticks = range(0, classes, -(-classes // TICKED))
    axes.set_xticks(ticks, [heads[k] for k in ticks], rotation=90 if _long(heads) else 0)
    axes.set_yticks(ticks, [heads[k] for k in ticks])
    axes.set_xlabel("taken for")
    axes.set_ylabel("shows")
    axes.tick_params(length=0)
    for edge in axes.spines.values():
        edge.set_color(FAINT)
    if classes <= NUMBERED:
        for (row, column), count in np.ndenumerate(counts):
            if count:
                axes.text(
                    column, row, f"{count:,}", ha="center", va="center", size=7.5,
                    color="white" if shares[row, column] > 0.36 else INK,
                )  # fmt: skip
    figure.suptitle(title, x=0.01, ha="left", weight="bold", size=11)
    return figure


def _long(heads: Sequence[str]) -> bool:
    return max(map(len, heads)) > 3
