"""The folding for a device: the fastest that fits, or the smallest that reaches a rate."""

from collections.abc import Callable
from fractions import Fraction

from hwgen.errors import FitError, FoldingError
from hwgen.estimates.estimate import Resources, design_cells
from hwgen.families.devices import DEVICES
from hwgen.families.fabric import Fabric
from hwgen.families.family import Device
from hwgen.network import IntegerNetwork
from hwgen.plan.folding import Folding
from hwgen.plan.weight_storage import WeightStorage
from hwgen.search.best import Options, cheapest, check_rate, fastest, least_shortage
from hwgen.search.fronts import Found, Limits
from hwgen.search.options import NetworkOptions
from hwgen.search.outside import check_supply, first_outside
from hwgen.search.paths import PathOptions
from hwgen.search.wanted import ANYTHING, Wanted

__all__ = [
    "HOST_CELLS",
    "HOST_EBR",
    "NOTHING",
    "ROUTABLE",
    "beyond",
    "fit_folding",
    "limits_of",
    "room_of",
]

ROUTABLE = 0.98
"""Part of the logic cells beyond which routing rarely ends well."""
HOST_CELLS, HOST_EBR = 480, 1
"""Kept for a board, of cells a tenth of a device at most: the smallest is on no board with a link.

The block RAM is that of a queue of scores. The cells are those of a host link alone; a whole
board took 741 (docs/decisions/0012), but the search does not know whether there will be one.
"""
ANY_RATE = 1 << 62
NOTHING = Limits(0, 0, 0)


def limits_of(device: Device, kept_back: Limits = NOTHING) -> Limits:
    """What the units of a design may take of a device; the rest is routing's and the host's.

    Cells are those of units alone, which together are not quite those of a design.

    Parameters
    ----------
    device : Device
        Any but "generic".
    kept_back : Limits, optional
        What more is kept back.
    """
    assert device.ebr is not None
    assert device.spram is not None
    units = room = room_of(device) - kept_back.cells
    while design_cells(units, device.family) > room:
        units -= 1
    while design_cells(units + 1, device.family) <= room:
        units += 1
    rams = device.ebr - HOST_EBR - kept_back.ebr
    return Limits(max(units, 0), max(rams, 0), device.spram, device.dsp or 0)


def beyond(found: Resources, device: Device) -> Limits:
    """Logic cells and block RAMs that a whole design takes beyond those that it may."""
    assert device.ebr is not None
    cells = (found.logic_cells or 0) - room_of(device)
    return Limits(max(cells, 0), max((found.ebr or 0) - (device.ebr - HOST_EBR), 0), 0)


def room_of(device: Device) -> int:
    """Logic cells that a whole design may take of a device."""
    assert device.lut4 is not None
    return int(device.lut4 * ROUTABLE) - min(HOST_CELLS, device.lut4 // 10)


def fit_folding(
    network: IntegerNetwork,
    device: Device,
    cycles: int | None,
    clock_mhz: float | None = None,
    weights_interval: Fraction | int | None = None,
    progress: Callable[[str], object] = lambda step: None,
    wanted: Wanted = ANYTHING,
    kept_back: Limits = NOTHING,
) -> dict[str, Folding]:
    """Folding of every stage, exact as far as the estimates are.

    Parameters
    ----------
    device : Device
        Any but "generic".
    cycles : int or None
        Most transfers a frame on any stream: the design then takes fewest logic cells, then block
        RAMs. None for the fewest cycles that fit; of those designs it is the smallest.
    weights_interval : Fraction or int, optional
        Cycles in which a word of weights from outside comes; by default those of the boards that
        there are for the family.
    progress : callable
        Told how many layers have their costs.
    wanted : Wanted
        What there is to choose from.
    kept_back : Limits, optional
        Logic cells of the design and block RAMs that are not to be taken.

    Raises
    ------
    FoldingError
        If a layer cannot be that fast on any device, or not have what is wanted.
    FitError
        If no folding fits: says what is short and by how much, and which device would do.
    """
    wanted.check(network, device)
    names = wanted.outside(network)
    asked = wanted.storage == WeightStorage.EXTERNAL
    first = len(names) if asked else min(first_outside(network, device), len(names))
    interval = weights_interval or device.family.weights_interval
    if cycles is not None:
        check_supply(network, names[:first], cycles, interval, clock_mhz, asked=asked)
    kind = _kind(network)
    limits = limits_of(device, kept_back)
    options = kind(
        network, device, clock_mhz, frozenset(names[:first]), interval, None, progress, wanted
    )
    if cycles is not None:
        check_rate(options, cycles)
    tried = options
    for count in range(first, len(names) + 1):
        if count > first:
            outside = frozenset(names[:count])
            tried = kind(
                network, device, clock_mhz, outside, interval, options.known, progress, wanted
            )
        slowest = max((layer.least_cycles for layer in tried.layers), default=0)
        if cycles is not None and slowest > cycles:
            break
        found = _best(tried, limits, cycles)
        if found is not None:
            return found.folding
    raise FitError(_refusal(options, device, cycles, kept_back))


def _kind(network: IntegerNetwork) -> type[NetworkOptions] | type[PathOptions]:
    return NetworkOptions if network.is_chain else PathOptions


def _best(options: Options, limits: Limits, cycles: int | None) -> Found | None:
    return fastest(options, limits) if cycles is None else cheapest(options, cycles, limits)


def _refusal(options: Options, device: Device, cycles: int | None, kept_back: Limits) -> str:
    """Sentence on a network that does not fit."""
    network = options.network
    rate = "at any rate" if cycles is None else f"at {cycles:,} cycles a frame"
    short = least_shortage(options, cycles or ANY_RATE, limits_of(device, kept_back))
    if short is None:
        return (
            f"{network.source}: does not fit {device.name} {rate}: no folding has enough of SPRAM "
            "and multiplier cells at once"
        )
    noun, needed, have = short
    if noun == "logic cells":
        needed = design_cells(needed, device.family)
        have = room_of(device) - kept_back.cells
    larger = [
        d for d in DEVICES.values()
        if d.lut4 is not None and device.lut4 is not None and d.lut4 > device.lut4
    ]  # fmt: skip
    # Options depend on the family, and on what weights can lie in and products be made in.
    known: dict[tuple[Fabric, int | None, int | None], Options | None]
    known = {(device.family, device.spram, device.dsp): options}
    other = None
    for candidate in sorted(larger, key=lambda d: d.lut4 or 0):
        kind = (candidate.family, candidate.spram, candidate.dsp)
        if kind not in known:
            known[kind] = _on(candidate, options)
        found, room = known[kind], limits_of(candidate, kept_back)
        if found is not None and _best(found, room, cycles) is not None:
            other = candidate.name
            break
    beside = "routing and host link" if kept_back == NOTHING else "routing, host link and buffers"
    return (
        f"{network.source}: does not fit {device.name} {rate}: needs at least {needed:,} {noun} "
        f"of the {have:,} that are left beside {beside} ({needed - have:,} short); "
        + (f"{other} would do" if other else "no larger device of the table would do")
    )


def _on(device: Device, options: Options) -> Options | None:
    """Options on another device, with weights inside if that may be; None where it has none."""
    network, wanted = options.network, options.wanted
    outside = options.outside if wanted.storage == WeightStorage.EXTERNAL else frozenset[str]()
    # Unless another one was given, that of its own family's boards.
    own = options.weights_interval == options.device.family.weights_interval
    interval = None if own else options.weights_interval
    try:
        wanted.check(network, device)
        return _kind(network)(network, device, options.clock_mhz, outside, interval, wanted=wanted)
    except FoldingError:
        return None
