"""What there is to know of a family of devices, and of a device of it."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from hwgen.families.clock_gate import ClockGate
from hwgen.families.fabric import Fabric
from hwgen.families.pll import Pll
from hwgen.families.table_cells import TableCells

__all__ = ["Bitstreams", "CellModels", "Device", "Family", "Packing", "Part"]


@dataclass(frozen=True, kw_only=True)
class Packing:
    """How nextpnr reports what it has packed.

    The first four are names in its table of utilisation, an empty tuple where the family has none.
    ``counts`` finds further figures in its log, by ``kind`` and ``count``; those of the kinds
    ``luts`` and ``flops`` add up to LUTs and flip-flops.
    """

    logic_cell: str
    ebr: tuple[str, ...]
    spram: tuple[str, ...]
    dsp: tuple[str, ...]
    counts: re.Pattern[str]
    luts: tuple[str, ...]
    flops: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Bitstreams:
    """How pins get into nextpnr, and a routed design into a bitstream.

    ``constraints`` is the ending of the file with the pins, and with "--" nextpnr's option for it;
    ``routed`` is its option for the text that ``packer`` makes a file with the ending ``suffix``
    of.
    """

    constraints: str
    routed: str
    packer: str
    suffix: str


@dataclass(frozen=True, kw_only=True)
class CellModels:
    """Verilog of a family's cells for simulators, and what has to be defined to read it.

    ``yosys`` are files below the folder that yosys shares; ``ours`` are models of cells that it
    knows by their ports only.
    """

    yosys: tuple[str, ...]
    ours: tuple[Path, ...]
    defines: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, eq=False)
class Family(Fabric):
    """All that devices of a family have in common: the one door to it.

    Parameters
    ----------
    calibrated_on : str
        The device whose packed units the estimates are fitted to.
    synth : str
        The yosys command but for its ``-top``.
    without_carry : str
        Its option that leaves carry chains out.
    nextpnr : str
        The program that places and routes.
    unconstrained : tuple of str
        Options that let it choose the pins.
    placer : tuple of str
        Options of its placer.
    packing : Packing
    bitstreams : Bitstreams
    plls : callable
        From a clock in MHz all settings of its PLLs within their limits, the best first.
    clock_gate : ClockGate
    tables : TableCells
        How tables become cells that can be filled after routing.
    take_in_registers : callable
        Takes registers into cells that have some, in yosys' netlist as JSON; gives their number.
    reserved : tuple of str
        What names of the vendor's cells begin with, ahead of a "_".
    platform : str
        The class of ``amaranth.vendor`` that makes its ports and constraints.
    two_level_pads : callable
        From Verilog of a board's design the same with models of pads and PLLs, for a simulator that
        knows no three-state nets.
    speeds : tuple of str
        Its speed grades, where nextpnr is told one.
    models : CellModels
    """

    calibrated_on: str
    synth: str
    without_carry: str
    nextpnr: str
    unconstrained: tuple[str, ...]
    placer: tuple[str, ...]
    packing: Packing
    bitstreams: Bitstreams
    plls: Callable[[Fraction], Iterator[Pll]]
    clock_gate: ClockGate
    tables: TableCells
    take_in_registers: Callable[[dict[str, Any]], int]
    reserved: tuple[str, ...]
    platform: str
    two_level_pads: Callable[[str], str]
    speeds: tuple[str, ...]
    models: CellModels


@dataclass(frozen=True)
class Device:
    """What designs are planned for; None where there is no part ("generic")."""

    name: str
    family: Fabric
    lut4: int | None
    ebr: int | None
    ebr_bits: int | None
    spram: int | None
    dsp: int | None


@dataclass(frozen=True)
class Part(Device):
    """A device that there is: with a ``title``, its part and package as people call them.

    ``chip`` is nextpnr's option for it, ``packages`` are the names that nextpnr has for those it
    comes in, the first that of the title; ``only_speed`` is its speed grade, where it has but one.
    LUT4, block RAMs and their size in bits are those of the data sheets.
    """

    family: Family
    lut4: int
    ebr: int
    ebr_bits: int
    spram: int
    dsp: int
    title: str
    chip: str
    packages: tuple[str, ...]
    only_speed: str | None = None

    @property
    def options(self) -> tuple[str, ...]:
        """What tells nextpnr of part and package."""
        return self.package_options(self.packages[0], self.only_speed)

    def package_options(self, package: str, speed: str | None) -> tuple[str, ...]:
        """The same for another package, and a speed grade where there is one."""
        grade = ("--speed", speed) if speed is not None else ()
        return (self.chip, "--package", package, *grade)
