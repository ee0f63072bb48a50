"""A unit to be measured."""

from collections.abc import Mapping
from dataclasses import dataclass

from hwgen.network import Stage
from hwgen.plan.units import Unit

__all__ = ["Sample"]


@dataclass(frozen=True)
class Sample:
    """A unit with what it is made from."""

    unit: Unit
    stages: Mapping[str, Stage]
    transfers: int
    """Output words of a frame of its design."""

    @property
    def kind(self) -> str:
        """Kind of the unit, as in the calibration."""
        return self.unit.kind
