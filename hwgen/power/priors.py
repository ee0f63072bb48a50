"""What coefficients are taken to be before anything is measured, and how far they may be off."""

from math import log, sqrt
from typing import NamedTuple

from hwgen.families import power
from hwgen.families.devices import PARTS
from hwgen.families.family import Part
from hwgen.power.events import CLOCK_CYCLE

__all__ = [
    "PRIORS",
    "STATIC",
    "Prior",
    "tree_size",
]


class Prior(NamedTuple):
    """A log-normal coefficient: its median, and the factor that a standard deviation is."""

    median: float
    factor: float

    @property
    def spread(self) -> float:
        """Standard deviation of its logarithm."""
        return log(self.factor)


_PJ = 1e-12

PRIORS: dict[str, Prior] = {
    # A net of C farads takes C V^2 / 2 for each change. At 1.2 V a picofarad is 0.72 pJ.
    CLOCK_CYCLE: Prior(30 * _PJ, 2.0),  # Some 20 pF, charged and discharged in a cycle.
    "register bits": Prior(0.02 * _PJ, 2.0),  # 15 fF for a register's clock.
    "register": Prior(0.3 * _PJ, 2.0),  # 0.4 pF: a wire of a few tiles with its switches.
    "lut": Prior(0.4 * _PJ, 2.0),  # The same, and changes within a cycle that no count sees.
    "carry": Prior(0.06 * _PJ, 2.0),  # A wire of its own to the cell beside it.
    "ram read": Prior(5 * _PJ, 1.8),  # 16 of 4,096 bits at 40 nm, with its clock.
    "ram write": Prior(5 * _PJ, 1.8),
    "memory data": Prior(0.4 * _PJ, 2.0),
    "spram": Prior(15 * _PJ, 1.8),  # 16 of 262,144 bits.
    "product": Prior(0.8 * _PJ, 2.0),  # Operands and result of an 8 by 8 array.
    "pin": Prior(54 * _PJ, 1.6),  # 10 pF at 3.3 V.
    # Quad SPI: about 15 mA at 3.3 V while 96 Mbit/s are read (data sheets of W25Q128).
    "weight bit": Prior(500 * _PJ, 1.6),
    # Watts, not joules.
    "static": Prior(90e-6, 1.3),  # 75 uA at 1.2 V (FPGA-DS-02008).
    "hfosc": Prior(50e-6, 1.6),
    "pll": Prior(0.8e-3, 1.5),
    "board": Prior(80e-3, 1.6),  # SDRAM, oscillator, regulators and lamps of an OrangeCrab.
}
"""Of the part that was measured most: joules an event, and watts where it says so. Of ``board``
there is one."""

STATIC: dict[str, Prior] = {part: Prior(*known) for part, known in power.STATIC.items()}
"""Static watts of the other parts."""


def tree_size(part: Part) -> float:
    """What a cycle takes in a part's clock tree, of what it takes in the one that was measured.

    That is as the die's side.

    A tree reaches what is clocked; how much of it a design switches on is unknown.
    """
    return sqrt(part.lut4 / PARTS[power.MEASURED_PART].lut4)
