"""The grid of a sweep."""

from pathlib import Path

import numpy as np
import pytest

from hwgen.errors import DeviceError, FoldingError, ModelError
from hwgen.explore.folding_file import FoldingFile
from hwgen.explore.points import AS_DESCRIBED, AUTO, Network, grid
from hwgen.model import Builder, load_model

TINY = Network(load_model(Path(__file__).parents[3] / "models" / "tiny.json"))


FOLDING = FoldingFile.of({"lines": {"pe": 2}}, "f.json")


def points(devices=("up5k",), rates=(None,), clocks=(24.0,), mixes=(AS_DESCRIBED,), **more):
    return grid([TINY], devices, rates, clocks, mixes, 16, **more)


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


def test_storage_and_products_are_combined_with_rates_and_folding_files_are_not():
    found = points(
        ("up5k", "hx8k"), (30.0, None), storages=("auto", "spram"), products=("auto", "dsp"),
        foldings=(FOLDING, FoldingFile.of({}, "g.json")),
    )  # fmt: skip
    assert len(found) == len({p.key for p in found}) == 2 * (2 * 2 * 2 + 2)
    files = [p for p in found if p.folding is not None]
    assert {(p.fps, p.storage, p.products) for p in files} == {(None, AUTO, AUTO)}
    assert [p.folding and p.folding.file for p in files] == ["f.json", "g.json"] * 2
    assert points(rates=(), foldings=(FOLDING,)) == files[:1]


def test_a_key_knows_a_folding_file_by_what_is_in_it():
    def key(entries, name="f.json"):
        return points(rates=(), foldings=(FoldingFile.of(entries, name),))[0].key

    assert key({"lines": {"pe": 2, "simd": 3}}) == key({"lines": {"simd": 3, "pe": 2}}, "other")
    assert key({"lines": {"pe": 2}}) != key({"lines": {"pe": 1}}) != points()[0].key
    assert points(storages=("memory",))[0].key != points(products=("logic",))[0].key
    assert points()[0].key not in {p.key for p in points(storages=("memory", "spram"))}


def test_a_folding_file_may_be_one_of_the_network_without_channels_that_change_nothing():
    net = Builder("twice", height=1, width=1, channels=4).sign("s")
    rows = np.array([[1, 1, 1, 1], [1, 1, -1, -1], [1, -1, 1, -1]])
    net.dense(np.repeat(rows, 2, axis=0), "fc").sign("t")
    # The first two channels of the six cancel each other.
    network = Network(net.dense([[1, -1, 1, 1, 1, 1], [-1, 1, 1, 1, 1, 1]], "last").build())
    for simd in (4, 6):
        network.check_folding(FoldingFile.of({"last": {"simd": simd}}, "f.json"))
    with pytest.raises(FoldingError, match=r"^f\.json: layer 'last': simd must divide 6 input cha"):
        network.check_folding(FoldingFile.of({"last": {"simd": 5}}, "f.json"))


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
        ({"storages": ("auto", "disk")}, ModelError,
         r"^--storage must be auto or constant or memory or spram or external, not 'disk'$"),
        ({"products": ("lut",)}, ModelError, r"^--products must be auto or logic or dsp, not 'lu"),
        ({"foldings": (FoldingFile.of({"lines": {"pe": 3}}, "f.json"),)}, FoldingError,
         r"^f\.json: layer 'lines': pe must divide 2 output channels, not 3$"),
        ({"rates": (), "foldings": (FOLDING,), "storages": ("spram",)}, ModelError,
         r"^--storage and --products go with rates: a folding file has its own; give --fps too$"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_for_is_named(asked, error, message):
    with pytest.raises(error, match=message):
        points(**asked)
