"""The rule of each unit over a few words: when they can be offered and taken."""

import numpy as np
import pytest

from hwgen.plan.units import Convert, Fifo, Fork, Join, PoolPlan, Register, ReorderPlan, Unit
from sim.bounds import bounds_of
from sim.flow import UNLIMITED, Count, Flow
from sim.schedule import form_of, memory_frames

BITS = {"stage": "s", "in_bits": 8, "out_bits": 8}


def fifo(depth: int) -> Fifo:
    return Fifo(name="u", **BITS, depth=depth)


def register() -> Register:
    return Register(name="u", **BITS, role="levels", elements=1)


def convert(count: int, up: bool) -> Convert:
    return Convert(name="u", **BITS, count=count, up=up)


def flow(*transfer: int, offered: tuple[int, ...] = ()) -> Flow:
    cycles = np.array(transfer, np.int64)
    shown = np.array(offered or transfer, np.int64)
    return Flow(cycles, shown, np.zeros_like(cycles))


def ported(side: str, flows: list[Flow]) -> dict[str, Flow]:
    """Flows by port, as a unit names its ports: one alone has no number."""
    if len(flows) == 1:
        return {side: flows[0]}
    return {f"{side}_{k}": flow for k, flow in enumerate(flows)}


def offers(unit: Unit, ins: list[Flow], outs: list[Flow], frames: int = 1) -> list[list[int]]:
    found = bounds_of(form_of(unit, frames)).offer(ported("i", ins), ported("o", outs))
    return [found[port].tolist() for port in ported("o", outs)]


def takes(unit: Unit, ins: list[Flow], outs: list[Flow], frames: int = 1) -> list[list[int]]:
    found = bounds_of(form_of(unit, frames)).take(ported("i", ins), ported("o", outs))
    return [found[port].tolist() for port in ported("i", ins)]


def test_a_fifo_shows_a_word_a_cycle_later_and_has_room_a_cycle_after_one_left():
    ins, outs = [flow(0, 1, 2, 3)], [flow(5, 6, 9, 12)]
    assert offers(fifo(2), ins, outs) == [[1, 2, 3, 4]]
    assert takes(fifo(2), ins, outs) == [[0, 0, 6, 7]]


def test_a_register_has_room_in_the_cycle_in_which_its_word_leaves():
    ins, outs = [flow(0, 1, 2)], [flow(5, 6, 9)]
    assert offers(register(), ins, outs) == [[1, 2, 3]]
    assert takes(register(), ins, outs) == [[0, 5, 6]]


def test_a_pack_gives_with_its_last_word_and_only_that_one_waits_for_room():
    ins, outs = [flow(0, 1, 2, 3, 4, 5)], [flow(9, 20)]
    assert offers(convert(3, True), ins, outs) == [[3, 6]]
    assert takes(convert(3, True), ins, outs) == [[0, 0, 0, 0, 0, 10]]


def test_an_unpack_offers_within_the_cycle_and_takes_with_its_last_word():
    ins, outs = [flow(4, 9, offered=(2, 6))], [flow(2, 4, 6, 9)]
    assert offers(convert(2, False), ins, outs) == [[2, 2, 6, 6]]
    assert takes(convert(2, False), ins, outs) == [[4, 9]]


def test_a_fork_is_taken_with_the_last_of_its_readers():
    fork = Fork(name="u", **BITS, count=2)
    ins, outs = [flow(0, 5, offered=(0, 1))], [flow(3, 4), flow(1, 6)]
    assert offers(fork, ins, outs) == [[0, 1], [0, 1]]
    assert takes(fork, ins, outs) == [[3, 6]]


def test_a_join_takes_from_all_at_once_when_its_register_is_free():
    join = Join(name="u", **BITS, parts=(4, 4))
    ins, outs = [flow(0, 3, offered=(0, 2)), flow(0, 3, offered=(1, 3))], [flow(7, 9)]
    assert takes(join, ins, outs) == [[1, 7], [1, 7]]
    assert offers(join, ins, outs) == [[1, 4]]


def test_a_reorder_reads_a_row_of_blocks_once_it_is_written_and_keeps_two():
    unit = ReorderPlan(name="u", **BITS, block=(1, 2), blocks=(3, 1), folds=1)
    ins = [flow(0, 4, 8)]
    outs = [flow(1, 2, 5, 6, 9, 10)]
    assert offers(unit, ins, outs) == [[2, 3, 6, 7, 10, 11]]
    # The third row of blocks waits for the last read of the first.
    assert takes(unit, ins, outs) == [[0, 0, 3]]


@pytest.mark.parametrize(
    ("unit", "moved", "room", "gives", "accepts"),
    [
        (fifo(3), 5, 4, 5, 7),
        (register(), 5, 4, 5, 5),
        (convert(3, True), 5, 4, 1, 17),
        (convert(3, False), 5, 4, 15, 1),
    ],
)
def test_without_time_words_are_counted_by_the_same_rule(unit, moved, room, gives, accepts):
    rule = bounds_of(form_of(unit, 1))
    ins = {"i": Count(offered=moved, room=UNLIMITED, moved=moved)}
    outs = {"o": Count(room=room)}
    assert rule.gives(ins, outs) == {"o": gives}
    assert rule.accepts(ins, outs) == {"i": accepts}


def test_rules_reach_back_as_many_frames_as_a_unit_holds():
    pool = PoolPlan(name="u", **BITS, taps=4, elements=1, bits=8, signed=False)
    assert [memory_frames(unit, 4) for unit in (fifo(4), fifo(5), pool)] == [2, 3, 2]
