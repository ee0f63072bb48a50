"""Devices that a design can be planned for, of all families."""

from hwgen.errors import DeviceError
from hwgen.families.ecp5.family import ECP5_PARTS
from hwgen.families.fabric import Fabric
from hwgen.families.family import Device, Family, Part
from hwgen.families.ice40.family import ICE40_PARTS

__all__ = ["DEVICES", "FAMILIES", "GENERIC", "PARTS", "find_device", "find_part"]

GENERIC = Fabric(name="generic", counting="binary", rams=(), lone_registers=False, pipelines=())
"""Any logic: what nothing but Verilog is made for."""

PARTS: dict[str, Part] = {part.name: part for part in (*ICE40_PARTS, *ECP5_PARTS)}

FAMILIES: dict[str, Family] = {part.family.name: part.family for part in PARTS.values()}

DEVICES: dict[str, Device] = {
    **PARTS,
    "generic": Device("generic", GENERIC, None, None, None, None, None),
}


def find_device(name: str) -> Device:
    """Device by name.

    Raises
    ------
    DeviceError
        If there is none; names those there are.
    """
    if name not in DEVICES:
        raise DeviceError(f"device must be one of {', '.join(DEVICES)}, not {name!r}")
    return DEVICES[name]


def find_part(device: str, folder: object) -> Part:
    """Part that a build is for.

    Parameters
    ----------
    folder
        Names the build in messages.

    Raises
    ------
    DeviceError
        If there is none, as for "generic".
    """
    if device not in PARTS:
        raise DeviceError(
            f"{folder}: was built for no part (device {device!r}); "
            f"build it again with --device {' | '.join(PARTS)}"
        )
    return PARTS[device]
