"""A map buffer's memory, as large as its rows; its figures are held in rtl/test_map_buffer.py."""

from dataclasses import replace

import pytest

from hwgen.families.devices import FAMILIES
from hwgen.plan.units import MapPlan

# Three rows and more of six: for passes of two output rows of a 3x3 kernel.
ROWS = MapPlan(
    name="u", stage="s", in_shape=(6, 5, 8), bits=2, planes=1, maps=1, kernel=(3, 3), stride=(1, 1),
    dilation=(1, 1), padding=(1, 1, 1, 1), pad=None, out_pixels=(6, 5), rows=2, group=4, repeats=2,
    raster=False, slots=5, in_bits=8, out_bits=9,
)  # fmt: skip
# Four planes of two channels, joined to words of all eight; two maps a frame.
PLANES = replace(ROWS, planes=4, maps=2, group=8, slots=12, in_bits=4, out_bits=17)


def test_a_buffer_is_counted_in_rows_or_in_whole_maps():
    assert ROWS.buffer is not None
    assert PLANES.buffer is not None
    assert (ROWS.buffer.size, ROWS.buffer.least, ROWS.buffer.bits) == (5, 4, 5 * 8 * 2)
    assert (PLANES.buffer.size, PLANES.buffer.least, PLANES.buffer.bits) == (2, 1, 6 * 5 * 8 * 2)
    assert (ROWS.resized(7).slots, PLANES.resized(3).slots) == (7, 18)


def test_words_are_those_of_all_passes_of_all_maps():
    assert ROWS.words_out(6 * 5 * 2) == 3 * (2 * 5 * 9 * 2 * 2)
    assert PLANES.words_out(2 * 6 * 5 * 4) == 2 * 3 * (2 * 5 * 9 * 2)
    assert ROWS.words_out(6 * 5 * 2 + 1) is None
    assert PLANES.words_out(6 * 5 * 4) is None


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
@pytest.mark.parametrize(
    ("unit", "bits", "parts"), [(ROWS, 5 * 5 * 2 * 8, 1), (PLANES, 12 * 5 * 16, 4)]
)
def test_its_memory_holds_its_rows_and_is_written_in_parts_where_planes_come(
    unit, bits, parts, family
):
    (memory,) = unit.memories({}, family)
    assert memory.words * memory.bits == bits
    assert memory.fields == parts
    assert all(amount >= 0 for amount in unit.features({}, family).values())
