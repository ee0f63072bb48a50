"""What multiplies in each matrix stage: logic, or the multiplier cells that a device has."""

from collections.abc import Mapping
from dataclasses import replace

from hwgen.errors import FoldingError
from hwgen.families.devices import DEVICES
from hwgen.families.family import Device
from hwgen.network import IntegerNetwork, Matrix
from hwgen.plan.folding import Folding
from hwgen.plan.products import Products, multiplier_cells

__all__ = ["can_multiply", "choose_products", "needs_multipliers", "stage_multipliers"]


def stage_multipliers(stage: Matrix, folding: Folding, device: Device) -> int | None:
    """Multiplier cells of a folded stage; None where the device has none that it could use."""
    cells = multiplier_cells(stage, folding.simd, device.family) if device.dsp else None
    return None if cells is None else folding.pe * folding.m * cells


def can_multiply(stage: Matrix) -> bool:
    """Whether multiplier cells are of use to a stage: inputs and weights have more than a sign."""
    return not (stage.in_element.bipolar or stage.weight_element.bipolar)


def needs_multipliers(device: Device) -> str:
    """Words on products in multiplier cells for a device that has none."""
    those = ", ".join(d.name for d in DEVICES.values() if d.dsp)
    return f'products "dsp" needs a device with multipliers ({those}), not {device.name}'


def choose_products(
    network: IntegerNetwork, folding: Mapping[str, Folding], device: Device, source: str
) -> dict[str, Folding]:
    """Check what was asked for, and choose for the other stages of a device with multipliers.

    Of the stages that nothing was asked for, the one whose products are widest goes first, as it
    saves most logic with each cell, if there are enough cells left for all of it; then the next.

    Parameters
    ----------
    source : str
        Folding file, or description where there is none, for messages.

    Raises
    ------
    FoldingError
        If what was asked for cannot be; names file, layer and constraint.
    """
    left = have = device.dsp or 0
    cells = {n: stage_multipliers(network.matrices[n], f, device) for n, f in folding.items()}
    for name, f in folding.items():
        if f.products != Products.DSP:
            continue
        count = cells[name]
        if count is None:
            raise FoldingError(f"{source}: layer {name!r}: {_why(network.matrices[name], device)}")
        left -= count
        if left < 0:
            raise FoldingError(
                f"{source}: layer {name!r}: its products need {count} multiplier cells, of which "
                f"{device.name} has {have} and layers before it take {have - left - count}"
            )
    chosen = dict(folding)
    open_names = [n for n, f in folding.items() if f.products is None and cells[n] is not None]
    for name in sorted(open_names, key=lambda n: -_gain(network.matrices[n])):
        count = cells[name] or 0
        fits = count <= left
        left -= count if fits else 0
        chosen[name] = replace(folding[name], products=Products.DSP if fits else Products.LOGIC)
    return chosen


def _gain(stage: Matrix) -> int:
    """What grows with the logic of a product."""
    return stage.in_element.bits * stage.weight_bits


def _why(stage: Matrix, device: Device) -> str:
    """Why a stage cannot have its products in multiplier cells."""
    if not can_multiply(stage):
        return 'products must not be "dsp" where inputs or weights are only -1 and +1'
    return needs_multipliers(device)
