"""The pictures of the page of the talk's claims."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.claim_verdicts import Rows, accuracy
from benchmarks.picture import COLOURS
from benchmarks.talk_figures import FAMILY, NETWORKS, REFERENCE, WIDTHS, Slide
from hwgen.report.drawing import FAINT, INK, draw

__all__ = ["ACCURACY", "COST", "draw_accuracy", "draw_cost"]

ACCURACY, COST = "claims_accuracy.svg", "claims_cost.svg"
"""Names of the files, beside the page."""

GROUPS = {"width": "width study", "family": "CIFAR family", "other": "CNV"}


def draw_accuracy(rows: Rows, path: Path) -> None:
    """Draw each network's accuracy in the talk and here; the same figures give the same bytes.

    Raises
    ------
    HwgenError
        If the file cannot be written, or matplotlib is missing.
    """
    title = "Accuracy in the talk and here"
    said = "Width study in percent of pictures, CIFAR family in percent of the CNN's accuracy."
    draw(path, "pictures of claims", lambda: _accuracy_figure(rows), title, said)


def draw_cost(rows: Rows, path: Path) -> None:
    """Draw accuracy by memory on chip and by logic cells; as `draw_accuracy`."""
    title = "Accuracy by memory and logic cells"
    said = "A point for each network that was planned for the part and evaluated."
    draw(path, "pictures of claims", lambda: _cost_figure(rows), title, said)


def _accuracy_figure(rows: Rows) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.6, 6.4), layout="constrained")
    whole = accuracy(rows, REFERENCE)
    heights = [len(WIDTHS), len(FAMILY)]
    upper, lower = figure.subplots(2, 1, height_ratios=heights)

    def share(slide: Slide) -> float | None:
        found = accuracy(rows, slide.name)
        return None if found is None or whole is None else 100 * found / whole

    def percent(slide: Slide) -> float | None:
        found = accuracy(rows, slide.name)
        return None if found is None else 100 * found

    _pairs(upper, WIDTHS, percent, "width study: accuracy, %; the talk's ten classes and CIFAR-10")
    _pairs(
        lower, FAMILY, share,
        f"CIFAR family: accuracy, % of {REFERENCE}'s; talk: CIFAR-100, here: CIFAR-10",
    )  # fmt: skip
    upper.legend(loc="upper left", frameon=False, ncols=2, bbox_to_anchor=(0, 1.18), borderpad=0)
    return figure


def _pairs(
    axes: Any, slides: Sequence[Slide], here: Callable[[Slide], float | None], label: str
) -> None:
    """Two marks a network, joined by a line."""
    for row, slide in enumerate(slides):
        found = here(slide)
        if found is not None:
            axes.plot([slide.accuracy, found], [row, row], color=FAINT, linewidth=1, zorder=1)
        else:
            axes.text(slide.accuracy, row - 0.34, "not trained", ha="center", size=7, color=FAINT)
    style: dict[str, Any] = {"s": 34, "zorder": 2}
    axes.scatter(
        [slide.accuracy for slide in slides], range(len(slides)), facecolors="white",
        edgecolors=INK, label="in the talk", **style,
    )  # fmt: skip
    known = [(found, row) for row, s in enumerate(slides) if (found := here(s)) is not None]
    if known:
        axes.scatter(*zip(*known, strict=True), color=COLOURS[0], label="here", **style)
    axes.set_yticks(range(len(slides)), [slide.name for slide in slides])
    axes.invert_yaxis()
    axes.set_xlabel(label)
    axes.grid(axis="x", color="#d8d8d8", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)


def _cost_figure(rows: Rows) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.2, 4.6), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    _points(left, rows, lambda plan: (plan["buffer_bits"] + plan["weight_bits"]) / 8000)
    _points(right, rows, lambda plan: plan["logic_cells"])
    left.set_xlabel("buffers and weights on chip, KB (logarithmic)")
    right.set_xlabel("logic cells, estimated (logarithmic)")
    left.set_ylabel("accuracy, %")
    left.legend(loc="lower right", frameon=False)
    return figure


def _points(axes: Any, rows: Rows, cost: Callable[[Any], float]) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    for (group, label), colour in zip(GROUPS.items(), COLOURS, strict=True):
        found = [
            (cost(plan), 100 * share, name)
            for name, slide in NETWORKS.items()
            if slide.group == group
            and (plan := rows.get(name, {}).get("planned", {"problem": ""}))
            and "problem" not in plan
            and (share := accuracy(rows, name)) is not None
        ]
        for x, y, name in found:
            axes.annotate(
                name.removeprefix("width-") if group == "width" else name, (x, y),
                textcoords="offset points", xytext=(4, 3 if group == "width" else -8),
                size=6.5, color=INK,
            )  # fmt: skip
        if found:
            axes.scatter([x for x, *_ in found], [y for _, y, _ in found], s=22, color=colour,
                         label=label, zorder=2)  # fmt: skip
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(color="#d8d8d8", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
