"""From a point to its row: folded, simulated and estimated as `hwgen build` does it."""

import json
import time
from collections.abc import Mapping
from typing import Any

from hwgen.errors import FitError, HwgenError, one_line
from hwgen.estimates.estimate import Resources, estimate_plan
from hwgen.explore.points import Network, Point
from hwgen.explore.row import Row
from hwgen.families.devices import PARTS
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
        "storage": point.storage,
        "products": point.products,
    }
    if point.folding is not None:
        asked |= {"folding_file": point.folding.file, "folding_digest": point.folding.digest}
    try:
        design = make_sized_design(
            network.in_precision(point.bits, point.wide_bits),
            device=point.device,
            fps=point.fps,
            folding=None if point.folding is None else point.folding.entries,
            clock_mhz=point.clock_mhz,
            wanted=point.wanted,
        )
        latency, interval = kept_pace(design.plan)
        asked_cycles = None if point.fps is None else point.clock_mhz * 1e6 / point.fps
        check_interval(design.model, interval, asked_cycles)
        resources = estimate_plan(design.network, design.plan)
        _check_fit(resources, point.device, design.model.source or network.name)
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


def _check_fit(taken: Resources, device: str, about: str) -> None:
    """Refuse a design that is larger than its device, as one of a folding file can be.

    Raises
    ------
    FitError
        Says by how much.
    """
    part = PARTS[device]
    counts = {
        "logic cells": (taken.logic_cells, part.lut4),
        "block RAMs": (taken.ebr, part.ebr),
        "SPRAMs": (taken.spram, part.spram),
        "multiplier cells": (taken.dsp, part.dsp),
    }
    for noun, (needed, have) in counts.items():
        if (needed or 0) > (have or 0):
            raise FitError(
                f"{about}: does not fit {device}: takes {needed:,} {noun} of {have or 0:,}"
            )
