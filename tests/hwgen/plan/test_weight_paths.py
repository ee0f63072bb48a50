"""The way of weights: from one port to each layer that has them outside, in words as it wants."""

import numpy as np
import pytest
from small_networks import small_face

from hwgen.design import make_design
from hwgen.plan.plan import WEIGHTS, Plan
from hwgen.plan.units import Convert, Deal, Fifo, MatrixPlan
from hwgen.plan.verify_plan import verify_plan
from hwgen.plan.weight_paths import WORDS_AHEAD, weight_paths


def plan_of(**foldings) -> Plan:
    """Of the small face, with the weights of these layers outside."""
    entries = {name: {**entry, "storage": "external"} for name, entry in foldings.items()}
    return make_design(small_face(), folding=(entries, "test")).plan


def way(plan: Plan, name: str) -> list[tuple[str, int, int]]:
    """Kind, width of words and words a frame of each stream from the deal to a layer."""
    target, port, found = name, "i_weights", []
    while target != "weights_deal":
        (stream,) = (s for s in plan.streams if (s.target, s.target_port) == (target, port))
        kind = type(plan.unit(stream.source)).__name__
        found.insert(0, (kind, stream.payload_bits, stream.transfers_per_frame))
        target, port = stream.source, "i"
    return found


def packet_words(plan: Plan) -> int:
    assert plan.weights is not None
    return plan.weights.transfers_per_frame


def test_without_weights_outside_there_is_no_way():
    plan = make_design(small_face()).plan
    assert weight_paths(plan.units) == ([], [])
    assert plan.weights is None


# conv2 has 576 weights.
@pytest.mark.parametrize(
    ("pe", "simd", "expected"),
    [
        (1, 1, [("Deal", 16, 36), ("Fifo", 16, 36), ("Convert", 1, 576)]),
        (2, 2, [("Deal", 16, 36), ("Fifo", 16, 36), ("Convert", 4, 144)]),
        (2, 8, [("Deal", 16, 36), ("Fifo", 16, 36)]),
        (4, 8, [("Deal", 16, 36), ("Convert", 32, 18), ("Fifo", 32, 18)]),
    ],
)
def test_words_of_the_port_are_parted_or_joined_for_a_layer(pe, simd, expected):
    plan = plan_of(conv2={"pe": pe, "simd": simd})
    assert way(plan, "conv2") == expected
    (depth,) = (b.size for b in plan.buffers() if b.unit == "conv2_weights_fifo")
    assert depth <= WORDS_AHEAD
    assert plan.weights is not None
    assert (plan.weights.payload_bits, packet_words(plan)) == (17, 36)


# conv1 has 216 weights, fc 128: words that do not fill those of the port are filled up.
@pytest.mark.parametrize(
    ("pe", "simd", "expected"),
    [(8, 3, [("Deal", 16, 18), ("Convert", 32, 9), ("Fifo", 32, 9)]),
     (2, 3, [("Deal", 16, 36), ("Fifo", 16, 36)]),
     (1, 1, [("Deal", 16, 216), ("Fifo", 16, 216)])],
)  # fmt: skip
def test_words_that_do_not_divide_each_other_take_whole_ones(pe, simd, expected):
    assert way(plan_of(conv1={"pe": pe, "simd": simd}), "conv1") == expected


def test_layers_follow_one_another_in_the_order_of_the_data():
    plan = plan_of(conv1={}, fc={"pe": 2, "simd": 8}, conv2={"pe": 2, "simd": 8})
    (deal,) = (unit for unit in plan.units if isinstance(unit, Deal))
    assert deal.counts == (216, 36, 8)
    names = [s.target.partition("_")[0] for s in plan.outputs_of(deal).values()]
    assert names == ["conv1", "conv2", "fc"]
    # They come ahead of what they go to, behind the picture.
    assert plan.entry.source == "input"
    assert plan.streams[1].source == WEIGHTS
    assert plan.units[0] is deal
    verify_plan(plan)


def test_a_layer_that_reads_its_weights_again_for_each_pass_gets_them_again():
    for rows, passes in ((8, 1), (4, 2), (2, 4)):
        plan = plan_of(conv1={"pe": 2, "simd": 3, "rows": rows})
        (layer,) = (layer for layer in plan.layers if layer.name == "conv1")
        assert layer.weight_reads == passes
        assert packet_words(plan) == 36 * passes
    # Without rows, for each block of pixels.
    plan = plan_of(conv1={"pe": 2, "simd": 3, "m": [1, 2], "rows": 0})
    assert packet_words(plan) == 36 * 32
    (layer,) = (layer for layer in plan.layers if layer.name == "conv1")
    assert layer.weight_reads == 32


def test_no_two_units_on_the_way_pass_ready_on_to_each_other():
    rng = np.random.default_rng(2)
    for _ in range(12):
        pe, simd = rng.choice([1, 2, 4, 8]), rng.choice([1, 2, 4, 8])
        plan = plan_of(conv2={"pe": int(pe), "simd": int(simd)}, fc={"pe": int(min(pe, 4))})
        ready = {unit.name: unit.passes_ready for unit in plan.units}
        meetings = [s.name for s in plan.streams if ready.get(s.source) and ready.get(s.target)]
        assert meetings == []
        kinds = {type(u) for u in plan.units if "weights" in u.name}
        assert kinds <= {Deal, Fifo, Convert}
        assert [u.name for u in plan.units if isinstance(u, MatrixPlan) and u.external] == [
            "conv2", "fc",
        ]  # fmt: skip
