"""What the tools have to be told for each device."""

from dataclasses import dataclass

from hwgen.errors import DeviceError
from hwgen.plan.devices import DEVICES

__all__ = ["FAMILIES", "TARGETS", "Family", "Target", "find_target"]


@dataclass(frozen=True)
class Family:
    """What all devices of a family have in common.

    ``synth`` is the yosys command but for its ``-top``; the cells are names in the utilisation
    that nextpnr prints, an empty tuple where the family has none.
    """

    name: str
    synth: str
    nextpnr: str
    logic_cell: str
    ebr: tuple[str, ...]
    spram: tuple[str, ...]
    dsp: tuple[str, ...]
    unconstrained: tuple[str, ...]
    """Options that let nextpnr choose the pins."""
    placer: tuple[str, ...] = ()
    """Options of nextpnr's placer."""


@dataclass(frozen=True)
class Target:
    """A device, with its part and package as people and as nextpnr call it."""

    device: str
    part: str
    family: Family
    options: tuple[str, ...]


ICE40 = Family(
    name="ice40",
    synth="synth_ice40",
    nextpnr="nextpnr-ice40",
    logic_cell="ICESTORM_LC",
    ebr=("ICESTORM_RAM",),
    spram=("ICESTORM_SPRAM",),
    dsp=("ICESTORM_DSP",),
    unconstrained=("--pcf-allow-unconstrained",),
)
ECP5 = Family(
    name="ecp5",
    # Wide multiplexers double the cost of popcounts (yosys issue 4798). The only products are of
    # addresses with constants, which a few LUTs do better than a multiplier far away.
    synth="synth_ecp5 -nowidelut -nodsp",
    nextpnr="nextpnr-ecp5",
    logic_cell="TRELLIS_COMB",
    ebr=("DP16KD",),
    spram=(),
    dsp=("MULT18X18D",),
    unconstrained=("--lpf-allow-unconstrained",),
    # Wires of a quarter less length than the default's, without which the router does not end on
    # designs of more than some 12,000 cells: docs/decisions/0018-placing.md.
    placer=("--placer", "static"),
)
FAMILIES = {family.name: family for family in (ICE40, ECP5)}

TARGETS = {
    target.device: target
    for target in (
        Target("hx1k", "iCE40HX1K-TQ144", ICE40, ("--hx1k", "--package", "tq144")),
        Target("up5k", "iCE40UP5K-SG48", ICE40, ("--up5k", "--package", "sg48")),
        Target("hx8k", "iCE40HX8K-CT256", ICE40, ("--hx8k", "--package", "ct256")),
        Target("ecp5-12", "LFE5U-12F-6CABGA381", ECP5, ("--12k", "--package", "CABGA381")),
        Target("ecp5-25", "LFE5U-25F-6CABGA381", ECP5, ("--25k", "--package", "CABGA381")),
        Target("ecp5-45", "LFE5U-45F-6CABGA381", ECP5, ("--45k", "--package", "CABGA381")),
        Target("ecp5-85", "LFE5U-85F-6CABGA381", ECP5, ("--85k", "--package", "CABGA381")),
    )
}


def find_target(device: str, folder: object) -> Target:
    """Target of a device that there is a part for.

    Parameters
    ----------
    folder
        Names the build in messages.

    Raises
    ------
    DeviceError
        If there is none, as for "generic".
    """
    if device not in TARGETS:
        parts = ", ".join(name for name in DEVICES if name in TARGETS)
        raise DeviceError(
            f"{folder}: was built for no part (device {device!r}); "
            f"build it again with --device {parts.replace(', ', ' | ')}"
        )
    return TARGETS[device]
