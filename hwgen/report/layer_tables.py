"""The talk's tables for any network: counts, and memory at 16, 8 and 1 bit, described and built."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction
from math import floor
from typing import Any

from hwgen.accounts.footprint import Row, count_layers, largest_pair
from hwgen.accounts.memory_traffic import MemoryTraffic, count_traffic, dram_bytes
from hwgen.model import INPUT_NAME, BatchNorm, Model
from hwgen.plan.plan import Plan
from hwgen.plan.weight_storage import WeightStorage

__all__ = ["WIDTHS", "Built", "Line", "NetworkTable", "make_table", "round_half_up"]

WIDTHS = (16, 8, 1)
"""Bits of the talk's columns."""


@dataclass(frozen=True)
class Built:
    """What a plan keeps of a layer: line buffers and FIFOs instead of frames, and its weights."""

    buffer_bits: int = 0
    weight_bits: int = 0
    cycles: int = 0


@dataclass(frozen=True)
class Line:
    """One line of a table; all memory in bits.

    ``activation_bits`` and ``weight_bits`` are by the width of the talk's column;
    ``described_activation_bits`` and ``described_weight_bits`` are those of the description, None
    where it states none (a batch normalisation's figures become thresholds). ``built`` is None
    where there is no plan.
    """

    name: str
    kind: str
    macs: int
    activations: int
    activation_bits: dict[int, int]
    weights: int
    weight_bits: dict[int, int]
    described_activation_bits: int | None
    described_weight_bits: int | None
    widths: tuple[int | None, int | None] = (None, None)
    """Bits of one activation and of one weight, as described."""
    built: Built | None = None


@dataclass(frozen=True)
class NetworkTable:
    """Lines of a network and their total; ``kilobyte`` is the bytes of a KB.

    ``pair_bits`` is the largest input and output of one matrix layer together, by width, and
    ``described_pair_bits`` as described: what a design with whole frames on chip holds.
    """

    name: str
    kilobyte: int
    lines: tuple[Line, ...]
    total: Line
    pair_bits: dict[int, int]
    described_pair_bits: int
    dram_bytes: int = 0
    """Of a frame, where all goes through DRAM in 16 bits."""
    traffic: MemoryTraffic | None = None
    """What the plan reads of its memories; None where there is none."""
    problem: str | None = field(default=None)
    """Why there is no plan."""

    def kb(self, bits: int) -> Fraction:
        """Memory in KB."""
        return Fraction(bits, 8 * self.kilobyte)

    def to_json(self) -> dict[str, Any]:
        """The same in JSON; memory in KB as floats."""
        return {
            "name": self.name,
            "kilobyte": self.kilobyte,
            "layers": [self._line(line) for line in self.lines],
            "total": self._line(self.total),
            "largest_pair_kb": self._widths(self.pair_bits),
            "described_largest_pair_kb": self._kb(self.described_pair_bits),
            "dram_bytes_per_frame": self.dram_bytes,
            "bytes_per_frame": self.traffic and asdict(self.traffic),
            "not_built": self.problem,
        }

    def _kb(self, bits: int | None) -> float | None:
        return None if bits is None else float(self.kb(bits))

    def _widths(self, bits: dict[int, int]) -> dict[str, float | None]:
        return {str(width): self._kb(bits[width]) for width in WIDTHS}

    def _line(self, line: Line) -> dict[str, Any]:
        activation, weight = line.widths
        built = line.built and {
            "buffer_kb": self._kb(line.built.buffer_bits),
            "weight_kb": self._kb(line.built.weight_bits),
            "cycles": line.built.cycles,
        }
        return {
            "name": line.name,
            "kind": line.kind,
            "macs": line.macs,
            "activations": line.activations,
            "activation_kb": self._widths(line.activation_bits),
            "weights": line.weights,
            "weight_kb": self._widths(line.weight_bits),
            "described": {
                "activation_bits": activation,
                "activation_kb": self._kb(line.described_activation_bits),
                "weight_bits": weight,
                "weight_kb": self._kb(line.described_weight_bits),
            },
            "built": built,
        }


def make_table(
    model: Model,
    plan: Plan | None = None,
    *,
    kilobyte: int = 1000,
    norms: bool = True,
    picture: bool = True,
    problem: str | None = None,
) -> NetworkTable:
    """Table of a network.

    Parameters
    ----------
    plan : Plan, optional
        Of this network; without one there is nothing "as built".
    kilobyte : int
        Bytes of a KB.
    norms, picture : bool
        Whether batch normalisations and the picture are lines, and count in the total. The talk
        leaves out one or the other in some tables.
    problem : str, optional
        Why there is no plan, to be passed on.
    """
    rows = count_layers(model)
    left_out = {*(() if norms else (BatchNorm.kind,)), *(() if picture else (INPUT_NAME,))}
    kept = [row for row in rows if row.kind not in left_out]
    built = _built(plan, [row.name for row in kept])
    lines = tuple(replace(_line(row), built=built.get(row.name)) for row in kept)
    return NetworkTable(
        model.name,
        kilobyte,
        lines,
        _total(lines),
        {width: largest_pair(rows, width) for width in WIDTHS},
        largest_pair(rows),
        dram_bytes(model),
        None if plan is None else count_traffic(plan),
        problem,
    )


def round_half_up(value: Fraction | int, digits: int = 0) -> Fraction:
    """Nearest multiple of ``10**-digits``, halves up: the rounding of the talk's tables."""
    scale = 10**digits
    return Fraction(floor(value * scale + Fraction(1, 2)), scale)


def _line(row: Row) -> Line:
    wide = row.activation_bits

    def at(width: int) -> int:
        # A pixel has all its bits in the 1-bit column too.
        return max(width, wide or 0) if row.name == INPUT_NAME else width

    return Line(
        row.name,
        row.kind,
        row.macs,
        row.activations,
        {width: row.activations * at(width) for width in WIDTHS},
        row.weights,
        {width: row.weights * width for width in WIDTHS},
        None if wide is None else row.activations * wide,
        None if row.weight_bits is None else row.weights * row.weight_bits,
        (wide, row.weight_bits),
    )


def _total(lines: tuple[Line, ...]) -> Line:
    parts = [line.built for line in lines if line.built]
    built = Built(
        sum(b.buffer_bits for b in parts),
        sum(b.weight_bits for b in parts),
        max((b.cycles for b in parts), default=0),
    )
    return Line(
        "total",
        "total",
        sum(line.macs for line in lines),
        sum(line.activations for line in lines),
        {width: sum(line.activation_bits[width] for line in lines) for width in WIDTHS},
        sum(line.weights for line in lines),
        {width: sum(line.weight_bits[width] for line in lines) for width in WIDTHS},
        sum(line.described_activation_bits or 0 for line in lines),
        sum(line.described_weight_bits or 0 for line in lines),
        built=built if parts else None,
    )


def _built(plan: Plan | None, names: Iterable[str]) -> dict[str, Built]:
    """What a plan keeps for each line; what belongs to no line is counted with the first one."""
    if plan is None:
        return {}
    known = list(names)
    stage_of = {unit.name: unit.stage for unit in plan.units}
    found = {name: Built() for name in known}

    def line_of(stage: str) -> str:
        return stage if stage in found else known[0]

    for buffer in plan.buffers():
        name = line_of(stage_of[buffer.unit])
        bits = found[name].buffer_bits + buffer.size * buffer.bits
        found[name] = replace(found[name], buffer_bits=bits)
    for layer in plan.layers:
        name = line_of(layer.name)
        kept = layer.weight_bits if layer.weight_storage != WeightStorage.EXTERNAL else 0
        found[name] = replace(
            found[name],
            weight_bits=found[name].weight_bits + kept,
            cycles=max(found[name].cycles, layer.cycles),
        )
    return found
