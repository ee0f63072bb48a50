"""What every unit of a plan says of itself."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from amaranth.hdl import Fragment

from hwgen.design import make_design
from hwgen.families.devices import FAMILIES, GENERIC
from hwgen.hardware import build_unit
from hwgen.plan.units import Fifo, PoolPlan, Unit, UnitBase
from hwgen.rtl.stream_fifo import StreamFIFO
from hwgen.sizes.memory_map import map_memory
from tests.random_designs import random_design
from tests.small_networks import small_face


def test_the_union_has_all_kinds():
    def kinds(base: type) -> set[type]:
        return {base}.union(*map(kinds, base.__subclasses__()))

    named = {kind for kind in kinds(UnitBase) if not kind.__abstractmethods__}
    assert named == set(get_args(Unit))


def test_a_unit_with_a_buffer_can_have_another_size_and_others_cannot():
    rng = np.random.default_rng(8)
    sized = 0
    for unit in random_design(small_face(), rng).plan.units:
        if unit.buffer is None:
            with pytest.raises(TypeError, match=rf"^{unit.name} has no buffer$"):
                unit.resized(3)
        else:
            larger = unit.resized(unit.buffer.size + 1)
            assert larger.buffer == replace(unit.buffer, size=unit.buffer.size + 1)
            sized += 1
    assert sized


def test_words_that_do_not_come_out_even_are_none():
    pool = PoolPlan(
        name="p", stage="p", in_bits=9, out_bits=8, taps=4, elements=1, bits=8, signed=False
    )
    assert (pool.words_out(12), pool.words_out(13)) == (3, None)
    fifo = Fifo(name="f", stage="p", in_bits=8, out_bits=8, depth=3)
    assert fifo.words_out(13) == 13


def test_words_loaded_are_those_of_the_units_in_spram():
    plan = make_design(small_face(), device="up5k").plan
    assert plan.load_words == sum(unit.load_words for unit in plan.units)
    assert [u.name for u in plan.units if u.load_words] == [u.name for u in plan.units if u.sprams]


@pytest.mark.parametrize(
    ("family", "depth", "bits", "clocked"),
    [
        ("ecp5", 256, 4, False), ("ecp5", 600, 4, True), ("ecp5", 8194, 1, True),
        ("ice40", 20, 4, False), ("ice40", 40, 4, True), ("generic", 8194, 1, False),
    ],
)  # fmt: skip
def test_a_deep_fifo_is_block_ram_where_that_is_cheaper(family, depth, bits, clocked):
    fabric = FAMILIES.get(family, GENERIC)
    sides = {"name": "f", "stage": "s", "in_bits": bits, "out_bits": bits, "depth": depth}
    fifo = Fifo(**sides, deep=True)
    assert fifo.clocked(fabric) == clocked
    rams = [map_memory(memory, fabric).ebr for memory in fifo.memories({}, fabric)]
    assert bool(sum(rams)) == clocked
    assert not Fifo(**sides).clocked(fabric)
    component = build_unit(fifo, {}, 1, fabric)
    assert isinstance(component, StreamFIFO)
    assert component.clocked == clocked
    Fragment.get(component, None)  # Amaranth warns of components that are not used
