"""Folding files: what is read from them, and what does not divide."""

from typing import Any

import pytest
from small_networks import small_face

from hwgen.errors import FoldingError
from hwgen.passes import lower_network
from hwgen.plan.folding import Folding, fusable_pool
from hwgen.plan.folding_file import parse_folding
from hwgen.plan.weight_storage import WeightStorage

NETWORK = lower_network(small_face())
NAME, STAGE = next(iter(NETWORK.matrices.items()))
OUTPUTS, KY, KX, CHANNELS = STAGE.weights.shape


def test_without_entries_every_stage_has_one_lane():
    assert parse_folding(NETWORK, {}, "file") == dict.fromkeys(NETWORK.matrices, Folding(1, 1))


def test_an_entry_is_read_back_as_it_is_written():
    pool = fusable_pool(NETWORK, STAGE)
    assert pool is not None
    folding = Folding(OUTPUTS, CHANNELS, (KY, KX), pool.window, WeightStorage.MEMORY)
    assert parse_folding(NETWORK, {NAME: folding.as_json()}, "file")[NAME] == folding
    lanes = {"simd": CHANNELS * KX, "m": 4}
    assert parse_folding(NETWORK, {NAME: lanes}, "file")[NAME] == Folding(
        1, CHANNELS, (1, KX), pool.window
    )


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ([], "must be an object with the keys "),
        ({"lanes": 1}, "must be an object with the keys "),
        ({"pe": 0}, "pe must be a positive integer, not 0$"),
        ({"pe": True}, "pe must be a positive integer, not True$"),
        ({"pe": OUTPUTS + 1}, rf"pe must divide {OUTPUTS} output channels, not {OUTPUTS + 1}$"),
        (
            {"simd": 1000003},
            rf"simd must divide {CHANNELS} input channels, or be whole kernel rows",
        ),
        ({"taps": [1]}, r"taps must be \[rows, columns\], not \[1\]$"),
        ({"taps": [1, KX + 1]}, rf"taps must divide the {KY}x{KX} kernel, not 1x{KX + 1}$"),
        ({"m": 1009}, "m must divide the .* output pixels, not 1x1009$"),
        (
            {"storage": "disk"},
            "storage must be one of constant, memory, spram, external, not 'disk'$",
        ),
    ],
)
def test_what_does_not_divide_names_file_layer_and_constraint(entry: Any, why: str):
    with pytest.raises(FoldingError, match=rf"^file: layer '{NAME}': {why}"):
        parse_folding(NETWORK, {NAME: entry}, "file")


def test_a_layer_that_is_none_is_named():
    with pytest.raises(FoldingError, match=r"^file: layer 'x': the network has no such matrix"):
        parse_folding(NETWORK, {"x": {}}, "file")
