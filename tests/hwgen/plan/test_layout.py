"""What each stage becomes in a plan: its units, their widths, and the layer it goes by."""

from math import prod

import numpy as np
import pytest
from small_networks import small_face

from hwgen.design import make_design
from hwgen.families.devices import find_device
from hwgen.model import Builder
from hwgen.passes import lower_network
from hwgen.plan.layout import Layout
from hwgen.plan.pipeline import choose_pipeline
from hwgen.plan.plan import Plan
from hwgen.plan.units import Scores, Slice, WindowPlan

RNG = np.random.default_rng(12)


def bits(*shape: int) -> np.ndarray:
    return RNG.choice([-1, 1], shape)


def units(plan: Plan, stage: str) -> list[str]:
    return [type(unit).__name__ for unit in plan.units if unit.stage == stage]


def find(plan: Plan, name: str):
    (unit,) = (unit for unit in plan.units if unit.name == name)
    return unit


def test_a_layer_goes_by_its_own_kind_on_one_pixel_and_with_one_channel_too():
    net = Builder("kinds", height=3, width=3, channels=1)
    net.conv2d(bits(1, 3, 3, 1), "apart", depthwise=True).sign()
    net.conv2d(bits(4, 1, 1, 1), "point").sign().dense(bits(2, 4), "fc")
    plan = make_design(net.build()).plan
    kinds = {layer.name: layer.kind for layer in plan.layers}
    assert kinds == {"apart": "depthwise_conv2d", "point": "conv2d", "fc": "dense"}


@pytest.mark.parametrize("pe", [4, 2])
def test_a_matrix_of_one_tap_reads_the_stream_itself_unless_it_reads_it_again(pe):
    net = Builder("net", height=2, width=2, channels=3).sign()
    net.conv2d(bits(4, 1, 1, 3), "point").sign()
    folding = {"point": {"pe": pe, "simd": 3}}
    names = [u.name for u in make_design(net.build(), folding=(folding, "test")).plan.units]
    assert ("point_window" in names) == (pe < 4)
    assert "point" in names


def test_a_pool_that_is_joined_has_no_units_and_no_cycles():
    plan = make_design(small_face()).plan
    layers = {layer.name: layer for layer in plan.layers}
    fused = {unit.pool for unit in plan.units if getattr(unit, "pool", None)}
    for name in ("pool1", "pool2"):
        assert (layers[name].cycles == 0) == (units(plan, name) == []) == (name in fused)


def test_windows_of_a_pool_may_overhang_the_far_edges():
    net = Builder("overhang", height=5, width=4, channels=2).sign("bits")
    net.max_pool((3, 2), stride=(2, 2), padding=(1, 1, 0, 0), name="pool")
    window = find(make_design(net.build()).plan, "pool_window")
    assert (window.padding, window.blocks, window.pad) == ((1, 1, 0, 0), (3, 2), None)


def test_a_source_of_a_sum_waits_in_a_fifo_of_a_frame_and_words_are_as_wide_as_all_can_give():
    net = Builder("meet", height=3, width=2, channels=2).sign("start")
    for name, filters in (("a", 6), ("b", 6)):
        net.conv2d(bits(filters, 1, 1, 2), name, inputs="start").sign(f"{name}_sign")
    model = net.add(["a_sign", "b_sign"], "both").build()
    design = make_design(
        model, folding=({"a": {"pe": 3, "simd": 2}, "b": {"pe": 2, "simd": 2}}, "t")
    )
    both = find(design.plan, "both")
    assert both.elements == 1
    depths = [find(design.plan, f"both_fifo{k}").depth for k in range(2)]
    assert depths == [2 * 3 * 6 // 3, 2 * 3 * 6 // 2]


def test_a_matrix_stage_is_laid_out_under_its_folding_only():
    network = lower_network(small_face())
    device = find_device("generic")
    layout = Layout(network, device.family, choose_pipeline(device, None))
    with pytest.raises(TypeError, match=r"^stage 'conv1' has a folding$"):
        layout.other(network.named["conv1"])


@pytest.mark.parametrize(
    ("gamma", "height", "expected"), [(2.0, 1, "max"), (-2.0, 1, "min"), (2.0, 2, None),
                                      ([2.0, 1.0], 1, None)],
)  # fmt: skip
def test_the_best_class_is_told_of_one_pixel_whose_channels_mean_the_same(gamma, height, expected):
    net = Builder("ending", height=height, width=1, channels=2).sign()
    net.conv2d(bits(2, 1, 1, 2), "conv")
    net.batch_norm(gamma=gamma, beta=0.0, mean=0.0, variance=1.0)
    (scores,) = (u for u in make_design(net.build()).plan.units if isinstance(u, Scores))
    assert scores.argmax == expected
    assert scores.out_bits == scores.data_bits + scores.index_bits + 1


def test_a_fast_clock_of_ecp5_parts_windows_from_what_reads_them():
    slow, fast = (
        make_design(small_face(), device="ecp5-85", cycles=2000, clock_mhz=mhz).plan
        for mhz in (24.0, 120.0)
    )
    assert not [u for u in slow.units if isinstance(u, Slice)]
    windows = [u for u in fast.units if isinstance(u, WindowPlan)]
    slices = [u for u in fast.units if isinstance(u, Slice)]
    assert [u.in_bits for u in slices] == [u.out_bits for u in windows]


def test_what_a_layer_counts_is_that_of_its_convolution():
    plan = make_design(small_face()).plan
    (layer,) = (layer for layer in plan.layers if layer.name == "conv2")
    assert layer.macs == prod((8, 3, 3, 8)) * 4 * 4
    assert (layer.weight_bits, layer.binary) == (prod((8, 3, 3, 8)), True)
    assert not next(layer for layer in plan.layers if layer.name == "conv1").binary
