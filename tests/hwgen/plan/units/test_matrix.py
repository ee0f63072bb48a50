"""Constant tables of matrix units: as many changing columns as those of the hardware."""

import gc

import numpy as np
import pytest
from small_networks import small_face

from benchmarks.unit_samples import samples
from hwgen.design import make_design
from hwgen.families.devices import FAMILIES, find_device
from hwgen.families.family import Family
from hwgen.hardware import build_unit
from hwgen.model import Builder
from hwgen.network import Matrix
from hwgen.plan.units import MatrixPlan
from hwgen.rtl.matrix_unit import MatrixUnit
from hwgen.rtl.stationary_unit import StationaryUnit
from hwgen.sizes.tables import CLEARED_WORDS


# Units are asked for their parameters only, and never elaborated.
@pytest.mark.filterwarnings("ignore::amaranth.hdl.UnusedElaboratable")
@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_columns_of_weights_that_change_are_counted_exactly(family: Family):
    constant = 0
    for sample in samples(family):
        stage = sample.stages.get(sample.unit.stage)
        if not isinstance(sample.unit, MatrixPlan) or not isinstance(stage, Matrix):
            continue
        hardware = build_unit(sample.unit, sample.stages, sample.transfers, family)
        assert isinstance(hardware, MatrixUnit | StationaryUnit)
        words = hardware.parameters.weight_words()
        width = sample.unit.word_bits
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
    table = unit.threshold_table(design.network.matrices["c"], None, FAMILIES["ice40"])
    # All limits are the same: only the zeros make a column change.
    assert (table.words, table.bits > 0) == (words, folds > CLEARED_WORDS)
    other = unit.threshold_table(design.network.matrices["c"], None, FAMILIES["ecp5"])
    assert other.words == folds


# Of 64 output pixels in each pass of eight rows, or of 32; of 216 and 576 weights.
HELD = {
    "conv1": {"pe": 4, "simd": 3, "rows": 4},
    "conv2": {"pe": 2, "simd": 8, "rows": 4, "storage": "external"},
    "fc": {"pe": 2, "simd": 16, "storage": "external"},
}


# As above.
@pytest.mark.filterwarnings("ignore::amaranth.hdl.UnusedElaboratable")
@pytest.mark.parametrize("device", ["generic", "up5k", "ecp5-85"])
def test_a_unit_whose_weights_stay_has_the_tables_of_its_hardware_and_a_memory_of_sums(device: str):
    design = make_design(small_face(), device=device, folding=(HELD, "test"))
    family = find_device(device).family
    stages = design.network.named
    for unit in design.plan.units:
        if not isinstance(unit, MatrixPlan):
            continue
        hardware = build_unit(unit, stages, 1, family)
        assert isinstance(hardware, MatrixUnit if unit.hold == 1 else StationaryUnit)
        assert hardware.parameters.hold == unit.hold
        if unit.hold > 1:
            stage = design.network.matrices[unit.stage]
            words = hardware.parameters.start_words()
            width = unit.pe * hardware.parameters.sizes.start_bits
            columns = np.array([[word >> bit & 1 for bit in range(width)] for word in words])
            table = unit.threshold_table(stage, None, family)
            assert table.words == len(words)
            assert table.bits == int((columns != columns[0]).any(axis=0).sum())
            sums = [m for m in unit.memories(stages, family) if m.words == unit.hold]
            assert [memory.bits for memory in sums] == [width]
        assert all(amount >= 0 for amount in unit.features(stages, family).values())
        del hardware
    gc.collect()


def test_weights_that_come_in_are_read_once_a_pass_or_a_block_and_lie_in_no_memory():
    plan = make_design(small_face(), folding=(HELD, "test")).plan
    units = {unit.name: unit for unit in plan.units if isinstance(unit, MatrixPlan)}
    assert {name: unit.weight_reads for name, unit in units.items()} == {
        "conv1": 2 * 216 // 12, "conv2": 576 // 16, "fc": 128 // 32,
    }  # fmt: skip
    assert {name: unit.hold for name, unit in units.items()} == {"conv1": 32, "conv2": 16, "fc": 1}
    assert {name: unit.inputs.get("i_weights") for name, unit in units.items()} == {
        "conv1": None, "conv2": 16, "fc": 32,
    }  # fmt: skip
    conv2 = units["conv2"]
    words = 16 * 4 * 36 // 4
    assert conv2.words_given({"i": words, "i_weights": 36}) == {"o": 64}
    assert conv2.words_given({"i": words, "i_weights": 35}) is None
    assert conv2.words_given({"i": words + 1, "i_weights": 36}) is None
    assert conv2.load_words == conv2.sprams == 0
    assert [unit.latency - unit.pipeline for unit in units.values()] == [4, 4, 3]
