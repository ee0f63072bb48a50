"""Folding files: what is read from them, and what does not divide."""

from typing import Any

import numpy as np
import pytest
from small_networks import small_face

from hwgen.errors import FoldingError
from hwgen.model import Builder
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
        ({"products": "lut"}, "products must be one of logic, dsp, not 'lut'$"),
    ],
)
def test_what_does_not_divide_names_file_layer_and_constraint(entry: Any, why: str):
    with pytest.raises(FoldingError, match=rf"^file: layer '{NAME}': {why}"):
        parse_folding(NETWORK, {NAME: entry}, "file")


HELD = {"pe": 2, "simd": 1, "taps": [1, 1], "m": [1, 1]}


def rows_of(**entry: object) -> int:
    return parse_folding(NETWORK, {NAME: entry}, "file")[NAME].rows


def test_weights_from_outside_stay_for_all_rows_unless_it_is_said_or_they_cannot():
    height = NETWORK.matrices[NAME].out_shape[0]
    assert rows_of(**HELD) == 0
    assert rows_of(**HELD, storage="external") == height
    assert rows_of(**HELD, storage="external", rows=1) == 1
    assert rows_of(**HELD, storage="external", rows=0) == 0
    assert rows_of(**HELD | {"m": [1, 2]}, storage="external") == 0
    assert rows_of(**HELD, storage="memory", rows=height) == height
    folding = parse_folding(NETWORK, {NAME: HELD | {"rows": 1, "storage": "external"}}, "file")
    assert parse_folding(NETWORK, {NAME: folding[NAME].as_json()}, "file") == folding


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ({"rows": -1}, "rows must be an integer from 0, not -1$"),
        ({"rows": True}, "rows must be an integer from 0, not True$"),
        ({"rows": "1"}, "rows must be an integer from 0, not '1'$"),
        ({"rows": 1, "m": [1, 2]}, "rows must be 0 where taps or m are not 1x1, and for a "),
        (
            {"rows": 1000},
            r"rows must divide the \d+ output rows and make at least 3 pixels, not 1000$",
        ),
    ],
)
def test_rows_for_which_weights_cannot_stay_are_refused(entry: dict[str, Any], why: str):
    with pytest.raises(FoldingError, match=rf"^file: layer '{NAME}': {why}"):
        rows_of(**HELD | entry)


def test_weights_of_depthwise_layers_are_never_outside():
    rng = np.random.default_rng(1)
    net = Builder("net", height=3, width=3, channels=4).sign()
    net.conv2d(rng.choice([-1, 1], (4, 3, 3, 1)), "apart", depthwise=True).sign()
    network = lower_network(net.dense(rng.choice([-1, 1], (2, 4)), "fc").build())
    about = "^file: layer 'apart': "
    with pytest.raises(FoldingError, match=about + "storage must not be .external. for a "):
        parse_folding(network, {"apart": {"storage": "external"}}, "file")
    with pytest.raises(FoldingError, match=about + "rows must be 0 where .* a depthwise layer$"):
        parse_folding(network, {"apart": {"simd": 1, "rows": 1}}, "file")


def test_a_layer_that_is_none_is_named():
    with pytest.raises(FoldingError, match=r"^file: layer 'x': the network has no such matrix"):
        parse_folding(NETWORK, {"x": {}}, "file")
