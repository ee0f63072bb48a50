# amaranth: UnusedElaboratable=no
# (units are made for their parameters alone, too)
"""Weights that are looked up in a code book, whatever the unit."""

from dataclasses import replace

import numpy as np
import pytest

from hwgen.rtl.matrix_unit import MatrixUnit
from hwgen.rtl.weight_sources import Spram
from hwgen.sizes.code_book import index_bits_of
from tests.matrix_cases import Case
from tests.rtl_bench import record
from tests.timing_reference import PATTERNS


class Few(Case):
    """Weights of four values, the ends of the range among them."""

    def products(self) -> np.ndarray:
        few = np.array([-(1 << self.weight_bits - 1), -5, 3, (1 << self.weight_bits - 1) - 1])
        self.signs = few[np.abs(self.signs[..., None] - few).argmin(axis=-1)]
        return super().products()


CASES = {
    "bipolar": Few("bipolar", "bits", pe=2, group=3, weight_bits=8),
    "levels": Few("levels", "scores", pe=3, group=2, bits=4, weight_bits=6, pipeline=2),
    "fast": Few("pixels", "or", pe=2, group=1, taps=(1, 2), block=(1, 2), bits=8, weight_bits=5,
                pipeline=3),
    "cells": Few("levels", "bits", pe=2, group=2, bits=4, weight_bits=6, pipeline=3,
                 multiplier="mult18"),
    "depthwise": Few("pixels", "scores", pe=2, taps=(2, 2), bits=3, weight_bits=7, depthwise=True),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("more", [0, 2])
def test_units_with_indices_compute_what_those_with_weights_do(name: str, more: int):
    case = CASES[name]
    plain = case.parameters()
    bits = index_bits_of(plain.weights) + more
    coded = replace(plain, index_bits=bits)
    assert coded.word_bits == plain.word_bits * bits // plain.weight_bits
    expected = case.expected()
    for pattern in PATTERNS[:2]:
        unit = MatrixUnit(parameters=coded, model=True)
        _, found = record(unit, case.words(), outputs=len(expected), pattern=pattern)
        assert found == expected


def test_indices_are_what_is_loaded_too():
    case = CASES["bipolar"]
    coded = replace(case.parameters(), index_bits=2)
    unit = MatrixUnit(parameters=coded, weights=Spram(), model=True)
    assert len(unit.load_words()) == case.folds[0] * case.folds[1]
    assert coded.word_bits == 12


def test_an_index_is_shorter_than_a_weight():
    plain = CASES["levels"].parameters()
    for bits in (6, -1):
        with pytest.raises(ValueError, match=rf"^index_bits must be below .*, not {bits}$"):
            replace(plain, index_bits=bits)
