"""The design of a description without channels that change nothing, where it is a better one."""

from collections.abc import Callable
from dataclasses import replace

from hwgen.compress.choose import coarse, fine
from hwgen.compress.exact import remove_channels
from hwgen.compress.report import Removed
from hwgen.design import Design
from hwgen.errors import FitError, FoldingError
from hwgen.estimates.estimate import estimate_plan
from hwgen.kept_results import kept
from hwgen.model import Model, infer_shapes

__all__ = ["lean_design"]

Planner = Callable[[Model, int | None], Design]
"""The design of a description, in so many cycles a frame or as was asked for."""


def lean_design(
    model: Model, plan: Planner, *, rated: bool, progress: Callable[[str], object]
) -> Design:
    """Design without channels that change nothing; with them where it would be none the better.

    It is never slower than that with all channels, and takes no more cells, block RAM, SPRAM or
    DSPs by the estimates; for no device, no more lanes. Where no rate is asked for, a faster one
    may take more. Numbers of channels are left that keep their divisors, or as few as can be:
    of both the better design is taken.

    Parameters
    ----------
    rated : bool
        Whether a rate or a folding is asked for.

    Returns
    -------
    Design
        Its ``removed`` says what was left out, None where there was nothing to find.

    Raises
    ------
    HwgenError
        As ``plan``, for what neither of them can be.
    """
    tried: list[tuple[Model, Removed]] = []

    def find() -> bool:
        tried.append(remove_channels(model, coarse))
        return bool(tried[0][1].layers)

    about = (model.input, model.layers)
    if not kept("channels", about, find, lambda value: isinstance(value, bool)):
        return plan(model, None)
    tried = tried or [remove_channels(model, coarse)]
    _, found = tried[0]
    tried.append(remove_channels(model, fine))
    leaner = {_shapes(made): (made, report) for made, report in tried if report.changed}
    whole = _planned(plan, model, None) if leaner else plan(model, None)
    best, said = whole, found.refused()
    for made, report in leaner.values():
        progress("folding without channels that change nothing")
        design = _planned(plan, made, None)
        if rated and isinstance(design, Design) and isinstance(whole, Design):
            least = whole.plan.bottleneck_cycles
            if design.plan.bottleneck_cycles > least:
                design = _planned(plan, made, least)
        if _better(design, best, rated=rated):
            best, said = design, report
    if isinstance(best, Exception):
        raise best
    return replace(best, removed=said.figures())


def _planned(plan: Planner, model: Model, cycles: int | None) -> Design | FitError | FoldingError:
    """A design, or why there is none."""
    try:
        return plan(model, cycles)
    except (FitError, FoldingError) as error:
        return error


def _shapes(model: Model) -> tuple[tuple[str, tuple[int, int, int]], ...]:
    return tuple(infer_shapes(model).items())


def _better(new: Design | Exception, old: Design | Exception, *, rated: bool) -> bool:
    """Whether a design of fewer channels is worth more than one of more."""
    if isinstance(new, Exception) or isinstance(old, Exception):
        return isinstance(old, Exception) and not isinstance(new, Exception)
    mine, other = new.plan.bottleneck_cycles, old.plan.bottleneck_cycles
    if mine != other and (mine > other or not rated):
        return mine < other
    return all(a <= b for a, b in zip(_needs(new), _needs(old), strict=True))


def _needs(design: Design) -> tuple[int, ...]:
    """What a design takes: lanes, or of a device what is estimated and counted."""
    found = estimate_plan(design.network, design.plan)
    known = (found.logic_cells, found.ebr, found.spram, found.dsp)
    if any(number is not None for number in known):
        return tuple(number or 0 for number in known)
    return (sum(layer.pe * layer.simd * layer.m for layer in design.plan.layers),)
