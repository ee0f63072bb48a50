"""Which unit rounds: the cheapest that keeps the rate."""

from dataclasses import replace

import numpy as np
import pytest

from hwgen.design import make_design
from hwgen.families.devices import find_device
from hwgen.families.fabric import SHORTEST
from hwgen.model import Builder
from hwgen.network import Element, Requantise
from hwgen.plan.pipeline import choose_pipeline
from hwgen.plan.requantise_unit import multiplying_units, requantise_unit
from hwgen.plan.units import RequantisePlan

ECP5 = find_device("ecp5-85")
FAST = choose_pipeline(ECP5, 100.0)
SHAPE = (1, 1, 8)
STAGE = Requantise(
    "r", "input", SHAPE, SHAPE, Element(8, signed=False), Element(20, signed=True),
    tuple(range(100_001, 100_009)), (5,) * 8, 24, 0, 255,
)  # fmt: skip


def chosen(spacing: int, elements: int = 8, pipeline=FAST) -> RequantisePlan:
    return requantise_unit(STAGE, elements, spacing, ECP5.family, pipeline)


@pytest.mark.parametrize("pipeline", [SHORTEST, FAST], ids=["short", "fast"])
@pytest.mark.parametrize("elements", [1, 2, 8])
def test_no_unit_is_slower_than_the_words_come(elements, pipeline):
    for spacing in (1, 2, 3, 7, 12, 40, 300):
        unit = chosen(spacing, elements, pipeline)
        assert elements % unit.elements == 0
        assert unit.interval * (elements // unit.elements) <= spacing
        assert unit.in_bits == 20 * unit.elements
        assert unit.late == pipeline.late


def test_words_a_cycle_have_all_products_at_once_and_slow_ones_share_one():
    assert (chosen(1).elements, chosen(1).serial, chosen(1).digit) == (8, False, 1)
    assert chosen(1, pipeline=SHORTEST).digit == 0
    # Eight words of one channel, each of some cycles.
    slow = chosen(300)
    assert (slow.elements, slow.serial, slow.digit) == (1, True, 1)


def test_a_serial_unit_has_the_fewest_bits_of_a_digit_that_keep_up():
    for spacing in range(8, 40):
        found = list(multiplying_units(STAGE, 20, 8, 2, spacing=spacing, pipeline=FAST))
        serial = [unit for unit in found if unit.serial]
        assert len(serial) <= 1
        for unit in serial:
            assert unit.interval <= spacing
            if unit.digit > 1:
                assert replace(unit, digit=unit.digit - 1).interval > spacing


def test_credits_of_a_full_rate_unit_are_a_word_more_than_its_latency():
    unit = chosen(1)
    assert unit.depth == unit.latency + 1
    assert unit.buffer is not None
    assert chosen(300).buffer is None
    with pytest.raises(TypeError, match=r"^r has no buffer$"):
        chosen(300).resized(2)


def test_channels_that_share_a_product_come_out_as_they_came():
    rng = np.random.default_rng(2)
    net = Builder("net", height=4, width=4, channels=8)
    net.conv2d(rng.choice([-1, 1], (4, 3, 3, 8)), "conv")
    net.batch_norm([0.3, 0.7, -1.1, 0.9], 0.1, 3, 1e6).quantise(
        8, signed=True, scale="1/64", name="steps"
    )
    net.flatten().dense(rng.choice([-1, 1], (2, 16)), "fc")
    folding = {"conv": {"pe": 4, "simd": 1}, "fc": {"pe": 1, "simd": 4}}
    plan = make_design(net.build(), folding=(folding, "test")).plan
    (unit,) = (unit for unit in plan.units if isinstance(unit, RequantisePlan))
    (layer,) = (layer for layer in plan.layers if layer.name == "steps")
    assert unit.elements < 4
    assert layer.cycles == 4 * (4 // unit.elements) * unit.interval
    names = [u.name for u in plan.units]
    at = names.index("steps")
    assert names[at - 1 : at + 2] == ["steps_unpack", "steps", "steps_pack"]
