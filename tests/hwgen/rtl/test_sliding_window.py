# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
from dataclasses import replace
from typing import Any

import pytest

from hwgen.plan.units import WindowPlan
from hwgen.rtl.sliding_window import SlidingWindow
from hwgen.rtl.window_geometry import WindowGeometry
from tests.timing_reference import (
    FULL_RATE,
    random_stalls,
    ready_after_valid,
    slow_source,
)
from tests.window_cases import CASES, cases

PATTERNS = (
    FULL_RATE,
    random_stalls(1, 0.6, 0.6),
    random_stalls(2, 0.9, 0.4),
    ready_after_valid(1),
    slow_source(1),
)


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
@cases(*CASES)
def test_patches_and_their_cycles_are_those_of_the_contract(case, pattern):
    case.run(pattern)


@cases(*(n for n, case in CASES.items() if case.busier_side() == "reads"))
def test_reads_have_no_bubble_within_or_between_frames_where_they_dominate(case):
    o = case.run(FULL_RATE).o
    assert o == list(range(o[0], o[0] + len(o)))
    assert len(o) == case.frames * case.block_rows * case.row_reads


@cases(*(n for n, case in CASES.items() if case.busier_side() == "writes"))
def test_writes_have_no_bubble_within_or_between_frames_where_they_dominate(case):
    i = case.run(FULL_RATE).i
    assert i == list(range(case.frames * case.rows * case.row_words))


def test_a_block_row_begins_two_cycles_after_its_last_input():
    # Below a row of padding, the first block row needs two rows of 4 pixels of 2 words.
    trace = CASES["3x3_rows"].run(FULL_RATE)
    assert (trace.i[15], trace.visible[0]) == (15, 17)


@cases(*CASES)
def test_plan_and_hardware_agree_on_the_memory(case):
    g = case.geometry
    plan = WindowPlan(
        name="window",
        stage="layer",
        in_bits=1,
        out_bits=1,
        in_shape=(g.height, g.width, g.channels),
        bits=case.bits,
        kernel=g.kernel,
        stride=g.stride,
        dilation=g.dilation,
        padding=g.padding,
        pad=case.pad,
        block=g.block,
        taps=g.taps,
        blocks=g.blocks,
        group=g.group,
        repeats=g.repeats,
        channels_outer=g.channels_outer,
        slots=g.slots,
    )
    assert plan.full_rate_slots() == case.full_slots()
    assert [plan.rows_needed(b) for b in range(case.block_rows)] == g.rows_needed()
    least = case.least_slots()
    assert g.least_slots() == least
    with pytest.raises(
        ValueError, match=rf"^slots must be at least {least} to hold a block row, not {least - 1}$"
    ):
        replace(g, slots=least - 1)


@pytest.mark.parametrize("reset_after", [3, 20, 47, 90])
@cases("3x3_same_flags", "dilated_block", "asymmetric", "stride_above_slots", "pool_ceil")
def test_reset_forgets_the_rows_held(case, reset_after):
    case.run(PATTERNS[1], reset_after=reset_after)


def good_geometry() -> dict[str, Any]:
    return {
        "height": 6,
        "width": 7,
        "channels": 4,
        "kernel": (3, 3),
        "stride": (1, 1),
        "padding": (0, 0, 0, 0),
        "block": (1, 1),
        "taps": (1, 3),
        "blocks": (4, 5),
        "group": 2,
        "repeats": 1,
        "slots": 3,
    }


def test_bad_sizes_are_refused():
    good = good_geometry()
    WindowGeometry(**good)
    for name in ("height", "width", "channels", "group", "repeats"):
        for value in (0, -2):
            with pytest.raises(ValueError, match=rf"^{name} must be positive, not {value}$"):
                WindowGeometry(**dict(good, **{name: value}))
    for name in ("kernel", "stride", "block", "taps", "blocks"):
        for value, text in (((0, 1), r"\(0, 1\)"), ((2, -1), r"\(2, -1\)")):
            with pytest.raises(ValueError, match=rf"^{name} must be positive, not {text}$"):
                WindowGeometry(**dict(good, **{name: value}))
    for side in range(4):
        padding = tuple(-1 if k == side else 0 for k in range(4))
        text = rf"^padding must not be negative, not \({', '.join(map(str, padding))}\)$"
        with pytest.raises(ValueError, match=text):
            WindowGeometry(**dict(good, padding=padding))


def test_sizes_that_do_not_fit_each_other_are_refused():
    good = good_geometry()
    with pytest.raises(ValueError, match=r"^group must divide 4 channels, not 3$"):
        WindowGeometry(**dict(good, group=3))
    for taps in ((2, 1), (1, 2)):
        text = rf"^taps must divide kernel \(3, 3\), not \({taps[0]}, {taps[1]}\)$"
        with pytest.raises(ValueError, match=text):
            WindowGeometry(**dict(good, taps=taps))
    for change in ({"blocks": (5, 5)}, {"blocks": (4, 6)}, {"block": (2, 1)}):
        blocks = change.get("blocks", (4, 5))
        text = (
            r"^blocks must lie within the 6 x 7 padded pixels, "
            rf"not \({blocks[0]}, {blocks[1]}\)$"
        )
        with pytest.raises(ValueError, match=text):
            WindowGeometry(**{**good, **change})


def test_bad_element_formats_are_refused():
    geometry = WindowGeometry(**good_geometry())
    with pytest.raises(ValueError, match=r"^bits must be positive, not 0$"):
        SlidingWindow(geometry=geometry, bits=0, pad=0)
    for bits, pad in ((1, 2), (8, 256), (8, -1)):
        with pytest.raises(ValueError, match=rf"^pad must be a pattern of {bits} bits, not {pad}$"):
            SlidingWindow(geometry=geometry, bits=bits, pad=pad)
