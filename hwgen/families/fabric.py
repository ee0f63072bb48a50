"""What the planner has to know of a family: its memories, its logic, and how fast both are."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["SHORTEST", "Counting", "Fabric", "MultiplierName", "Pipeline", "Ram"]

Counting = Literal["binary", "counter", "carry"]
"""What matches of bipolar products are counted with: any logic, counters in LUTs, or one carry
chain; see `hwgen.rtl.matrix_parameters`."""

MultiplierName = Literal["mult18", "mac16"]
"""Multiplier cells; see `hwgen.sizes.multipliers`."""


@dataclass(frozen=True)
class Pipeline:
    """``matrix`` registers in each matrix unit (see `hwgen.plan.units.MatrixPlan`), whether a
    register slice parts each line buffer from the unit that it feeds, and how many bits of a number
    a requantise unit multiplies between two registers, 0 for all."""

    matrix: int
    slices: bool
    digit: int = 0

    @property
    def late(self) -> bool:
        """Whether registers are right behind memories."""
        return self.matrix > 2


SHORTEST = Pipeline(1, slices=False)


@dataclass(frozen=True)
class Ram:
    """A kind of RAM, as yosys' `memory_libmap` is told of it: ``depth`` words at the narrowest of
    its ``widths``.

    ``cost`` is what one is worth beside others. ``byte`` are the bits that are written alone, 0
    where that is a word; ``least`` and ``most`` are the first and the last of the widths that a
    written memory can have. One that is no ``block`` is made of LUTs, and read without a clock.
    """

    depth: int
    widths: tuple[int, ...]
    cost: int
    byte: int
    least: int
    most: int
    block: bool = True


@dataclass(frozen=True, kw_only=True, eq=False)
class Fabric:
    """Logic and memories that designs are planned for; `name` is what files call it.

    ``pipelines`` are those there are, the shortest first, each with the highest clock in MHz that
    it is taken for: what placed designs reached, with some room
    (``docs/decisions/0017-timing.md``). Where ``lone_registers`` a register that no LUT stands
    ahead of takes a logic cell of its own. Boards have a memory that gives a word of weights every
    ``weights_interval`` cycles. ``multiplier`` is the multiplier cell of those devices that have
    any.
    """

    name: str
    counting: Counting
    rams: tuple[Ram, ...]
    lone_registers: bool
    pipelines: tuple[tuple[float, Pipeline], ...]
    weights_interval: int = 1
    multiplier: MultiplierName | None = None
