# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
import pytest

from hwgen.plan.units import MapPlan
from hwgen.rtl.map_buffer import MapBuffer
from tests.map_cases import CASES, cases
from tests.timing_reference import FULL_RATE, random_stalls, ready_after_valid

PATTERNS = (FULL_RATE, random_stalls(1, 0.6, 0.6), ready_after_valid(1))


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
@cases(*CASES)
def test_words_and_their_cycles_are_those_of_the_contract(case, pattern):
    case.run(pattern)


@cases("3x3_same", "rows", "planes_raster", "planes_rows")
def test_with_ample_rows_reads_never_stop_where_they_are_more_than_writes(case):
    o = case.run(FULL_RATE).o
    assert o == list(range(o[0], o[0] + len(o)))
    assert len(o) == case.maps * case.passes * case.reads


@cases("1x1_repeated", "planes_raster_least")
def test_with_the_fewest_rows_reads_stop_for_the_next_map(case):
    o = case.run(FULL_RATE).o
    assert o != list(range(o[0], o[0] + len(o)))


def test_a_pass_begins_two_cycles_after_its_last_input():
    # Below a row of padding, the first two output rows need three rows of 3 pixels.
    trace = CASES["rows"].run(FULL_RATE)
    assert (trace.i[8], trace.visible[0]) == (8, 10)


@cases(*CASES)
def test_plan_and_hardware_agree_on_the_memory(case):
    g = case.geometry
    part = (g.channels // g.planes if g.planes > 1 else g.group) * case.bits
    plan = MapPlan(
        name="map", stage="layer", in_shape=(g.height, g.width, g.channels), bits=case.bits,
        planes=g.planes, maps=1, kernel=g.kernel, stride=g.stride, dilation=g.dilation,
        padding=g.padding, pad=case.pad, out_pixels=g.outputs, rows=g.rows, group=g.group,
        repeats=g.repeats, raster=g.raster, slots=g.slots, in_bits=part, out_bits=1,
    )  # fmt: skip
    assert plan.full_rate_slots() == case.full_slots()
    assert plan.least_slots() == g.least_slots == case.least_slots()
    assert (plan.passes, plan.whole) == (g.passes, g.unit_rows) == (case.passes, case.together)
    assert [plan.rows_needed(n) for n in range(case.passes)] == [
        case.complete(n) for n in range(case.passes)
    ]
    assert plan.words_per_map == case.map_words
    assert plan.reads_per_pass == case.reads
    assert plan.words_out(case.map_words) == case.passes * case.reads
    assert plan.words_out(case.map_words + 1) is None


@pytest.mark.parametrize("reset_after", [3, 20, 47])
@cases("3x3_same_flags", "rows", "stride_above_kernel", "planes_3x3", "planes_raster")
def test_reset_forgets_the_rows_held(case, reset_after):
    case.run(PATTERNS[1], reset_after=reset_after)


def test_bad_element_formats_are_refused():
    geometry = CASES["1x1"].geometry
    with pytest.raises(ValueError, match=r"^bits must be positive, not 0$"):
        MapBuffer(geometry=geometry, bits=0, pad=0)
    for bits, pad in ((1, 2), (8, 256), (8, -1)):
        with pytest.raises(ValueError, match=rf"^pad must be a pattern of {bits} bits, not {pad}$"):
            MapBuffer(geometry=geometry, bits=bits, pad=pad)
