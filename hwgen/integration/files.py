"""The files of a build for who puts it into a design of their own, by name."""

import re
from collections.abc import Collection, Sequence

from hwgen.build_folder import (
    BENCH_SUFFIX,
    CORE_SUFFIX,
    PIXELS_SUFFIX,
    SCORES_SUFFIX,
    TEMPLATE_SUFFIX,
    WEIGHTS_SUFFIX,
)
from hwgen.integration.bench import Bench, bench_verilog
from hwgen.integration.core_file import core_file
from hwgen.integration.template import instantiation_template
from hwgen.integration.vectors import Vectors
from hwgen.plan.plan import Plan
from hwgen.plan.ports import Port

__all__ = ["integration_files"]

_MODULE = re.compile(r"^module (\w+)", re.MULTILINE)


def integration_files(
    plan: Plan,
    ports: Sequence[Port],
    verilog: str,
    memories: Collection[str],
    vectors: Vectors,
    latency_cycles: int,
    interval_cycles: int,
) -> dict[str, bytes]:
    """Make template, test bench with its vectors, and FuseSoC's description.

    Parameters
    ----------
    verilog : str
        Of the design.
    memories : collection of str
        Files that it reads.
    latency_cycles, interval_cycles : int
        At full rate.
    """
    name = plan.name
    widths = {port.name: port.width for port in ports}
    pixels, scores = name + PIXELS_SUFFIX, name + SCORES_SUFFIX
    weights = name + WEIGHTS_SUFFIX if "s_weights_tdata" in widths else None
    bench = Bench(
        name=name,
        module=_free_name(f"{name}_tb", verilog),
        ports=tuple(ports),
        frames=vectors.frames,
        pixels=plan.entry.transfers_per_frame,
        scores=plan.exit.transfers_per_frame,
        load_words=plan.load_words,
        packet_words=plan.weights.transfers_per_frame if plan.weights else 0,
        latency_cycles=latency_cycles,
        interval_cycles=interval_cycles,
        pixels_file=pixels,
        scores_file=scores,
        weights_file=weights,
    )
    read = [pixels, scores, *([weights] if weights else [])]
    core = core_file(name, bench.module, data=sorted(memories), bench=read)
    score_bits = widths["m_axis_tdata"] + widths.get("m_axis_tuser", 0) + 1
    return {
        name + TEMPLATE_SUFFIX: instantiation_template(name, ports).encode(),
        name + BENCH_SUFFIX: bench_verilog(bench).encode(),
        pixels: vectors.pixel_lines(widths["s_axis_tdata"]),
        scores: vectors.score_lines(score_bits),
        name + CORE_SUFFIX: core.encode(),
    }


def _free_name(name: str, verilog: str) -> str:
    """Make it a name that no module has, whatever the case: one with a number behind if need be."""
    taken = {module.lower() for module in _MODULE.findall(verilog)}
    number, free = 1, name
    while free.lower() in taken:
        number += 1
        free = f"{name}_{number}"
    return free
