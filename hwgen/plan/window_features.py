"""What the logic of a line buffer consists of, as counts that cells are estimated from."""

from itertools import pairwise
from math import prod

from hwgen.families.fabric import Fabric
from hwgen.plan.matrix_features import Features, select_cells
from hwgen.plan.memory_map import map_memory
from hwgen.plan.unit_memories import axis_banks, axis_starts, bank_words, line_memories
from hwgen.plan.units import WindowPlan

__all__ = ["window_features"]


def window_features(unit: WindowPlan, family: Fabric) -> Features:
    """Cells as they can be counted, and what the rest depends on.

    The keys are those of the calibration.
    """
    height, width, _ = unit.in_shape
    groups, words = unit.words_per_pixel, bank_words(unit)
    columns = (unit.padding[2] + width - 1) // unit.patch[1] + 1
    writer = (groups, width, height, columns, unit.patch[1], unit.slots, unit.patch[0])
    tap_groups = [k // t for k, t in zip(unit.kernel, unit.taps, strict=True)]
    reader = (*tap_groups, groups, unit.repeats, *unit.blocks)
    data = prod(unit.patch) * unit.group * unit.bits
    starts = [len(axis_starts(unit, axis)) for axis in (0, 1)]
    found: Features = {
        "one": 1,
        "writer": sum(_bits(n) for n in writer if n & n - 1),
        "reader": sum(_bits(n) for n in reader if n & n - 1),
        "overflowing": sum(_bits(n) for n in writer + reader if not n & n - 1),
        "axes": sum(_axis(unit, axis, n) for axis, n in enumerate(tap_groups)),
        "address": _address(unit, columns) * _bits(words),
        "cases": _cases(unit),
        "rotation of 2": data * starts.count(2),
        "rotation": data * sum(select_cells(n) for n in starts if n > 2),
        "padding": data * any(unit.padding),
        "outside": sum(unit.patch) * (_bits(height) + _bits(width)) * _masked(unit),
        "banks": prod(unit.patch),
    }
    for memory in line_memories(unit):
        mapping = map_memory(memory, family)
        if mapping.ebr or mapping.lutram:
            _add(found, "ram choice", select_cells(mapping.rows) * memory.bits)
            _add(found, "lut ram", mapping.lutram)
        else:
            _add(found, "ram bits", memory.words * memory.bits)
            _add(found, "ram words", memory.words * memory.fields)
            _add(found, "ram reads", select_cells(memory.words) * memory.bits)
    return found


def _axis(unit: WindowPlan, axis: int, tap_groups: int) -> int:
    """Bits of the coordinates along an axis: whole, and split over the banks."""
    step = unit.stride[axis] * unit.block[axis]
    last = (unit.blocks[axis] - 1) * step + (tap_groups - 1) * unit.taps[axis] * unit.dilation[axis]
    split = unit.slots if axis == 0 else last // unit.patch[axis] + 1
    bits = _bits(last + 1) + _bits(split) + _bits(unit.patch[axis])
    return bits * (2 if tap_groups > 1 else 1)


def _address(unit: WindowPlan, columns: int) -> int:
    """Adders of the addresses of writer and reader, whose factors are constants."""
    groups = unit.words_per_pixel
    banks = [len(axis_banks(unit, axis)) for axis in (0, 1)]
    # Where the lower part of a sum ends at a power of two, the parts lie side by side.
    rows = _digits(columns * groups) - 1
    pixels = _digits(groups) - 1 + bool(groups & groups - 1)
    joins = bool(columns * groups & columns * groups - 1)
    return (1 + banks[0]) * rows + (1 + banks[1]) * pixels + (1 + banks[0] * banks[1]) * joins


def _digits(factor: int) -> int:
    """Terms, added or subtracted, that a product with a constant is the sum of."""
    return (factor ^ 3 * factor).bit_count()


def _cases(unit: WindowPlan) -> int:
    """Block rows at which the rows needed or freed are not the usual ones."""
    last = range(unit.blocks[0])
    needed = [unit.rows_needed(b) for b in last] + [unit.in_shape[0] + unit.rows_needed(0)]
    oldest = [unit.oldest_bank_row(b) for b in last]
    oldest.append(unit.frame_bank_rows + oldest[0])
    cases = 0
    for steps in (needed, oldest):
        found = [b - a for a, b in pairwise(steps)]
        cases += len(found) - max(map(found.count, found))
    return cases


def _masked(unit: WindowPlan) -> bool:
    """Whether what lies outside matters."""
    return any(unit.padding) or unit.pad is None


def _add(found: Features, key: str, amount: float) -> None:
    found[key] = found.get(key, 0) + amount


def _bits(count: int) -> int:
    """Bits of a counter of so many steps."""
    return (count - 1).bit_length()
