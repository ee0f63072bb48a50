"""Foldings for a device: what is chosen, and how a network that does not fit is refused."""

from fractions import Fraction

import numpy as np
import pytest
from plan_networks import strip, tiny
from small_networks import small_face

from hwgen.design import make_design
from hwgen.errors import FitError, FoldingError
from hwgen.estimates.estimate import design_cells, estimate_plan
from hwgen.families.devices import DEVICES
from hwgen.model import Builder, Model
from hwgen.search.fit import HOST_CELLS, ROUTABLE, limits_of, room_of
from hwgen.sizes.memory_map import fewest_rams

SIZES = {d.name: d.lut4 for d in DEVICES.values() if d.lut4 is not None}


def estimated(design):
    resources = estimate_plan(design.network, design.plan).as_json()
    return {key: amount for key, amount in resources.items() if amount is not None}


def cells(design):
    return estimated(design)["logic_cells"]


@pytest.mark.parametrize("device", ["up5k", "hx8k", "ecp5-12", "ecp5-85"])
def test_the_fastest_that_fits_leaves_room_for_routing_and_host(device):
    found = estimated(make_design(small_face(), device=device))
    limits = limits_of(DEVICES[device])
    assert found["logic_cells"] <= room_of(DEVICES[device])
    assert room_of(DEVICES[device]) + HOST_CELLS <= SIZES[device] * ROUTABLE
    assert found["ebr"] <= limits.ebr
    assert found["spram"] <= limits.spram


@pytest.mark.parametrize("device", SIZES)
def test_the_block_ram_kept_is_the_one_that_a_queue_of_ten_scores_takes(device):
    part = DEVICES[device]
    assert part.ebr is not None
    assert part.ebr - limits_of(part).ebr == fewest_rams(10, 16, part.family) == 1


@pytest.mark.parametrize("device", SIZES)
def test_a_design_of_all_cells_allowed_leaves_what_is_kept(device):
    part = DEVICES[device]
    limit, room = limits_of(part).cells, room_of(part)
    assert design_cells(limit, part.family) <= room < design_cells(limit + 1, part.family)


def test_a_larger_device_is_never_slower():
    cycles = [
        make_design(small_face(), device=device).plan.bottleneck_cycles
        for device in ("up5k", "hx8k")
    ]
    assert cycles[1] <= cycles[0]
    cycles = [
        make_design(small_face(), device=device).plan.bottleneck_cycles
        for device in ("ecp5-12", "ecp5-45", "ecp5-85")
    ]
    assert cycles == sorted(cycles, reverse=True)


def test_for_a_rate_the_smallest_is_taken():
    found = [make_design(small_face(), device="hx8k", cycles=cycles) for cycles in (300, 600, 5000)]
    for design, cycles in zip(found, (300, 600, 5000), strict=True):
        assert design.plan.bottleneck_cycles <= cycles
    assert cells(found[0]) > cells(found[1]) > cells(found[2])


def test_a_frame_rate_is_a_cycle_count_at_the_clock():
    by_rate = make_design(small_face(), device="hx8k", fps=40_000, clock_mhz=24).plan
    assert by_rate.folding == make_design(small_face(), device="hx8k", cycles=600).plan.folding


def refused(text, model, device, cycles=None):
    with pytest.raises(FitError, match=f"^{text}$") as caught:
        make_design(model, device=device, cycles=cycles)
    assert caught.value.exit_code == 1


def test_what_does_not_fit_says_what_is_short_and_what_would_do():
    rest = r"of the 1,126 that are left beside routing and host link \([\d,]+ short\)"
    refused(
        rf"<memory>: does not fit hx1k at 64 cycles a frame: needs at least [\d,]+ logic cells "
        rf"{rest}; (up5k|hx8k|ecp5-12) would do",
        small_face(),
        "hx1k",
        64,
    )


def test_the_device_that_would_do_is_the_smallest_that_does():
    with pytest.raises(FitError) as caught:
        make_design(small_face(), device="hx1k", cycles=64)
    named = str(caught.value).rsplit("; ", 1)[1].split(" ")[0]
    assert make_design(small_face(), device=named, cycles=64)
    smaller = [d for d, size in SIZES.items() if SIZES["hx1k"] < size < SIZES[named]]
    for device in smaller:
        with pytest.raises(FitError):
            make_design(small_face(), device=device, cycles=64)


def test_the_shortage_is_exact():
    with pytest.raises(FitError) as caught:
        make_design(small_face(), device="hx1k", cycles=64)
    words = str(caught.value).split(" ")
    needed = int(words[words.index("least") + 1].replace(",", ""))
    short = int(words[words.index("short);") - 1].removeprefix("(").replace(",", ""))
    assert short == needed - room_of(DEVICES["hx1k"]) > 0


def test_a_rate_that_no_device_has_is_no_matter_of_fitting():
    with pytest.raises(
        FoldingError,
        match=r"^<memory>: layer 'conv1': needs at least 64 cycles a frame, more than the 63 "
        r"asked for$",
    ):
        make_design(small_face(), device="hx8k", cycles=63)


def wide() -> Model:
    """A network whose weights do not all fit the smallest device."""
    rng = np.random.default_rng(1)
    net = Builder("wide", height=32, width=32, channels=1, bits=1).flatten()
    return net.dense(rng.choice([-1, 1], (128, 1024)), name="fc").build()


def test_a_rate_at_which_weights_cannot_come_is_refused_with_the_one_that_can_be():
    words = 128 * 1024 // 16
    with pytest.raises(
        FitError,
        match=r"^<memory>: weights of fc do not fit and come from outside, 8,192 words a frame in "
        rf"16\.5 cycles each: a frame takes at least {words * 33 // 2:,} cycles, 177\.6 frames a "
        r"second, more than the 120,000 asked for$",
    ):
        make_design(wide(), device="hx1k", fps=200, weights_interval=Fraction(33, 2))


def test_without_a_device_nothing_is_searched():
    assert make_design(strip()).plan.device == "generic"
    assert make_design(tiny(), cycles=16).plan.bottleneck_cycles == 16
