"""Code books: weights that are looked up are the weights."""

import numpy as np
import pytest

from hwgen.sizes.code_book import (
    book_cells,
    book_of,
    book_table,
    coded_indices,
    index_bits_of,
    indices_of,
)

WEIGHTS = np.array([[7, -3, 7, 0], [0, -3, -128, 100]])


def test_indices_look_the_weights_up():
    assert index_bits_of(WEIGHTS) == 3
    book = book_of(WEIGHTS, 3)
    assert book.tolist() == [-128, -3, 0, 7, 100, 0, 0, 0]
    assert (book[indices_of(WEIGHTS)] == WEIGHTS).all()
    bits = coded_indices(WEIGHTS, 3)
    assert bits.shape == (2, 12)
    assert (bits.reshape(2, 4, 3) @ [1, 2, 4] == indices_of(WEIGHTS)).all()


def test_one_value_has_an_index_of_a_bit_and_more_values_than_indices_are_refused():
    assert index_bits_of(np.zeros(5, np.int8)) == 1
    assert book_of(WEIGHTS, 8).size == 256
    with pytest.raises(ValueError, match=r"^weights must have at most 4 values .* bits, not 5$"):
        book_of(WEIGHTS, 2)


def test_copies_of_a_column_and_columns_that_are_the_same_in_all_take_no_logic():
    # -1, 0, 1 and 2 in eight bits: six of them are the sign, one is 0, one is not.
    few = np.array([-1, 0, 1, 2])
    assert book_table(few, 8).bits == 3
    assert book_cells(few, 8) == 3
    assert book_table(np.array([5, 5]), 8).bits == 0
    # Of 32 words each column takes two LUTs, and one that chooses.
    spread = np.arange(-16, 16) * 1021
    assert book_cells(spread, 16) == 3 * book_table(spread, 16).bits
