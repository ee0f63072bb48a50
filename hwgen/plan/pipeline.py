"""Registers that a target clock asks for."""

from dataclasses import dataclass

from hwgen.plan.devices import Device

__all__ = ["Pipeline", "choose_pipeline"]


@dataclass(frozen=True)
class Pipeline:
    """``matrix`` registers in each matrix unit (see `MatrixPlan`), and whether a register slice
    parts each line buffer from the unit that it feeds."""

    matrix: int
    slices: bool


SLOW = Pipeline(1, slices=False)
LIMITS_MHZ = {
    "ice40": ((30.0, SLOW), (float("inf"), Pipeline(2, slices=False))),
    "ecp5": ((50.0, SLOW), (float("inf"), Pipeline(3, slices=True))),
}
"""Of each family: highest clock that a pipeline is taken for, lowest first."""


def choose_pipeline(device: Device, clock_mhz: float | None) -> Pipeline:
    """Shortest pipeline that is known to reach a clock, or the longest there is.

    The limits are what placed designs reached, with some room: ``docs/decisions/0017-timing.md``.
    A device that is none ("generic"), and no clock, get the shortest.
    """
    for limit, pipeline in LIMITS_MHZ.get(device.family, ()):
        if clock_mhz is not None and clock_mhz <= limit:
            return pipeline
    return SLOW
