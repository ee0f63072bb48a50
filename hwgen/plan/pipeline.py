"""Registers that a target clock asks for."""

from hwgen.families.fabric import SHORTEST, Pipeline
from hwgen.families.family import Device

__all__ = ["choose_pipeline"]


def choose_pipeline(device: Device, clock_mhz: float | None) -> Pipeline:
    """Shortest pipeline that is known to reach a clock, or the longest there is.

    A device that is none ("generic"), and no clock, get the shortest.
    """
    for limit, pipeline in device.family.pipelines:
        if clock_mhz is not None and clock_mhz <= limit:
            return pipeline
    return SHORTEST
