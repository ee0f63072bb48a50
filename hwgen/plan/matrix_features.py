"""What the logic of a matrix unit consists of, as counts that cells are estimated from."""

from math import ceil

from hwgen.families.fabric import Fabric
from hwgen.model.integer import Matrix, Pool
from hwgen.plan.count_cells import carry_chains, carry_slots, counter_cells, paired_lanes
from hwgen.plan.memory_map import Memory, map_memory
from hwgen.plan.tables import (
    Table,
    acc_bits,
    element_kind,
    limit_bits,
    threshold_table,
    weight_table,
)
from hwgen.plan.unit_memories import unit_sprams
from hwgen.plan.units import MatrixPlan

__all__ = ["Features", "fifo_features", "matrix_features", "rom_features", "select_cells"]

Features = dict[str, float]


LUT_WORDS = 16
"""Words of a table that a LUT holds a column of."""


def matrix_features(unit: MatrixPlan, stage: Matrix, pool: Pool | None, family: Fabric) -> Features:
    """Cells as they can be counted, and what the rest depends on.

    The keys are those of the calibration.
    """
    kind = element_kind(stage, family)
    elements = unit.pe * unit.pixels
    # Elements that read the same inputs share what is made of them.
    inputs = elements if unit.depthwise else unit.pixels
    weights = weight_table(unit, stage, family)
    limits = threshold_table(unit, stage, pool, family)
    if unit.storage == "spram":
        weights = Table(weights.words, 0)
    found: Features = {
        "one": 1,
        **_counters(unit.synapse_fold, weights.words, unit.neuron_fold),
        "control": unit.pipeline,
        f"{kind} elements": elements * _element(unit, stage, kind),
        f"{kind} outputs": elements,
        "pool": unit.pe * (pool is not None) * (1 + bool(pool is not None and pool.minimum.any())),
        "load": unit_sprams(unit),
    }
    if kind == "counter":
        biased = stage.thresholds is not None
        if biased:
            # Accumulator, the adder ahead of it, and the cell where its carry enters.
            found["counter biases"] = elements * (2 * limit_bits(unit, stage, kind) + 1)
        else:
            found["counter scores"] = elements * (acc_bits(unit, stage) + _end(unit, stage, kind))
        found["differences"] = inputs * len(paired_lanes(unit.simd, biased=biased))
    if kind == "carry":
        found["chains"] = elements * carry_chains(unit.simd, unit.pipeline)
    if kind == "pixel":
        bits = stage.in_element.bits
        found["pairs"] = inputs * (unit.simd // 2) * 2 * (bits + 1)
        found["odd pixels"] = inputs * (unit.simd % 2) * bits
    if kind == "binary":
        found["patch"] = unit.in_bits
    for table in (weights, limits):
        for key, cells in rom_features(table, family).items():
            found[key] = found.get(key, 0) + cells
    return found | fifo_features(unit.depth, unit.out_bits, family)


def _counters(*counts: int) -> Features:
    """Bits of counters, apart those that start again by overflowing."""
    overflowing = [count for count in counts if count & count - 1 == 0]
    every, some = sum(map(_bits, counts)), sum(map(_bits, overflowing))
    return {"counters": every - some, "overflowing": some}


def _element(unit: MatrixPlan, stage: Matrix, kind: str) -> int:
    """Cells of one processing element, but for a counter's accumulator and what follows it."""
    if kind == "counter":
        return counter_cells(unit.simd, unit.pipeline, biased=stage.thresholds is not None)
    if kind == "carry":
        slots = carry_slots(unit.simd, unit.pipeline) + 1 + limit_bits(unit, stage, kind)
        return slots + slots % 2 + (_end(unit, stage, kind) if stage.thresholds is None else 0)
    if kind == "integer":
        return _integer_cells(unit, stage) + _end(unit, stage, kind)
    if kind == "binary":
        return 2 * unit.simd + acc_bits(unit, stage) + _end(unit, stage, kind)
    bits, terms, cells = stage.in_element.bits, ceil(unit.simd / 2), 0
    widths = [bits + 1] * (unit.simd // 2) + [bits] * (unit.simd % 2)
    if unit.neuron_fold * unit.synapse_fold > 1:
        # Which of a pair is picked, and its complement: weights of one word are no choice.
        cells += sum(widths)
    while terms > 1:
        sums = [max(a, b) + 1 for a, b in zip(widths[::2], widths[1::2], strict=False)]
        cells += sum(sums)
        widths = sums + widths[terms & ~1 :]
        terms = len(widths)
    width = limit_bits(unit, stage, kind)
    return cells + width * (2 if unit.synapse_fold > 1 else 1)


def _end(unit: MatrixPlan, stage: Matrix, kind: str) -> int:
    """Cells that compare an accumulator with its threshold, or subtract K from it."""
    scores = stage.thresholds is None
    return 1 + (acc_bits(unit, stage) if scores else limit_bits(unit, stage, kind))


def _integer_cells(unit: MatrixPlan, stage: Matrix) -> int:
    """Products, their sum and the accumulator, as adders a bit at a time; never measured."""
    bits, weights = stage.in_element.bits, stage.weight_bits
    product = weights + 1 if stage.in_element.bipolar else bits + weights
    rows = 1 if stage.in_element.bipolar else min(bits, weights)
    return unit.simd * product * (rows + 1) + 2 * limit_bits(unit, stage, "integer")


def rom_features(table: Table, family: Fabric) -> Features:
    """A table that is logic, by its address bits, or the choice between its block RAMs."""
    if table.words == 1 or not table.bits:
        return {}
    mapping = map_memory(Memory(table.words, table.bits, "rom"), family)
    if mapping.ebr:
        return {"ram choice": select_cells(mapping.rows) * table.bits}
    # A LUT holds a column of 16 words. Of the words that are left over there are only so many
    # different columns, and LUTs that choose between those of a column follow.
    full, over = divmod(table.words, LUT_WORDS)
    cells = full * table.bits + (min(table.bits, 1 << over) if over else 0)
    cells += select_cells(full + bool(over)) * table.bits
    address = max(_bits(table.words), 4)
    return {f"tables of {1 << address}" if address < 7 else "deep tables": cells}


def select_cells(count: int) -> float:
    """LUTs that choose one of ``count`` bits."""
    return {1: 0.0, 2: 1.0}.get(count, (count - 1) * 2 / 3)


def fifo_features(depth: int, bits: int, family: Fabric) -> Features:
    """A stream FIFO: two registers, or a ring of them, or LUT RAM."""
    if depth <= 2:
        return {"fifo bits": bits * depth}
    mapping = map_memory(Memory(depth, bits, "queue"), family)
    if mapping.lutram:
        return {"fifo lut ram": mapping.lutram, "fifo counters": 3 * _bits(depth)}
    return {"ring": bits * (depth + select_cells(depth)), "fifo counters": 3 * _bits(depth)}


def _bits(count: int) -> int:
    """Bits of a counter of so many steps."""
    return (count - 1).bit_length()
