"""The grid of a sweep."""

from pathlib import Path

import pytest

from hwgen.errors import DeviceError, ModelError
from hwgen.explore.points import AS_DESCRIBED, Network, grid
from hwgen.model import load_model

TINY = Network(load_model(Path(__file__).parents[3] / "models" / "tiny.json"))


def points(devices=("up5k",), rates=(None,), clocks=(24.0,), mixes=(AS_DESCRIBED,)):
    return grid([TINY], devices, rates, clocks, mixes, 16)


def test_all_are_combined_once_the_slowest_rates_first_and_no_rate_last():
    found = points(("up5k", "hx8k", "up5k"), (None, 30.0, 10.0, 30.0), (24.0, 12.0))
    assert len(found) == 2 * 3 * 2
    assert [p.fps for p in found[:3]] == [10.0, 30.0, None]
    assert len({p.key for p in found}) == len(found)


def test_a_key_says_what_was_asked_for_and_nothing_else():
    (first,), (again,) = points(), points()
    assert first.key == again.key
    assert first.key != points(mixes=("CB",))[0].key
    assert first.key != points(clocks=(25.0,))[0].key


def test_a_mix_changes_the_bits_of_layers():
    model = TINY.in_precision("CB", 8)
    assert [layer.weight_bits for layer in model.layers if hasattr(layer, "weight_bits")] == [8, 1]
    assert TINY.in_precision(AS_DESCRIBED, 8) is TINY.model


@pytest.mark.parametrize(
    ("asked", "error", "message"),
    [
        ({"devices": ("up6k",)}, DeviceError, r"^--device must be one of hx1k, .*, not 'up6k'$"),
        ({"rates": (0.0,)}, ModelError, r"^--fps must be a positive number, not 0$"),
        ({"clocks": (-1.0,)}, ModelError, r"^--clock-mhz must be between 0 and 10000, not -1$"),
        ({"mixes": ("CBX",)}, ModelError,
         r"tiny\.json: --bits must be 2 letters B or C, one for each of lines, classify, not"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_for_is_named(asked, error, message):
    with pytest.raises(error, match=message):
        points(**asked)
