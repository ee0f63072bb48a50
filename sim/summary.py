"""What a run of the simulator came to, as text for a terminal and as JSON."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from hwgen.console import count
from hwgen.plan.plan import Plan, Stream
from sim.activity import Activity

__all__ = ["Run", "frame_lines", "run_json", "run_lines", "run_tables"]

SHOWN = 16
"""Frames listed one by one."""

SHOWN_SCORES = 10
"""Scores of each of them."""

UNITS = {"fifo": "words", "lines": "rows"}
"""What the sizes of the plan's buffers count."""


@dataclass(frozen=True)
class Run:
    """A run: the plan, its latency and interval at full rate, and what happened.

    ``traffic`` names what the outside world did.
    """

    plan: Plan
    latency_cycles: int
    interval_cycles: int
    activity: Activity
    traffic: str

    @property
    def busiest(self) -> Stream:
        """The stream whose transfers no schedule can make in fewer cycles; the first of several."""
        return max(self.plan.streams, key=lambda s: s.transfers_per_frame)


def frame_lines(
    scores: NDArray[np.integer], classes: Sequence[int] | None, names: Sequence[str] | None
) -> Iterator[str]:
    """Scores and class of the first frames, a line each.

    Parameters
    ----------
    scores : integer array (frames, ...)
    classes : sequence of int, optional
        Class of each frame.
    names : sequence of str, optional
        Name of each class.
    """
    for k, frame in enumerate(scores[:SHOWN]):
        text = " ".join(str(s) for s in frame.ravel()[:SHOWN_SCORES])
        text += " ..." if frame.size > SHOWN_SCORES else ""
        if classes is None:
            yield f"frame {k}: scores {text}"
        else:
            name = f" ({names[classes[k]]})" if names else ""
            yield f"frame {k}: class {classes[k]}{name}, scores {text}"
    if len(scores) > SHOWN:
        yield f"... and {len(scores) - SHOWN} more; --json prints them all"


def run_json(run: Run) -> dict[str, Any]:
    """Keys of ``sim run --json`` that tell of cycles."""
    activity = run.activity
    layers = {x.name: x for x in activity.layers}
    most = activity.bottlenecks()

    def layer(name: str, kind: str) -> dict[str, Any]:
        found = layers.get(name)
        fields = ("busy_cycles", "starved_cycles", "blocked_cycles", "utilisation")
        return {
            "name": name,
            "kind": kind,
            **{key: None if found is None else getattr(found, key) for key in fields},
            "steady_utilisation": found and found.steady_utilisation(run.interval_cycles),
        }

    return {
        "latency_cycles": run.latency_cycles,
        "interval_cycles": run.interval_cycles,
        "traffic": run.traffic,
        "run_cycles": activity.cycles,
        "first_frame_cycles": activity.latency_cycles,
        "layers": [layer(x.name, x.kind) for x in run.plan.layers],
        "buffers": [
            {
                "name": x.buffer.unit,
                "kind": x.buffer.kind,
                "size": x.buffer.size,
                "high_water": x.high_water,
            }
            for x in activity.buffers
        ],
        "bottleneck": {
            "layers": [x.name for x in most],
            "utilisation": most[0].steady_utilisation(run.interval_cycles),
            "stream": run.busiest.name,
            "lower_bound_cycles": run.plan.bottleneck_cycles,
        },
    }


def run_tables(run: Run) -> Iterator[Table]:
    """Tables of the layers and of the buffers."""
    table = _table("layer", "busy", "starved", "blocked", "of run", "steady")
    layers = {x.name: x for x in run.activity.layers}
    for planned in run.plan.layers:
        layer = layers.get(planned.name)
        if layer is None:
            table.add_row(planned.name, "fused")
            continue
        table.add_row(
            layer.name,
            f"{layer.busy_cycles:,}",
            f"{layer.starved_cycles:,}",
            f"{layer.blocked_cycles:,}",
            f"{layer.utilisation:.0%}",
            f"{layer.steady_utilisation(run.interval_cycles):.0%}",
        )
    yield table
    table = _table("buffer", "most used", "size", "")
    for use in run.activity.buffers:
        table.add_row(
            use.buffer.unit, f"{use.high_water:,}", f"{use.buffer.size:,}", UNITS[use.buffer.kind]
        )
    yield table


def run_lines(run: Run) -> list[str]:
    """The run, the pace of the hardware, and what sets it."""
    activity, interval = run.activity, run.interval_cycles
    most = activity.bottlenecks()
    return [
        f"{count(activity.frames, 'frame')} in {activity.cycles:,} cycles ({run.traffic}), "
        f"the first after {activity.latency_cycles:,}",
        f"hardware: {run.latency_cycles:,} cycles latency, {interval:,} cycles a frame",
        f"bottleneck: {', '.join(x.name for x in most)}, busy "
        f"{most[0].steady_utilisation(interval):.0%} of the time",
        f"least possible: {run.plan.bottleneck_cycles:,} cycles a frame, the words of "
        f"{run.busiest.name}",
    ]


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column(first, no_wrap=True)
    for column in others:
        table.add_column(column, justify="right" if column else "left", no_wrap=True)
    return table
