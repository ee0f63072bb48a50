"""Searches that may choose only from what all layers are asked for."""

from itertools import pairwise

import numpy as np
import pytest
from plan_networks import precise, strip, tiny

from hwgen.design import make_design
from hwgen.errors import FitError, FoldingError
from hwgen.estimates.estimate import estimate_plan
from hwgen.model import Builder
from hwgen.plan.products import Products
from hwgen.plan.weight_storage import WeightStorage
from hwgen.search.wanted import ANYTHING, Wanted


def design(model, device="up5k", storage=None, products=None, **more):
    return make_design(model, device=device, wanted=Wanted.of(storage, products), **more)


def stored(found):
    """Where weights of more than a word lie, and of one word."""
    words = {layer.name: layer for layer in found.plan.layers if layer.weight_storage}
    return [layer.weight_storage for layer in words.values()]


def dense(*channels, bits=1):
    """Dense layers, from each number of channels to the next."""
    rng = np.random.default_rng(2)
    net = Builder("deep", height=1, width=1, channels=channels[0]).sign("s")
    for number, (before, after) in enumerate(pairwise(channels)):
        most = max(1, 2 ** (bits - 1) - 1)
        weights = rng.choice([-most, most], (after, before))
        net.dense(weights, f"fc{number}", weight_bits=bits).sign(f"s{number}")
    return net.build()


@pytest.mark.parametrize("device", ["up5k", "ecp5-85"])
@pytest.mark.parametrize("storage", WeightStorage)
@pytest.mark.parametrize("model", [tiny, strip], ids=["tiny", "strip"])
def test_all_layers_have_what_was_asked_for(model, storage, device):
    if (storage, device) == (WeightStorage.SPRAM, "ecp5-85"):
        pytest.skip("has no SPRAM")
    if (storage, device, model) == (WeightStorage.CONSTANT, "up5k", strip):
        pytest.skip("does not fit")
    # So slow that no layer has to have all of its weights at once.
    found = stored(design(model(), device, storage, cycles=4000))
    wired = {WeightStorage.CONSTANT} if storage != WeightStorage.EXTERNAL else set()
    assert set(found) <= {storage} | wired
    assert storage in found


@pytest.mark.parametrize("products", Products)
def test_products_are_made_in_what_was_asked_for(products):
    found = design(precise(), products=products, cycles=400)
    assert {layer.products for layer in found.plan.layers if layer.products} == {products}
    assert bool(estimate_plan(found.network, found.plan).dsp) == (products == Products.DSP)


@pytest.mark.parametrize("cycles", [None, 400])
def test_asking_for_what_is_best_anyway_changes_nothing(cycles):
    for model, device in ((strip(), "ecp5-25"), (precise(), "up5k")):
        best = make_design(model, device=device, cycles=cycles)
        (storage,) = set(stored(best)) - {WeightStorage.CONSTANT} or {WeightStorage.CONSTANT}
        asked = design(model, device, storage, cycles=cycles)
        assert asked.plan == best.plan


def test_what_a_device_or_a_network_has_not_is_named():
    refused = [
        (tiny(), "hx8k", "spram", None,
         r'^.*tiny\.json: storage "spram" needs a device with SPRAM \(up5k\), not hx8k$'),
        (precise(), "hx8k", None, "dsp",
         r'^<memory>: products "dsp" needs a device with multipliers \(.*up5k.*\), not hx8k$'),
        (strip(), "up5k", None, "dsp",
         r'^<memory>: products must not be "dsp", as inputs or weights of each layer are only'),
        (dense(8, 7, 3, bits=3), "up5k", "external", None,
         r"^<memory>: layer 'fc0': storage must not be \"external\" where no folding has words"),
    ]  # fmt: skip
    for model, device, storage, products, message in refused:
        with pytest.raises(FoldingError, match=message):
            design(model, device, storage, products)


def test_layers_that_cannot_have_it_are_named():
    rng = np.random.default_rng(1)
    net = Builder("net", height=3, width=3, channels=4).sign("s")
    net.conv2d(rng.choice([-1, 1], (4, 3, 3, 1)), "apart", depthwise=True).sign("t")
    with pytest.raises(
        FoldingError,
        match=r"^<memory>: layer 'apart': storage must not be \"external\" for a depthwise layer: ",
    ):
        design(net.build(), storage="external")
    with pytest.raises(
        FoldingError,
        match=r"^<memory>: layer 'fc0': no folding of up to 576 input lanes has storage \"constant",
    ):
        design(dense(600, 2), "ecp5-85", "constant")


def test_too_few_srams_and_multipliers_are_counted():
    with pytest.raises(
        FitError,
        match=r"^<memory>: does not fit up5k at any rate: needs at least 6 SPRAMs of the 4 that "
        r"are left beside routing and host link \(2 short\); no larger device of the table would",
    ):
        design(dense(600, 600, 600, 600), storage="spram")
    assert stored(design(dense(600, 600, 600), storage="spram")) == [WeightStorage.SPRAM] * 2
    net = Builder("wide", height=1, width=1, channels=32)
    net.dense(np.full((8, 32), 7), "fc0", weight_bits=4).quantise(4, signed=True, name="level")
    net.dense(np.full((16, 8), 7), "fc1", weight_bits=4)
    with pytest.raises(FitError, match=r"at 16 cycles a frame: needs at least 1\d multiplier cell"):
        design(net.build(), products="dsp", cycles=16)


def test_a_rate_that_weights_from_outside_cannot_have_is_named():
    with pytest.raises(FitError, match=r": weights of lines, classify come from outside, \d+ wor"):
        design(tiny(), storage="external", cycles=4)


def test_words_that_there_are_not_and_where_nothing_can_be_asked_for():
    with pytest.raises(FoldingError, match=r"^storage must be one of constant, memory, .*, not 'd"):
        Wanted.of("disk", None)
    with pytest.raises(FoldingError, match=r"^products must be one of logic, dsp, not 'lut'$"):
        Wanted.of(None, "lut")
    with pytest.raises(FoldingError, match=r"^--storage and --products need --device hx1k \| "):
        design(tiny(), "generic", "memory")
    with pytest.raises(FoldingError, match=r"^f\.json: has storage and products of each layer: "):
        design(tiny(), storage="memory", folding=({}, "f.json"))
    assert Wanted.of(None, None) == ANYTHING
