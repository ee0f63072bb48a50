"""Constant tables of matrix units: as many changing columns as those of the hardware."""

import gc

import numpy as np
import pytest

from benchmarks.unit_samples import FAMILIES, samples
from hwgen.design import make_design
from hwgen.hardware import build_unit
from hwgen.model import Builder
from hwgen.network import Matrix
from hwgen.plan.units import MatrixPlan
from hwgen.rtl.matrix_unit import MatrixUnit
from hwgen.sizes.tables import CLEARED_WORDS


# Units are asked for their parameters only, and never elaborated.
@pytest.mark.filterwarnings("ignore::amaranth.hdl.UnusedElaboratable")
@pytest.mark.parametrize("family", FAMILIES)
def test_columns_of_weights_that_change_are_counted_exactly(family: str):
    constant = 0
    for sample in samples(family):
        stage = sample.stages.get(sample.unit.stage)
        if not isinstance(sample.unit, MatrixPlan) or not isinstance(stage, Matrix):
            continue
        hardware = build_unit(sample.unit, sample.stages, sample.transfers, family)
        assert isinstance(hardware, MatrixUnit)
        words = hardware.parameters.weight_words()
        width = sample.unit.pe * sample.unit.simd
        columns = np.array([[word >> bit & 1 for bit in range(width)] for word in words])
        changing = int((columns != columns[0]).any(axis=0).sum())
        found = sample.unit.weight_table(stage, family)
        assert (found.words, found.bits) == (len(words), changing)
        constant += changing < width
        del hardware
    gc.collect()
    assert constant >= 5


@pytest.mark.parametrize(("folds", "words"), [(CLEARED_WORDS, 32), (CLEARED_WORDS + 1, 34)])
def test_biases_in_block_ram_have_a_word_of_zeros_behind_them(folds: int, words: int):
    builder = Builder("net", height=1, width=1, channels=5).sign("bits")
    builder.conv2d(np.ones((folds, 1, 1, 5)), "c").sign("more").flatten()
    model = builder.dense(np.ones((2, folds)), "d").build()
    design = make_design(model, device="up5k", folding=({"c": {"pe": 1}}, "file"))
    unit = next(unit for unit in design.plan.units if unit.name == "c")
    assert isinstance(unit, MatrixPlan)
    table = unit.threshold_table(design.network.matrices["c"], None, "ice40")
    # All limits are the same: only the zeros make a column change.
    assert (table.words, table.bits > 0) == (words, folds > CLEARED_WORDS)
    assert unit.threshold_table(design.network.matrices["c"], None, "ecp5").words == folds
