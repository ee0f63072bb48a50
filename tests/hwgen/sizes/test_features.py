"""Counts that cells are estimated from."""

from hwgen.sizes.features import counter_bits, fifo_features, rom_features, select_cells
from hwgen.sizes.tables import Table


def test_a_counter_of_one_step_has_no_bits():
    assert [counter_bits(n) for n in (1, 2, 3, 4, 5)] == [0, 1, 2, 2, 3]


def test_a_choice_of_one_is_none():
    assert [select_cells(n) for n in (1, 2, 4)] == [0.0, 1.0, 2.0]


def test_a_table_of_one_word_or_of_equal_words_costs_nothing():
    assert rom_features(Table(1, 8), "ice40") == rom_features(Table(9, 0), "ice40") == {}
    assert Table(1, 8).memories() == Table(9, 0).memories() == []


def test_deep_tables_are_block_rams_and_shallow_ones_luts():
    assert rom_features(Table(512, 8), "ice40") == {"ram choice": 0.0}
    assert rom_features(Table(16, 8), "ice40") == {"tables of 16": 8.0}


def test_a_fifo_of_two_words_has_registers_and_a_deeper_one_a_memory():
    assert fifo_features(2, 8, "ecp5") == {"fifo bits": 16}
    assert fifo_features(16, 8, "ecp5") == {"fifo lut ram": 2, "fifo counters": 12}
    assert set(fifo_features(16, 8, "ice40")) == {"ring", "fifo counters"}
