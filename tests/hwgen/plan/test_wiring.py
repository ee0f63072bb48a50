import numpy as np
import pytest
from endings import ENDINGS, all_foldings, ending

from hwgen.design import make_design
from hwgen.model import Builder, Model
from hwgen.passes import lower_network
from hwgen.plan.plan import Plan
from hwgen.plan.units import CombinePlan, Convert, Fifo, Scores
from sim.cycle import steady_state


def meetings(plan: Plan) -> list[str]:
    """Streams between two units that both pass `ready` on within a cycle."""
    units = {unit.name: unit for unit in plan.units}
    return [
        stream.name
        for stream in plan.streams
        if stream.source in units
        and stream.target in units
        and units[stream.source].passes_ready
        and units[stream.target].passes_ready
    ]


def unpacked_sum() -> Model:
    """A sum of words of all channels, unpacked, and words of one."""
    rng = np.random.default_rng(1)
    net = Builder("net", height=2, width=2, channels=1).sign("start")
    for name in ("a", "b"):
        net.conv2d(rng.choice([-1, 1], (4, 1, 1, 1)), name, inputs="start").sign(f"{name}_sign")
    return net.add(["a_sign", "b_sign"], "both").build()


@pytest.mark.parametrize("name", ENDINGS)
def test_no_two_units_that_pass_ready_on_meet_at_any_ending(name):
    assert meetings(make_design(ending(name, 1)).plan) == []


def test_no_two_units_that_pass_ready_on_meet_ahead_of_a_sum():
    model = unpacked_sum()
    parted = 0
    for folding in all_foldings(lower_network(model)):
        plan = make_design(model, folding=(folding, "all foldings")).plan
        assert meetings(plan) == []
        steady_state(plan)
        kinds = {unit.name: type(unit) for unit in plan.units}
        parted += any(
            kinds.get(s.source) is Fifo and s.source.startswith("both_i_") for s in plan.streams
        )
        assert {Convert, CombinePlan, Scores} & set(kinds.values())
    assert parted


def test_a_meeting_is_found():
    plan = make_design(ending("sign_of_pixels", 1)).plan
    (fifo,) = (unit for unit in plan.units if isinstance(unit, Fifo))
    assert fifo.depth == 2
    without = Plan(
        plan.name, plan.device, plan.clock_mhz,
        tuple(u for u in plan.units if u is not fifo),
        tuple(
            type(s)(s.name, plan.units[0].name if s.source == fifo.name else s.source, s.target,
                    s.payload_bits, s.transfers_per_frame)
            for s in plan.streams if s.target != fifo.name
        ),
        plan.layers, plan.folding,
    )  # fmt: skip
    assert len(meetings(without)) == 1


@pytest.mark.parametrize(("group", "held"), [(8, 2), (4, 3), (2, 5), (1, 9)])
def test_a_pool_unit_holds_a_word_while_it_is_taken_apart(group, held):
    rng = np.random.default_rng(5)
    net = Builder("apart", height=4, width=4, channels=1)
    net.conv2d(rng.choice([-1, 1], (8, 1, 1, 1)), "wide").sign("bits")
    net.max_pool(2, stride=1, name="pool")
    model = net.flatten("flat").dense(rng.choice([-1, 1], (1, 72)), "fc").build()
    folding = {"wide": {"pe": 8}, "fc": {"simd": group}}
    plan = make_design(model, folding=(folding, "test")).plan
    (stream,) = (s for s in plan.streams if s.source == "pool")
    assert (stream.transfers_per_frame, stream.cycles_per_frame) == (9, 9 * held)
    # Four words go into each of its own.
    assert steady_state(plan)[1] == plan.bottleneck_cycles == max(36, 9 * held)
