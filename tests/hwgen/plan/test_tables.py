"""Constant tables: as many words and changing columns as those that the hardware has."""

import gc

import numpy as np
import pytest

from benchmarks.unit_samples import samples
from hwgen.families.devices import FAMILIES
from hwgen.families.family import Family
from hwgen.hardware import build_unit
from hwgen.model.integer import Matrix
from hwgen.plan.tables import weight_table
from hwgen.plan.units import MatrixPlan
from hwgen.rtl.matrix_unit import MatrixUnit


# Units are asked for their parameters only, and never elaborated.
@pytest.mark.filterwarnings("ignore::amaranth.hdl.UnusedElaboratable")
@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_columns_of_weights_that_change_are_counted_exactly(family: Family):
    constant = 0
    for sample in samples(family):
        stage = sample.stages.get(sample.unit.stage)
        if not isinstance(sample.unit, MatrixPlan) or not isinstance(stage, Matrix):
            continue
        hardware = build_unit(sample.unit, sample.stages, sample.transfers, family.counting)
        assert isinstance(hardware, MatrixUnit)
        words = hardware.parameters.weight_words()
        width = sample.unit.pe * sample.unit.simd
        columns = np.array([[word >> bit & 1 for bit in range(width)] for word in words])
        changing = int((columns != columns[0]).any(axis=0).sum())
        found = weight_table(sample.unit, stage, family)
        assert (found.words, found.bits) == (len(words), changing)
        constant += changing < width
        del hardware
    gc.collect()
    assert constant >= 5
