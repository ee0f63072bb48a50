"""Foldings of networks whose paths part: no exact search, one rate after another."""

from math import ceil, prod

from hwgen.errors import FitError
from hwgen.estimates.estimate import estimate_plan, units_cells
from hwgen.families.family import Device
from hwgen.network import IntegerNetwork
from hwgen.plan.build import build_plan
from hwgen.plan.folding import Folding, fusable_pool, matrix_cycles
from hwgen.search.chains import Limits
from hwgen.search.foldings import choose_folding
from hwgen.search.products import choose_products
from hwgen.search.storage import choose_storage

__all__ = ["fit_branches"]

STEP = 1.25
"""From one rate that is tried to the next."""


def fit_branches(
    network: IntegerNetwork,
    device: Device,
    cycles: int | None,
    clock_mhz: float | None,
    limits: Limits,
) -> dict[str, Folding]:
    """Folding whose layers are each the cheapest that reach a common rate, by rough costs.

    Without a rate asked for it is the highest of a row of rates that fits, each a fifth below the
    one before. Unlike the exact search of chains it knows neither converters nor storage while it
    chooses.

    Raises
    ------
    FoldingError
        If a layer cannot be that fast.
    FitError
        If it does not fit; says what is short, and by how much.
    """
    if cycles is not None:
        folding = choose_folding(network, cycles)
        _check(network, folding, device, clock_mhz, limits, f"at {cycles:,} cycles a frame")
        return folding
    slowest = _slowest(network)
    target = float(_fastest(network))
    while True:
        try:
            folding = choose_folding(network, min(ceil(target), slowest))
            _check(network, folding, device, clock_mhz, limits, "at any rate")
            return folding
        except FitError:
            if target >= slowest:
                raise
        target *= STEP


def _fastest(network: IntegerNetwork) -> int:
    """Cycles a frame that no folding is below: a pixel or value a cycle, all layers unfolded."""
    found = [prod(network.in_shape[:2]), prod(network.out_shape)]
    for stage in network.matrices.values():
        outputs, ky, kx, _ = stage.weights.shape
        whole = Folding(outputs, stage.in_shape[2], (ky, kx))
        found.append(matrix_cycles(stage, fusable_pool(network, stage), whole))
    return max(found)


def _slowest(network: IntegerNetwork) -> int:
    """Cycles a frame of the layer that takes longest with one lane."""
    found = [prod(network.in_shape[:2]), prod(network.out_shape)]
    for stage in network.matrices.values():
        found.append(matrix_cycles(stage, fusable_pool(network, stage), Folding(1, 1)))
    return max(found)


def _check(
    network: IntegerNetwork,
    folding: dict[str, Folding],
    device: Device,
    clock_mhz: float | None,
    limits: Limits,
    rate: str,
) -> None:
    folding = choose_products(network, folding, device, network.source)
    stored = choose_storage(network, folding, device, network.source)
    plan = build_plan(network, stored, device=device.name, clock_mhz=clock_mhz)
    needs = (
        ("logic cells", units_cells(network, plan)["logic_cells"], limits.cells),
        ("block RAMs", estimate_plan(network, plan).ebr or 0, limits.ebr),
    )
    for noun, needed, have in needs:
        if needed > have:
            raise FitError(
                f"{network.source}: does not fit {device.name} {rate}: needs about {needed:,} "
                f"{noun} of the {have:,} that are left beside routing and host link "
                f"({needed - have:,} short)"
            )
