"""Designs with the buffers that are built: they fit, or another folding is tried."""

import pytest
from parted_networks import around_two

from hwgen.errors import FitError
from hwgen.estimates.estimate import estimate_plan
from hwgen.families.devices import find_device
from hwgen.jobs import sized_design
from hwgen.jobs.sized_design import make_sized_design
from hwgen.model import Model
from hwgen.search.fit import NOTHING, room_of
from hwgen.search.fronts import Limits
from tests.small_networks import small_face


def cells(design) -> int:
    found = estimate_plan(design.network, design.plan).logic_cells
    assert found is not None
    return found


@pytest.fixture
def network() -> Model:
    return around_two(size=8)


def test_where_buffers_take_more_than_was_counted_a_smaller_folding_is_taken(network, monkeypatch):
    first = make_sized_design(network, device="up5k")
    room = room_of(find_device("up5k")) - cells(first)
    over = iter([Limits(room + 200, 0, 0), NOTHING])
    monkeypatch.setattr(sized_design, "beyond", lambda found, device: next(over))
    second = make_sized_design(network, device="up5k")
    assert cells(second) <= cells(first) - 150
    assert second.plan.bottleneck_cycles > first.plan.bottleneck_cycles
    assert next(over, None) is None


def test_what_never_fits_is_refused(network, monkeypatch):
    monkeypatch.setattr(sized_design, "beyond", lambda found, device: Limits(1, 0, 0))
    with pytest.raises(
        FitError,
        match=r"^<memory>: does not fit up5k: with the buffers that 6 foldings need it still takes "
        r"1 logic cells or 0 block RAMs more than are left beside routing and host link; ",
    ):
        make_sized_design(network, device="up5k")
    monkeypatch.setattr(sized_design, "beyond", lambda found, device: Limits(5000, 0, 0))
    with pytest.raises(
        FitError, match=r"^<memory>: does not fit up5k at any rate: needs at least .* logic cells "
        r"of the -.* that are left beside routing, host link and buffers",
    ):  # fmt: skip
        make_sized_design(network, device="up5k")


def test_chains_given_foldings_and_given_buffers_are_built_as_they_are(network, monkeypatch):
    monkeypatch.setattr(sized_design, "beyond", lambda found, device: Limits(1, 0, 0))
    make_sized_design(small_face(), device="hx8k")
    folding = make_sized_design(network).plan.folding
    make_sized_design(network, device="hx8k", folding=(folding, "f.json"))
    make_sized_design(network, device="hx8k", buffers={"sum_fifo0": 3})
