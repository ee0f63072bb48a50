"""What a run of the simulator came to, as text for a terminal and as JSON."""

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from hwgen.console import count
from hwgen.plan.plan import Plan, Stream
from hwgen.report.amounts import rate_text
from sim.bandwidth import Bandwidth
from sim.golden import GoldenResult
from sim.simulate import Simulation

__all__ = [
    "frame_lines",
    "frame_text",
    "pace_lines",
    "run_json",
    "run_lines",
    "run_tables",
    "score_text",
    "scores_json",
]

SHOWN = 16
"""Frames listed one by one."""

WIDTH = 80

SHOWN_SCORES = 10
"""Scores of each of them."""

UNITS = {"fifo": "words", "lines": "rows"}
"""What the sizes of the plan's buffers count."""


def frame_lines(result: GoldenResult, names: Sequence[str] | None) -> Iterator[str]:
    """What a network computes of the first frames, a line each.

    Parameters
    ----------
    result : GoldenResult
    names : sequence of str, optional
        Name of each class.
    """
    for k in range(min(SHOWN, len(result.scores))):
        yield f"frame {k}: {frame_text(result, k, names)}"
    if len(result.scores) > SHOWN:
        yield f"... and {len(result.scores) - SHOWN} more; --json prints them all"


def frame_text(result: GoldenResult, frame: int, names: Sequence[str] | None) -> str:
    """Class and scores of a frame, and the values that they stand for if those are others."""
    best = None if result.classes is None else int(result.classes[frame])
    text = score_text(result.scores[frame], best, names)
    if set(result.score_scale) == {1} and not any(result.score_offset):
        return text
    return f"{text}, values {_listed(result.float_scores[frame], '.4g')}"


def score_text(
    scores: NDArray[np.integer[Any]], best: int | None, names: Sequence[str] | None
) -> str:
    """Class, if there is one, and scores."""
    text = f"scores {_listed(scores, 'd')}"
    if best is None:
        return text
    name = f" ({names[best]})" if names and best < len(names) else ""
    return f"class {best}{name}, {text}"


def _listed(values: NDArray[Any], form: str) -> str:
    text = " ".join(format(x, form) for x in values.ravel()[:SHOWN_SCORES].tolist())
    return text + (" ..." if values.size > SHOWN_SCORES else "")


def _busiest(plan: Plan) -> Stream:
    """The stream whose transfers no schedule can make in fewer cycles; the first of several."""
    return max(plan.streams, key=lambda s: s.transfers_per_frame)


def scores_json(result: GoldenResult) -> dict[str, Any]:
    """Keys of ``sim run --json`` that tell what the network computes."""
    values = result.float_scores
    if not np.isfinite(values).all():
        # JSON has no number for what is beyond float64.
        values = values.astype(object)
        values[~np.isfinite(result.float_scores)] = None
    return {
        "scores": result.scores.tolist(),
        "values": values.tolist(),
        "classes": None if result.classes is None else result.classes.tolist(),
    }


def run_json(run: Simulation) -> dict[str, Any]:
    """Keys of ``sim run --json`` that tell of cycles."""
    activity = run.activity
    layers = {x.name: x for x in activity.layers}
    most = activity.bottlenecks()

    def layer(name: str, kind: str) -> dict[str, Any]:
        found = layers.get(name)
        cycles = ("busy_cycles", "starved_cycles", "blocked_cycles", "waiting_cycles")
        fields = (*cycles, "utilisation")
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
        "layers": [layer(x.name, x.kind) for x in run.design.plan.layers],
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
            "stream": _busiest(run.design.plan).name,
            "lower_bound_cycles": run.design.plan.bottleneck_cycles,
        },
        "weights": run.weights and _weights_json(run, run.weights),
    }


def _weights_json(run: Simulation, found: Bandwidth) -> dict[str, Any]:
    interval = found.interval_cycles
    return {
        "memory": run.memory,
        "clock_mhz": found.clock_mhz,
        "words_per_frame": found.words,
        "bytes_per_frame": found.frame_bytes,
        "latency_cycles": found.latency_cycles,
        "interval_cycles": int(interval) if interval.denominator == 1 else float(interval),
        "frames_per_second": found.frames_per_second,
        "bytes_per_second": found.used,
        "memory_bytes_per_second": found.available,
        "memory_share": found.share,
        "waiting": _waiting(run),
    }


def _waiting(run: Simulation) -> dict[str, float]:
    """Part of the run in which each layer waited for weights, of those whose weights come in."""
    outside = {x.name for x in run.design.plan.layers if x.weight_reads}
    return {x.name: x.waiting_cycles / x.cycles for x in run.activity.layers if x.name in outside}


def run_tables(run: Simulation) -> Iterator[Table]:
    """Tables of the layers and of the buffers."""
    waits = ["waiting"] if run.weights else []
    table = _table("layer", "busy", "starved", "blocked", *waits, "of run", "steady")
    layers = {x.name: x for x in run.activity.layers}
    for planned in run.design.plan.layers:
        layer = layers.get(planned.name)
        if layer is None:
            table.add_row(planned.name, "fused")
            continue
        table.add_row(
            layer.name,
            f"{layer.busy_cycles:,}",
            f"{layer.starved_cycles:,}",
            f"{layer.blocked_cycles:,}",
            *(f"{layer.waiting_cycles:,}" for _ in waits),
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


def run_lines(run: Simulation) -> list[str]:
    """The run, the pace of the hardware, and what sets it, as wide as a terminal at most."""
    activity, interval = run.activity, run.interval_cycles
    most = activity.bottlenecks()
    lines = [
        f"{count(activity.frames, 'frame')} in {activity.cycles:,} cycles ({run.traffic}), "
        f"the first after {activity.latency_cycles:,}",
        f"hardware: {run.latency_cycles:,} cycles latency, {interval:,} cycles a frame",
        f"bottleneck: {', '.join(x.name for x in most)}, busy "
        f"{most[0].steady_utilisation(interval):.0%} of the time",
        f"least possible: {run.design.plan.bottleneck_cycles:,} cycles a frame, the words of "
        f"{_busiest(run.design.plan).name}",
        *(_weights_lines(run, run.weights) if run.weights else ()),
    ]
    return [part for line in lines for part in wrap(line, WIDTH, break_on_hyphens=False)]


def _weights_lines(run: Simulation, found: Bandwidth) -> Iterator[str]:
    """What weights from outside come to: the pace, the bandwidth, and who waits for them."""
    yield from pace_lines(found, run.memory or "outside")
    waiting = ", ".join(f"{name} {share:.1%}" for name, share in _waiting(run).items())
    yield f"waiting for weights: {waiting} of the run"


def pace_lines(found: Bandwidth, source: str) -> Iterator[str]:
    """The pace of a design with weights from a memory, and what it takes of that.

    Parameters
    ----------
    source : str
        Name of the memory.
    """
    interval = found.interval_cycles
    digits = 0 if interval.denominator == 1 else 1
    yield (
        f"weights from {source}: {found.latency_cycles:,} cycles latency, "
        f"{float(interval):,.{digits}f} cycles a frame"
    )
    yield (
        f"that is {found.frames_per_second:,.1f} frames/s at {found.clock_mhz:g} MHz, and "
        f"{rate_text(found.used)}, {found.share:.1%} of {rate_text(found.available)}"
    )


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column(first, no_wrap=True)
    for column in others:
        table.add_column(column, justify="right" if column else "left", no_wrap=True)
    return table
