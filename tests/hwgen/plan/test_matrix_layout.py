"""Matrix stages whose weights stay: the map buffers around them, and the order in between."""

import numpy as np
import pytest
from small_networks import small_face

from hwgen.design import make_design
from hwgen.errors import ModelError
from hwgen.model import Builder
from hwgen.plan.plan import Plan
from hwgen.plan.units import MapPlan, MatrixPlan, PoolPlan, ReorderPlan, Scores, WindowPlan
from sim.cycle import steady_state
from sim.sizing import size_buffers

RNG = np.random.default_rng(13)


def bits(*shape: int) -> np.ndarray:
    return RNG.choice([-1, 1], shape)


def plan_of(model=None, **entries) -> Plan:
    return make_design(model or small_face(), folding=(entries, "test")).plan


def shapes(plan: Plan) -> list[tuple[str, str]]:
    """Units that a matrix stage, or the order of its output, is the reason for."""
    kinds = (MapPlan, MatrixPlan, PoolPlan, ReorderPlan, Scores, WindowPlan)
    return [(type(u).__name__, u.name) for u in plan.units if isinstance(u, kinds)]


def maps(plan: Plan) -> dict[str, MapPlan]:
    return {unit.name: unit for unit in plan.units if isinstance(unit, MapPlan)}


def test_a_stationary_layer_reads_a_map_and_gives_planes_that_a_pool_takes_as_they_are():
    plan = plan_of(conv1={"pe": 2, "rows": 8})
    assert shapes(plan)[:5] == [
        ("MapPlan", "conv1_map"), ("MatrixPlan", "conv1"), ("WindowPlan", "pool1_window"),
        ("PoolPlan", "pool1"), ("MapPlan", "pool1_raster"),
    ]  # fmt: skip
    unit, pool, window = plan.unit("conv1"), plan.unit("pool1"), plan.unit("pool1_window")
    assert (unit.hold, unit.blocks, unit.pool) == (64, (8, 8), None)
    assert (window.planes, pool.plane) == (4, 16)
    raster = maps(plan)["pool1_raster"]
    assert (raster.in_shape, raster.planes, raster.group) == ((4, 4, 8), 4, 2)
    assert raster.raster


def test_maps_of_some_rows_are_turned_round_ahead_of_a_pool():
    plan = plan_of(conv1={"pe": 2, "rows": 4})
    assert [name for _, name in shapes(plan)[:4]] == [
        "conv1_map", "conv1", "conv1_raster", "pool1_window",
    ]  # fmt: skip
    raster = maps(plan)["conv1_raster"]
    assert (raster.in_shape, raster.planes, raster.maps) == ((4, 8, 8), 4, 2)


def test_planes_go_into_the_next_map_where_its_words_are_made_of_them():
    net = Builder("two", height=4, width=4, channels=4).sign("start")
    net.conv2d(bits(8, 3, 3, 4), "a", padding="same", pad_value=-1).sign("a_sign")
    model = net.conv2d(bits(8, 3, 3, 8), "b", padding="same", pad_value=-1).sign("ends").build()
    held = {"rows": 4}
    for group, ahead in ((8, "b_map"), (4, "b_map"), (2, "a_raster"), (1, "a_raster")):
        plan = plan_of(model, a={"pe": 4, **held}, b={"pe": 2, "simd": group, **held})
        assert [name for _, name in shapes(plan)[:3]] == ["a_map", "a", ahead]
        assert maps(plan)["b_map"].planes == (2 if ahead == "b_map" else 1)


def test_outputs_of_all_channels_at_once_are_in_raster_order_already():
    plan = plan_of(conv1={"pe": 8, "rows": 8})
    assert list(maps(plan)) == ["conv1_map"]


def test_a_layer_that_reads_each_plane_once_takes_them_from_the_layer_before():
    net = Builder("points", height=2, width=3, channels=4).sign("start")
    net.conv2d(bits(6, 1, 1, 4), "a").sign("a_sign")
    model = net.conv2d(bits(4, 1, 1, 6), "b").sign("ends").build()
    plan = plan_of(model, a={"pe": 2, "rows": 2}, b={"pe": 4, "simd": 2, "rows": 2})
    assert list(maps(plan)) == ["a_map"]
    # Several neurons fold read it again, and passes of a row read no whole planes.
    for b in ({"pe": 2, "simd": 2, "rows": 2}, {"pe": 4, "simd": 2, "rows": 1}):
        assert "b_map" in maps(plan_of(model, a={"pe": 2, "rows": 2}, b=b))


def test_planes_are_turned_round_ahead_of_all_that_does_not_know_them():
    net = Builder("meet", height=2, width=2, channels=2).sign("start")
    for name in ("a", "b"):
        net.conv2d(bits(4, 1, 1, 2), name, inputs="start").sign(f"{name}_sign")
    model = net.add(["a_sign", "b_sign"], "both").build()
    plan = plan_of(model, a={"pe": 2, "rows": 2}, b={"pe": 1, "rows": 2})
    assert set(maps(plan)) == {"a_map", "a_raster", "b_map", "b_raster"}
    ends = plan_of(conv2={"pe": 2, "rows": 4}, fc={})
    assert "pool2_raster" in maps(ends)


@pytest.mark.parametrize(
    ("padding", "flag", "pad"),
    [({"pad_value": 1}, 0, 1), ({"pad_value": -1}, 0, 0), ({"pad_value": 0}, 1, None)],
)
def test_a_map_pads_as_a_window_does(padding, flag, pad):
    net = Builder("pads", height=4, width=4, channels=4).sign("start")
    model = net.conv2d(bits(8, 3, 3, 4), "a", padding="same", **padding).sign("ends").build()
    unit = maps(plan_of(model, a={"rows": 4, "simd": 2}))["a_map"]
    assert (unit.pad, unit.out_bits) == (pad, 2 + flag)


def test_a_map_has_rows_for_its_own_full_rate_before_buffers_are_sized():
    plan = plan_of(conv1={"pe": 2, "rows": 2})
    unit = maps(plan)["conv1_map"]
    assert unit.slots == unit.full_rate_slots() == 6
    assert plan.unit("conv1").depth == 5 + plan.unit("conv1").pipeline


@pytest.mark.parametrize(("rows", "size"), [(0, 32), (1, 8), (8, 16)])
def test_a_layer_has_room_for_a_frame_since_its_weights_come_behind_those_of_others(rows, size):
    outside = {"pe": 4, "simd": 4, "rows": rows, "storage": "external"}
    chain = Builder("chain", height=8, width=4, channels=4).sign("start")
    parted = Builder("parted", height=8, width=4, channels=4).sign("start")
    for name in ("a", "b", "c"):
        chain.conv2d(bits(4, 1, 1, 4), name).sign(f"{name}_sign")
        parted.conv2d(bits(4, 1, 1, 4), name, inputs="start").sign(f"{name}_sign")
    for model in (chain.build(), parted.add(["a_sign", "b_sign", "c_sign"], "all").build()):
        plan = plan_of(model, **dict.fromkeys("abc", outside))
        latency, interval = steady_state(plan)
        assert latency > interval
        kind = "map" if rows else "fifo"
        sizes = {b.unit: b.size for b in plan.buffers()}
        assert {sizes[f"{name}_{kind}"] for name in "abc"} == {size}
        # With less it would stop: the second one's weights wait for the first one to be done.
        with pytest.raises(ModelError, match=r"^deadlock: nothing moves "):
            steady_state(plan.with_buffers({f"b_{kind}": size // 4}))
        assert steady_state(size_buffers(plan))[1] == interval


def test_cycles_of_a_layer_are_its_products_by_its_lanes():
    plan = plan_of(conv1={"pe": 2, "simd": 3, "rows": 4})
    (layer,) = (layer for layer in plan.layers if layer.name == "conv1")
    assert layer.cycles == 64 * 27 * 8 // 6
    assert (layer.pe, layer.simd, layer.m, layer.weight_reads) == (2, 3, 1, 0)


@pytest.mark.parametrize(
    ("simd", "clock", "products", "registers"),
    [(16, 80, "dsp", 3), (8, 80, "dsp", 4), (8, 40, "dsp", 3), (8, 80, "logic", 3)],
)
def test_registers_stand_behind_memories_of_several_block_rams_a_bit(
    simd, clock, products, registers
):
    net = Builder("deep", height=1, width=1, channels=1024).flatten(name="flat")
    weights = RNG.integers(-(1 << 15), 1 << 15, (32, 1024))
    model = net.dense(weights, name="fc", weight_bits=16).build()
    entry = {"pe": 1, "simd": simd, "products": products}
    design = make_design(model, device="ecp5-85", clock_mhz=clock, folding=({"fc": entry}, "test"))
    unit = design.plan.unit("fc")
    assert isinstance(unit, MatrixPlan)
    assert unit.pipeline == registers
