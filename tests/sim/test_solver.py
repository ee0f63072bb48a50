"""The least solution of the rules: exact cycles of small plans, frame after frame, and no end."""

import numpy as np
import pytest
from small_plans import BITS, chain, fifo

from hwgen.errors import ModelError
from hwgen.plan.plan import Plan
from hwgen.plan.units import Convert, Register
from sim.flow import Wanted
from sim.patterns import Pattern, Traffic
from sim.solver import Solver


def pattern(text: str) -> Pattern:
    return Pattern(np.array([digit == "1" for digit in text]))


def solved(plan: Plan, traffic: Traffic, frames: int = 1) -> list[list[int]]:
    return [f.transfer.tolist() for f in Solver(plan, traffic).solve(frames).flows.values()]


def test_a_slow_sink_is_felt_as_far_up_as_the_buffers_are_full():
    plan = chain(fifo("a", 1), fifo("b", 2), words=(6, 6, 6))
    got = solved(plan, Traffic(ready=pattern("0001")))
    assert got == [[0, 2, 4, 6, 9, 13], [1, 3, 5, 8, 12, 16], [3, 7, 11, 15, 19, 23]]


def test_the_source_begins_to_offer_at_a_set_bit_and_goes_on_until_it_is_taken():
    plan = chain(Register(name="a", **BITS, role="levels", elements=1), words=(4, 4))
    traffic = Traffic(valid=pattern("100"), ready=pattern("0000001"))
    flows = list(Solver(plan, traffic).solve(1).flows.values())
    assert flows[0].offered.tolist() == [0, 3, 9, 15]
    assert flows[0].transfer.tolist() == [0, 6, 13, 20]
    assert flows[1].transfer.tolist() == [6, 13, 20, 27]


def test_a_sink_that_waits_for_valid_takes_each_word_so_many_cycles_later():
    flows = Solver(chain(fifo("a", 4), words=(3, 3)), Traffic(ready_after=2)).solve(1).flows
    assert flows["a_to_output"].offered.tolist() == [1, 4, 7]
    assert flows["a_to_output"].transfer.tolist() == [3, 6, 9]


def test_frames_that_follow_known_ones_are_those_of_all_at_once():
    plan = chain(
        Convert(name="up", **BITS, count=2, up=True), fifo("a", 2),
        Convert(name="down", **BITS, count=2, up=False), words=(8, 4, 4, 8),
    )  # fmt: skip
    traffic = Traffic(pattern("11011"), pattern("0110100"))
    wanted = Wanted(repeats=False)
    solver = Solver(plan, traffic, wanted)
    first, more = solver.solve(2).flows, solver.solve(3).flows
    whole = Solver(plan, traffic, wanted).solve(5).flows
    assert list(more) == list(whole)
    for name, expected in whole.items():
        for part in ("transfer", "offered", "room"):
            found = np.concatenate([getattr(flows[name], part) for flows in (first, more)])
            assert np.array_equal(found, getattr(expected, part)), (name, part)


def test_a_run_that_can_never_finish_says_when_it_stops_and_who_waits():
    plan = chain(fifo("a", 2), words=(5, 5))
    message = (
        r"deadlock: nothing moves after cycle 1: 'a_to_output' waits for 'output' to take a word, "
        r"'input_to_a' waits for 'a' to take a word"
    )
    with pytest.raises(ModelError, match=f"^{message}$"):
        Solver(plan, Traffic(ready=pattern("0"))).solve(1)
    with pytest.raises(ModelError, match=r"^deadlock: nothing moves before the first transfer: "):
        Solver(plan, Traffic(valid=pattern("0"))).solve(1)
