"""Each unit of a plan becomes its component, with the plan's figures and its stage's constants."""

from typing import get_args

import numpy as np
import pytest
from amaranth.hdl import Fragment
from small_networks import small_face

from hwgen.design import Design, make_design
from hwgen.families.devices import find_device
from hwgen.hardware import build_top, build_unit, keeping_words
from hwgen.model import Builder
from hwgen.plan.units import (
    Convert,
    Fifo,
    MapPlan,
    MatrixPlan,
    PoolPlan,
    Slice,
    Unit,
    WindowPlan,
)
from hwgen.rtl.matrix_unit import MatrixUnit
from hwgen.rtl.pack import Pack
from hwgen.rtl.pool import PoolUnit
from hwgen.rtl.register_slice import RegisterSlice
from hwgen.rtl.stream_fifo import StreamFIFO
from hwgen.rtl.sum_pool import SumPool
from hwgen.rtl.unpack import Unpack

FOLDING = {
    "conv1": {"pe": 4, "simd": 9}, "conv2": {"pe": 2, "simd": 8}, "fc": {"pe": 1, "simd": 4},
}  # fmt: skip


def face(device: str = "generic") -> Design:
    return make_design(small_face(), device=device, folding=(FOLDING, "test"))


def used(component):
    """Elaborated once, as Amaranth wants of every component that is made."""
    Fragment.get(component, None)
    return component


def built(design: Design, unit: Unit, transfers: int = 1):
    fabric = find_device(design.plan.device).family
    return used(build_unit(unit, design.network.named, transfers, fabric))


def units(design: Design, kind: type) -> list:
    return [unit for unit in design.plan.units if isinstance(unit, kind)]


def words(unit: Convert | Fifo | Slice) -> object:
    return used(build_unit(unit, {}, 1, find_device("generic").family))


def test_words_are_stored_and_converted_as_the_plan_says():
    sides = {"name": "u", "stage": "s"}
    fifo = words(Fifo(**sides, in_bits=5, out_bits=5, depth=7))
    assert isinstance(fifo, StreamFIFO)
    assert (fifo.width, fifo.depth) == (5, 7)
    assert isinstance(words(Slice(**sides, in_bits=5, out_bits=5)), RegisterSlice)
    pack = words(Convert(**sides, in_bits=3, out_bits=12, count=4, up=True))
    unpack = words(Convert(**sides, in_bits=12, out_bits=3, count=4, up=False))
    assert isinstance(pack, Pack)
    assert isinstance(unpack, Unpack)
    assert (pack.width, pack.count) == (unpack.width, unpack.count) == (3, 4)


@pytest.mark.parametrize("device", ["generic", "up5k", "ecp5-85"])
def test_a_matrix_unit_gets_weights_and_thresholds_in_the_order_of_its_folds(device):
    design = face(device)
    for unit in units(design, MatrixPlan):
        stage = design.network.matrices[unit.stage]
        component = built(design, unit)
        assert isinstance(component, MatrixUnit)
        got = component.parameters
        assert got.counting == find_device(device).family.counting
        assert (got.acc_min, got.acc_max) == (stage.acc_min, stage.acc_max)
        if stage.thresholds is None:
            assert got.thresholds is None
            continue
        # Fold n, element p: output channel n * pe + p.
        for channel, threshold in enumerate(stage.thresholds):
            assert got.thresholds[channel // unit.pe, channel % unit.pe] == threshold


def test_a_pool_is_joined_or_stands_alone_with_the_minima_of_its_stage():
    net = Builder("net", height=4, width=4, channels=1)
    net.conv2d(np.ones((4, 1, 1, 1)), "conv").max_pool(2, name="pool")
    # A maximum behind a threshold that falls is a minimum ahead of it.
    net.batch_norm(gamma=[1.0, -1.0, -1.0, 1.0], beta=0.0, mean=9.0, variance=1.0).sign()
    minimum = [False, True, True, False]
    for folding, alone in (({"pe": 2, "simd": 1}, True), ({"pe": 2, "simd": 1, "m": 4}, False)):
        design = make_design(net.build(), folding=({"conv": folding}, "test"))
        (unit,) = units(design, PoolPlan if alone else MatrixPlan)
        component = built(design, unit)
        if isinstance(component, PoolUnit):
            assert list(component.minimum) == minimum
            continue
        assert component.parameters.fused_pool
        assert component.parameters.minimum.ravel().tolist() == minimum
        assert component.parameters.minimum.shape == (2, 2)


def test_an_average_becomes_a_sum():
    net = Builder("average", height=4, width=4, channels=2).sign().average_pool(2, name="mean")
    design = make_design(net.build())
    (unit,) = units(design, PoolPlan)
    component = built(design, unit)
    assert isinstance(component, SumPool)
    assert component.bipolar


def test_the_top_has_every_unit_and_joins_the_ports_of_the_plan():
    net = Builder("net", height=2, width=2, channels=1).sign("start")
    for name in ("a", "b"):
        net.conv2d(np.ones((2, 1, 1, 1)), name, inputs="start").sign(f"{name}_sign")
    design = make_design(net.add(["a_sign", "b_sign"], "both").build())
    top = used(build_top(design.network, design.plan))
    assert [name for name, _ in top.units] == [unit.name for unit in design.plan.units]
    inner = [s for s in design.plan.streams if s.source != "input" and s.target != "output"]
    assert list(top.streams) == [(s.source, s.source_port, s.target, s.target_port) for s in inner]
    assert {port for _, port, _, _ in top.streams} >= {"o_0", "o_1"}
    assert all(isinstance(unit, get_args(Unit)) for unit in design.plan.units)


def test_line_buffers_keep_the_words_of_the_slices_behind_them_where_there_are_some():
    slow = make_design(small_face(), device="ecp5-85", folding=(FOLDING, "test"), clock_mhz=40)
    assert keeping_words(slow.plan) == set()
    fast = make_design(small_face(), device="ecp5-85", folding=(FOLDING, "test"), clock_mhz=100)
    slices = {u.name for u in units(fast, Slice)}
    lines = {u.name for u in fast.plan.units if isinstance(u, (MapPlan, WindowPlan))}
    assert slices
    assert keeping_words(fast.plan) == slices | lines
    top = build_top(fast.network, fast.plan)
    kept = {name for name, unit in top.units if "kept" in unit.signature.members}
    assert kept == slices | lines
    used(top)
