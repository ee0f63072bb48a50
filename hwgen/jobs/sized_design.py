"""From a description to a plan whose buffers have the sizes that are built."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from hwgen.design import DEFAULT_CLOCK_MHZ, Design, make_design
from hwgen.errors import FitError
from hwgen.estimates.estimate import cheaper_buffers, estimate_plan
from hwgen.families.devices import find_device
from hwgen.jobs.kept_design import kept_design
from hwgen.jobs.lean_design import lean_design
from hwgen.model import Model
from hwgen.search.fit import NOTHING, beyond
from hwgen.search.fronts import Limits
from hwgen.search.wanted import ANYTHING, Wanted
from sim.kept_cycles import kept_sizes
from sim.sizing import override_buffers

__all__ = ["make_sized_design"]

MOST_TRIES = 6
"""Foldings that are sized, each smaller than the one before, until one fits."""

Progress = Callable[[str], object]


def make_sized_design(
    model: Model,
    *,
    device: str = "generic",
    fps: float | None = None,
    cycles: int | None = None,
    folding: tuple[Mapping[str, Any], str] | None = None,
    clock_mhz: float = DEFAULT_CLOCK_MHZ,
    weights_interval: Fraction | None = None,
    wanted: Wanted = ANYTHING,
    buffers: Mapping[str, int] | None = None,
    keep_channels: bool = False,
    progress: Progress = lambda step: None,
) -> Design:
    """Design that `build` builds, and nothing written; see there and `hwgen.design.make_design`.

    Its model is the description without channels that change nothing, unless they are kept.

    Raises
    ------
    HwgenError
        For what cannot be built; names file, layer and constraint.
    """

    def folding_for(kept_back: Limits) -> Design:
        progress("folding")

        def plan(model: Model, least: int | None = None) -> Design:
            rate, count = (fps, cycles) if least is None else (None, least)
            if folding is not None:
                return make_design(
                    model,
                    device=device,
                    cycles=cycles,
                    fps=fps,
                    folding=folding,
                    clock_mhz=clock_mhz,
                    wanted=wanted,
                )
            return kept_design(
                model,
                device=device,
                cycles=count,
                fps=rate,
                clock_mhz=clock_mhz,
                weights_interval=weights_interval,
                progress=progress,
                wanted=wanted,
                kept_back=kept_back,
            )

        if keep_channels:
            return plan(model)
        rated = any(x is not None for x in (fps, cycles, folding))
        return lean_design(model, plan, rated=rated, progress=progress)

    kept_back = over = NOTHING
    for _ in range(MOST_TRIES):
        design = _sized(folding_for(kept_back), buffers or {}, progress)
        # What is asked for is built, and of chains the search knows all buffers.
        over = NOTHING if folding or buffers else _beyond(design)
        if over == NOTHING:
            return design
        kept_back = Limits(kept_back.cells + over.cells, kept_back.ebr + over.ebr, 0)
    raise FitError(
        f"{model.source or model.name}: does not fit {device}: with the buffers that {MOST_TRIES} "
        f"foldings need it still takes {over.cells:,} logic cells or {over.ebr:,} block RAMs more "
        "than are left beside routing and host link; allow more cycles, or give a folding"
    )


def _sized(design: Design, buffers: Mapping[str, int], progress: Progress) -> Design:
    """With the least buffers that keep the full rate, but for some."""
    progress("sizing buffers")
    fixed = override_buffers(design.plan, buffers, design.model.source)
    sized = kept_sizes(design.plan, fixed, progress)
    ample = design.plan.with_buffers(fixed)
    return design.with_plan(cheaper_buffers(design.network, ample, sized))


def _beyond(design: Design) -> Limits:
    """What a design of paths that meet takes beyond what it may: the search estimates buffers."""
    device = find_device(design.plan.device)
    if design.network.is_chain or device.lut4 is None:
        return NOTHING
    return beyond(estimate_plan(design.network, design.plan), device)
