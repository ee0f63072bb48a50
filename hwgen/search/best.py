"""The folding of a whole network: the fastest that fits a device, or the smallest for a rate."""

from dataclasses import replace

import numpy as np

from hwgen.errors import FoldingError
from hwgen.search.branches import BranchSearch
from hwgen.search.chains import ChainSearch, chain_rates
from hwgen.search.foldings import check_output
from hwgen.search.fronts import NONE, Found, Limits
from hwgen.search.options import NetworkOptions
from hwgen.search.paths import PathOptions

__all__ = ["Options", "cheapest", "check_rate", "fastest", "least_shortage"]

Options = NetworkOptions | PathOptions
"""Of chains, and of networks whose paths part."""

MORE_EBR = 100
"""Block RAMs beyond which no unit takes any that is not a matrix unit's."""


def check_rate(options: Options, cycles: int) -> None:
    """Refuse a rate that input, output or a layer cannot have, whatever the device.

    Raises
    ------
    FoldingError
        Names the layer, if it is one, and the least cycles.
    """
    for layer in options.layers:
        if layer.least_cycles > cycles:
            raise FoldingError(
                f"{options.network.source}: layer {layer.stage.name!r}: needs at least "
                f"{layer.least_cycles:,} cycles a frame, more than the {cycles:,} asked for"
            )
    check_output(options.network, cycles)
    if options.head.cycles > cycles:
        raise FoldingError(
            f"{options.network.source}: a picture takes {options.head.cycles:,} cycles to come in, "
            f"more than the {cycles:,} asked for"
        )


def cheapest(options: Options, cycles: int, limits: Limits) -> Found | None:
    """Folding of fewest logic cells, then block RAMs, SPRAMs, multipliers; None where none fits.

    Every stream makes at most ``cycles`` transfers a frame.
    """
    return _search(options, cycles, limits).found()


def fastest(options: Options, limits: Limits) -> Found | None:
    """Folding of fewest cycles a frame, then as `cheapest`; None where none fits."""
    rates = options.rates if isinstance(options, PathOptions) else chain_rates(options)
    best = None
    low, high = 0, len(rates)
    while low < high:
        middle = (low + high) // 2
        found = cheapest(options, rates[middle], limits)
        if found is None:
            low = middle + 1
        else:
            best, high = found, middle
    return best


def _search(options: Options, cycles: int, limits: Limits) -> ChainSearch | BranchSearch:
    if isinstance(options, PathOptions):
        return BranchSearch(options, cycles, limits)
    return ChainSearch(options, cycles, limits)


def least_shortage(options: Options, cycles: int, limits: Limits) -> tuple[str, int, int] | None:
    """What no folding has enough of: its name, the least that is needed, and what there is.

    SPRAMs and multiplier cells come first, which designs need where they are asked for, then logic
    cells; block RAMs are those that are needed with the logic cells that there are. Where that is
    enough, it is block RAMs together with SPRAMs that are not. None where there is enough of each
    of the first two, but not of both at once.
    """
    fast = [[o.cost for o in layer.options if o.cost.cycles <= cycles] for layer in options.layers]
    sprams = sum(min(cost.spram for cost in costs) for costs in fast)
    if sprams > limits.spram:
        return "SPRAMs", sprams, limits.spram
    multipliers = sum(min(cost.dsp for cost in costs) for costs in fast)
    if multipliers > limits.dsp:
        return "multiplier cells", multipliers, limits.dsp
    ample = sum(max(o.cost.ebr for o in layer.options) for layer in options.layers)
    if isinstance(options, PathOptions):
        ample += MORE_EBR * sum(not run for run in options.by_run)
    wide = replace(limits, cells=NONE - 1, ebr=ample + options.head.ebr)
    found = _search(options, cycles, wide)
    fewest = min((int(front.min()) for front in found.last.values()), default=NONE)
    if fewest >= NONE:
        return None
    if fewest > limits.cells:
        return "logic cells", fewest, limits.cells
    within = _search(options, cycles, replace(limits, ebr=wide.ebr))
    rams = [
        int(np.argwhere(front.min(axis=1) <= limits.cells)[0][0])
        for front in within.last.values()
        if front.min() <= limits.cells
    ]
    return "block RAMs", min(rams), limits.ebr
