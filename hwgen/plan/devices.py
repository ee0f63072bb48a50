"""Devices that a design can be planned for."""

from dataclasses import dataclass

from hwgen.errors import DeviceError

__all__ = ["DEVICES", "Device", "find_device"]


@dataclass(frozen=True)
class Device:
    """What a part offers; None where there is no part ("generic").

    LUT4, block RAMs and their size in bits are those of the Lattice data sheets FPGA-DS-02029
    (LP/HX), FPGA-DS-02008 (UltraPlus) and FPGA-DS-02012 (ECP5).
    """

    name: str
    family: str
    lut4: int | None
    ebr: int | None
    ebr_bits: int | None
    spram: int | None
    dsp: int | None


DEVICES = {
    d.name: d
    for d in (
        Device("hx1k", "ice40", 1280, 16, 4096, 0, 0),
        Device("up5k", "ice40", 5280, 30, 4096, 4, 8),
        Device("hx8k", "ice40", 7680, 32, 4096, 0, 0),
        Device("ecp5-12", "ecp5", 24288, 56, 18432, 0, 28),
        Device("ecp5-25", "ecp5", 24288, 56, 18432, 0, 28),
        Device("ecp5-45", "ecp5", 43848, 108, 18432, 0, 72),
        Device("ecp5-85", "ecp5", 83640, 208, 18432, 0, 156),
        Device("generic", "generic", None, None, None, None, None),
    )
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
