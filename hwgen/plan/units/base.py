"""What every unit of a plan has: ports, words, buffers, and what it takes of a device."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self, TypeVar

from hwgen.families.fabric import Fabric
from hwgen.network import Stage
from hwgen.sizes.features import Features
from hwgen.sizes.memory_map import Memory

__all__ = ["Buffer", "Pair", "PlainUnit", "UnitBase", "lone_registers"]

Pair = tuple[int, int]

AnyStage = TypeVar("AnyStage")


@dataclass(frozen=True)
class Buffer:
    """Storage whose size the plan is free to choose, as far as it affects timing only.

    ``unit`` names its unit: a FIFO, a matrix unit (the words of its output FIFO) or a sliding
    window (its bank rows). With less than ``least`` the unit cannot work at all.
    """

    unit: str
    kind: str
    """"fifo" or "lines"."""
    size: int
    least: int
    bits: int
    """Memory for each unit of size."""


@dataclass(frozen=True, kw_only=True)
class UnitBase(ABC):
    """A piece of hardware with one input and one output stream, unless it says otherwise.

    ``name`` is its instance name in Verilog, ``stage`` the stage of the integer network that it
    works for.
    """

    name: str
    stage: str
    in_bits: int
    out_bits: int

    @property
    @abstractmethod
    def passes_ready(self) -> bool:
        """Whether ``i.ready`` follows ``o.ready`` within a cycle; two such units are kept apart."""

    @property
    def inputs(self) -> dict[str, int]:
        """Width of each input port."""
        return {"i": self.in_bits}

    @property
    def outputs(self) -> dict[str, int]:
        """Width of each output port."""
        return {"o": self.out_bits}

    @abstractmethod
    def words_out(self, words: int) -> int | None:
        """Words a frame that follow from those of each input; None where they do not fit."""

    def words_given(self, taken: Mapping[str, int]) -> dict[str, int] | None:
        """Words a frame on each output that follow from those on each input; None if none do."""
        counts = set(taken.values())
        given = self.words_out(counts.pop()) if len(counts) == 1 else None
        return None if given is None else dict.fromkeys(self.outputs, given)

    @property
    @abstractmethod
    def buffer(self) -> Buffer | None:
        """Storage whose size may be chosen."""

    def resized(self, size: int) -> Self:
        """The same unit with a buffer of another size; without a buffer there is no other."""
        raise TypeError(f"{self.name} has no buffer")

    @property
    def load_words(self) -> int:
        """Words of 16 bits that it takes at boot before it works."""
        return 0

    @property
    @abstractmethod
    def kind(self) -> str:
        """Name of its kind in the calibration."""

    @abstractmethod
    def memories(self, stages: Mapping[str, Stage], family: Fabric) -> list[Memory]:
        """Memories that are no SPRAM, as synthesis sees them: without columns that are constant.

        Parameters
        ----------
        stages : mapping of str to Stage
            Stages of the integer network by name; not all units need theirs.
        family : Fabric
        """

    @property
    def sprams(self) -> int:
        """SPRAMs that it takes."""
        return 0

    def multipliers(self, stages: Mapping[str, Stage], family: Fabric) -> int:
        """Multiplier cells that it takes."""
        return 0

    @abstractmethod
    def features(self, stages: Mapping[str, Stage], family: Fabric) -> Features:
        """Cells as they can be counted, and what the rest depends on.

        The keys are those of the calibration of its `kind`.
        """

    def stage_of(self, stages: Mapping[str, Stage], kind: type[AnyStage]) -> AnyStage:
        """Its stage, of the kind that it must be."""
        stage = stages[self.stage]
        assert isinstance(stage, kind), stage
        return stage


class PlainUnit(UnitBase):
    """A unit without a buffer, and without memories unless it says otherwise."""

    @property
    def buffer(self) -> None:
        """There is none."""
        return None

    def memories(self, stages: Mapping[str, Stage], family: Fabric) -> list[Memory]:
        """There are none."""
        return []


def lone_registers(bits: int, family: Fabric) -> float:
    """Cells of registers with no LUT ahead of them."""
    return float(family.lone_registers) * bits
