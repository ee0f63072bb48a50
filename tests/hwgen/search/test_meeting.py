"""What FIFOs hold where paths meet: by rows of windows, and as the simulator finds it."""

from fractions import Fraction

import numpy as np
import pytest
from parted_networks import around_two, beside, residual

from hwgen.design import make_design
from hwgen.families.devices import find_device
from hwgen.model import Builder
from hwgen.passes import lower_network
from hwgen.plan.units import Fifo
from hwgen.search.fit import fit_folding
from hwgen.search.meeting import as_held, held_parts
from sim.sizing import size_buffers


def deep(units):
    return {unit.name: unit.depth for unit in units if isinstance(unit, Fifo) and unit.deep}


def test_a_way_around_two_layers_holds_two_rows_for_each():
    network = lower_network(around_two(size=16))
    assert held_parts(network, ()) == {"sum": (0, Fraction(4, 16))}


def test_layers_ahead_of_where_paths_part_do_not_count():
    assert held_parts(lower_network(residual()), ()) == {"sum": (0, Fraction(1, 4))}


def test_of_paths_that_are_alike_each_may_be_the_later_one():
    assert held_parts(lower_network(beside()), ()) == {"both": (Fraction(1, 4),) * 2}


def test_a_layer_whose_weights_come_in_holds_a_map():
    (parts,) = held_parts(lower_network(around_two()), {"two"}).values()
    assert parts[0] == 0
    assert parts[1] > 1
    plan = make_design(around_two()).plan
    held = deep(as_held(plan.units, {"sum": parts}))
    assert held["sum_fifo1"] == deep(plan.units)["sum_fifo1"]


@pytest.mark.parametrize("device", ["ecp5-25", "hx8k"])
def test_what_is_counted_is_what_is_built_but_for_some_words(device):
    model = around_two(size=32)
    network = lower_network(model)
    folding = fit_folding(network, find_device(device), None)
    plan = make_design(
        model, device=device,
        folding=({name: f.as_json() for name, f in folding.items()}, "found"),
    ).plan  # fmt: skip
    counted = deep(as_held(plan.units, held_parts(network, ())))
    built = deep(size_buffers(plan).units)
    assert built["sum_fifo0"] <= counted["sum_fifo0"] == 2
    assert counted["sum_fifo1"] / 2 < built["sum_fifo1"] <= counted["sum_fifo1"]
    assert counted["sum_fifo1"] < deep(plan.units)["sum_fifo1"] / 4


def test_of_three_paths_each_waits_for_the_last():
    rng = np.random.default_rng(1)
    net = Builder("paths", height=12, width=12, channels=1, bits=1).sign(name="bits")
    for name, taps in (("three", 3), ("five", 5)):
        weights = rng.choice([-1, 1], (2, taps, taps, 1))
        net.conv2d(weights, name, padding="same", pad_value=-1, inputs="bits")
        net.sign(name=f"{name}_bits")
    net.concat(["five_bits", "bits", "three_bits"], "both").flatten()
    network = lower_network(net.dense(rng.choice([-1, 1], (2, 720))).build())
    assert held_parts(network, ()) == {"both": (0, Fraction(3, 12), Fraction(1, 12))}
