"""What is known of the power of each family and part, for `hwgen.power`."""

from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["CARRY_SHARE", "COMMON", "LUT_SHARE", "MEASURED_PART", "SCALING", "STATIC", "Scaling"]

MEASURED_PART = "up5k"
"""That most published measurements are of, and that coefficients are stated for."""

STATIC: Mapping[str, tuple[float, float]] = {
    # DS1040 3.4 (now FPGA-DS-02029), static supply current: 296 and 1,140 uA typically at 1.2 V,
    # junction at 25 degrees; 250 uA of the LP8K.
    "hx1k": (355e-6, 1.3),
    "hx8k": (1.37e-3, 1.3),
    "lp8k": (300e-6, 1.3),
    # FPGA-DS-02012: 77, 116 and 212 mA at 1.1 V and 16, 17 and 26 mA at 2.5 V, junction at 85
    # degrees; leakage near room temperature is taken to be 0.4 of that.
    "ecp5-12": (50e-3, 1.5),
    "ecp5-25": (50e-3, 1.5),
    "ecp5-45": (68e-3, 1.5),
    "ecp5-85": (119e-3, 1.5),
    # The same at 1.2 V instead of 1.1.
    "ecp5-5g-45": (81e-3, 1.6),
    "ecp5-5g-85": (142e-3, 1.6),
}
"""Static watts of parts but for the one that was measured, and the factor that a standard deviation
is."""

COMMON: Mapping[str, float] = {"ice40": 1.4, "ecp5": 1.6}
"""By which factor all coefficients of a family's other parts may be off together: nobody has
published them."""


class Scaling(NamedTuple):
    """How coefficients of a family differ from those that were measured.

    ``voltage`` is what a charge takes there of what it takes here; ``own`` are coefficients that
    are more or less than that, and by which factor each may be off; ``each`` is that of the rest.
    """

    voltage: float
    own: Mapping[str, tuple[float, float]]
    each: float


_ECP5_VOLTAGE = (1.1 / 1.2) ** 2

SCALING: Mapping[str, Scaling] = {
    # The same 40 nm, at 1.1 V; block RAMs of 18 kbit, pins at the same voltage, and SDRAM, of which
    # about 60 mA at 3.3 V read 16 bits at 100 MHz.
    "ecp5": Scaling(
        voltage=_ECP5_VOLTAGE,
        own={
            "ram read": (1.6, 1.6),
            "ram write": (1.6, 1.6),
            "pin": (1 / _ECP5_VOLTAGE, 1.0),
            "weight bit": (0.25 / _ECP5_VOLTAGE, 2.0),
        },
        each=1.3,
    )
}
"""Of families that were not measured themselves."""

LUT_SHARE: Mapping[str, float] = {"ice40": 1.0, "ecp5": 1.0}
"""Changes of a LUT in the netlist for each change of an operator's output in emitted Verilog."""

CARRY_SHARE: Mapping[str, float] = {"ice40": 0.1, "ecp5": 0.1}
"""Changes of carries for each of a LUT."""
