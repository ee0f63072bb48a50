"""Designs whose folding is looked for once."""

from collections.abc import Callable
from fractions import Fraction

from hwgen.design import DEFAULT_CLOCK_MHZ, Design, make_design
from hwgen.kept_results import kept
from hwgen.model import Model
from hwgen.search.fit import NOTHING
from hwgen.search.fronts import Limits
from hwgen.search.wanted import ANYTHING, Wanted

__all__ = ["kept_design"]


def kept_design(
    model: Model,
    *,
    device: str,
    fps: float | None = None,
    cycles: int | None = None,
    clock_mhz: float = DEFAULT_CLOCK_MHZ,
    weights_interval: Fraction | None = None,
    progress: Callable[[str], object] = lambda step: None,
    kept_back: Limits = NOTHING,
    wanted: Wanted = ANYTHING,
) -> Design:
    """As `hwgen.design.make_design` without a folding; what it chose is kept for the next time.

    Raises
    ------
    HwgenError
        For what cannot be built; names file, layer and constraint.
    """
    found: list[Design] = []

    def find() -> object:
        design = make_design(
            model,
            device=device,
            cycles=cycles,
            fps=fps,
            clock_mhz=clock_mhz,
            weights_interval=weights_interval,
            progress=progress,
            kept_back=kept_back,
            wanted=wanted,
        )
        found.append(design)
        return design.plan.folding

    asked = (device, fps, cycles, clock_mhz, weights_interval, wanted, kept_back)
    about = (model.input, model.layers, *asked)
    folding = kept("folding", about, find, lambda value: isinstance(value, dict))
    if found:
        return found[0]
    assert isinstance(folding, dict)
    return make_design(model, device=device, folding=(folding, model.source), clock_mhz=clock_mhz)
