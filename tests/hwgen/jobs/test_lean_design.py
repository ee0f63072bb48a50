"""Builds without channels that change nothing: better designs, or those of all channels."""

from dataclasses import replace

import numpy as np
import pytest
from small_networks import norm, small_face, weights

from hwgen.compress.exact import remove_channels
from hwgen.design import load_design, make_design
from hwgen.errors import FitError, FoldingError
from hwgen.estimates.estimate import estimate_plan
from hwgen.jobs.build import build
from hwgen.jobs.lean_design import lean_design
from hwgen.jobs.sized_design import make_sized_design
from hwgen.kept_results import SWITCH
from hwgen.model import BatchNorm, Builder, infer_shapes
from hwgen.report.build_summary import build_lines
from sim import golden
from sim.images import random_images


def without(model, name, channels):
    """Network of which some channels are -1 always."""
    layers = []
    for layer in model.layers:
        if layer.name == name:
            assert isinstance(layer, BatchNorm)
            gamma, beta = layer.gamma.copy(), layer.beta.copy()
            gamma[channels], beta[channels] = 0, -1
            layer = replace(layer, gamma=gamma, beta=beta)
        layers.append(layer)
    return replace(model, layers=tuple(layers))


def planner(**options):
    return lambda model, cycles: make_design(
        model, **(options if cycles is None else {**options, "cycles": cycles})
    )


def cost(design):
    found = estimate_plan(design.network, design.plan)
    return [x or 0 for x in (found.logic_cells, found.ebr, found.spram, found.dsp)]


@pytest.mark.parametrize(
    "options", [{}, {"device": "hx8k"}, {"device": "ecp5-25", "cycles": 300}], ids=str
)
@pytest.mark.parametrize("gone", [[0, 1, 2, 3], [5], [1, 2, 4]], ids=str)
def test_it_is_never_slower_and_takes_no_more_at_a_rate(options, gone):
    model, rated = without(small_face(), "norm1", gone), "cycles" in options
    whole = make_design(model, **options)
    lean = lean_design(model, planner(**options), rated=rated, progress=lambda step: None)
    assert lean.plan.bottleneck_cycles <= whole.plan.bottleneck_cycles
    if lean.plan.bottleneck_cycles == whole.plan.bottleneck_cycles or rated:
        assert all(a <= b for a, b in zip(cost(lean), cost(whole), strict=True))
    (layer,) = lean.removed["layers"]
    assert layer["left"] == infer_shapes(lean.model)["conv1"][2]
    assert layer["left"] + layer["constant"] == layer["channels"] == 8
    assert layer["constant"] + layer["staying"] == len(gone)


def test_half_of_the_channels_make_it_smaller():
    model = without(small_face(), "norm1", [0, 1, 2, 3])
    options = {"device": "ecp5-25", "cycles": 300}
    lean = lean_design(model, planner(**options), rated=True, progress=lambda step: None)
    assert infer_shapes(lean.model)["conv1"][2] == 4
    assert cost(lean)[0] < cost(make_design(model, **options))[0]


def test_a_network_without_such_channels_is_looked_through_once(monkeypatch, tmp_path):
    monkeypatch.delenv(SWITCH)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    looked = []
    monkeypatch.setattr(
        "hwgen.jobs.lean_design.remove_channels",
        lambda model, multiple: looked.append(model) or remove_channels(model, multiple),
    )
    useful, other = small_face(), without(small_face(), "norm1", [0, 1, 2, 3])
    for model, times in ((useful, [1, 0, 0]), (other, [2, 2])):
        left = []
        for expected in times:
            looked.clear()
            design = lean_design(model, planner(), rated=False, progress=lambda step: None)
            assert len(looked) == expected
            left.append((infer_shapes(design.model), design.removed))
        assert all(each == left[0] for each in left)


def test_where_fewer_channels_fold_worse_all_are_kept():
    model = without(small_face(), "norm1", [5])
    asked = []

    def plan(given, cycles):
        asked.append(cycles)
        design = make_design(given, cycles=300)
        if given is model:
            return design
        return replace(design, plan=replace(design.plan, layers=design.plan.layers * 2))

    lean = lean_design(model, plan, rated=True, progress=lambda step: None)
    assert lean.model is model
    assert lean.removed["layers"] == [
        {"name": "conv1", "channels": 8, "left": 8, "unread": 0, "constant": 0, "duplicate": 0,
         "staying": 1}
    ]  # fmt: skip
    assert lean.removed["weight_bits"] == lean.removed["weight_bits_left"]


def test_a_network_without_such_channels_is_planned_once():
    asked = []

    def plan(model, cycles):
        asked.append(cycles)
        return make_design(model)

    design = lean_design(small_face(), plan, rated=False, progress=lambda step: None)
    assert design.removed is None
    assert asked == [None]


def test_what_fits_without_some_channels_only_is_built_without_them():
    model = without(small_face(), "norm1", [0, 1, 2, 3])

    def plan(given, cycles):
        if given is model:
            raise FitError("too large")
        return make_design(given)

    lean = lean_design(model, plan, rated=False, progress=lambda step: None)
    assert infer_shapes(lean.model)["conv1"][2] == 4


def test_what_cannot_be_at_all_is_refused_as_it_is_with_all_channels():
    model = without(small_face(), "norm1", [0, 1, 2, 3])
    with pytest.raises(FoldingError, match=r"^<memory>: layer 'conv1': needs at least 64 cyc"):
        make_sized_design(model, cycles=3)


def test_a_folding_of_all_channels_keeps_them():
    model = without(small_face(), "norm1", [5])
    folding = {"conv1": {"pe": 8, "simd": 9}, "conv2": {"pe": 4, "simd": 8}}
    design = make_sized_design(model, folding=(folding, "f.json"))
    assert design.model is model
    assert [layer.pe for layer in design.plan.layers if layer.name == "conv1"] == [8]


def test_a_build_has_the_smaller_description_and_says_so(tmp_path):
    model = without(small_face(), "norm1", [0, 1, 2, 3])
    built = build(model, tmp_path / "b")
    (layer,) = built.manifest["removed"]["layers"]
    assert (layer["left"], layer["constant"]) == (4, 4)
    read, manifest = load_design(built.folder)
    assert read.removed == manifest["removed"] == built.manifest["removed"]
    assert infer_shapes(read.model)["conv1"][2] == 4
    images = random_images(model, 10, 1)
    scores = [golden.run(x, images).scores for x in (model, read.model)]
    assert (scores[0] == scores[1]).all()
    (line,) = [x for x in build_lines(manifest) if "left out" in x]
    assert line == "4 channels of conv1 left out: 396 bits of weights"


def test_channels_are_kept_where_that_is_asked_for():
    model = without(small_face(), "norm1", [0, 1, 2, 3])
    design = make_sized_design(model, keep_channels=True)
    assert design.model is model
    assert design.removed is None


def test_networks_without_such_channels_are_built_as_ever():
    model = small_face()
    built, kept = (make_sized_design(model, keep_channels=keep) for keep in (False, True))
    assert built.model is model
    assert built.plan == kept.plan
    assert built.removed is None


def test_residual_networks_lose_channels_of_all_layers_at_once():
    rng = np.random.default_rng(3)
    net = Builder("n", height=4, width=4, channels=1)
    for k in (1, 2):
        net.conv2d(weights(rng, 8, 3, 3, 1 if k == 1 else 8), f"conv{k}", padding="same",
                   **({"pad_pixel": 128} if k == 1 else {"pad_value": -1}))  # fmt: skip
        net.batch_norm(**norm(rng, 8, 200 if k == 1 else 8), name=f"norm{k}")
        net.sign(f"sign{k}")
    net.add(["sign2", "sign1"], "sum").sign("bits").flatten()
    net.dense(rng.integers(-3, 4, (4, 128)).astype(np.int8), weight_bits=3, name="fc").sign()
    model = without(without(net.build(), "norm1", [0, 1]), "norm2", [0, 1])
    design = make_sized_design(model)
    shapes = infer_shapes(design.model)
    assert shapes["conv1"][2] == shapes["conv2"][2] == 6
    images = random_images(model, 10, 1)
    assert (golden.run(model, images).scores == golden.run(design.model, images).scores).all()
