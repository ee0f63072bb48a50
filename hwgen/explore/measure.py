"""From a point to its row: folded, simulated and estimated as `hwgen build` does it."""

import json
import time
from collections.abc import Mapping
from typing import Any

from hwgen.errors import HwgenError, one_line
from hwgen.estimates.estimate import estimate_plan
from hwgen.explore.points import Network, Point
from hwgen.explore.row import Row
from hwgen.jobs.build import check_interval
from hwgen.jobs.sized_design import make_sized_design
from hwgen.power.plan_work import plan_work
from hwgen.power.price import price_frame
from sim.kept_cycles import kept_pace

__all__ = ["Networks", "measure"]


Networks = Mapping[str, Network]
"""By their digests."""


def measure(networks: Networks, point: Point) -> Row:
    """What a point comes to; a design that there cannot be is a row with its problem."""
    start = time.monotonic()
    network = networks[point.network]
    asked: dict[str, Any] = {
        "key": point.key,
        "digest": point.network,
        "network": network.name,
        "device": point.device,
        "clock_mhz": point.clock_mhz,
        "asked_fps": point.fps,
        "bits": point.bits,
        "wide_bits": point.wide_bits,
    }
    try:
        design = make_sized_design(
            network.in_precision(point.bits, point.wide_bits),
            device=point.device,
            fps=point.fps,
            clock_mhz=point.clock_mhz,
        )
        latency, interval = kept_pace(design.plan)
        asked_cycles = None if point.fps is None else point.clock_mhz * 1e6 / point.fps
        check_interval(design.model, interval, asked_cycles)
        resources = estimate_plan(design.network, design.plan)
        energy = price_frame(
            point.device,
            plan_work(design.network, design.plan, interval),
            clock_hz=point.clock_mhz * 1e6,
            fps=point.fps,
        )
    except HwgenError as error:
        return Row(**asked, problem=one_line(str(error)), seconds=time.monotonic() - start)
    figures: dict[str, Any] = {**asked, **resources.as_json()}
    return Row(
        **figures,
        interval_cycles=interval,
        latency_cycles=latency,
        frames_per_second=point.clock_mhz * 1e6 / interval,
        microjoules=energy.joules * 1e6,
        microjoules_error=energy.uncertainty,
        folding=json.dumps(design.plan.folding),
        seconds=time.monotonic() - start,
    )
