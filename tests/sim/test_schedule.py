"""The rule of each unit over a few words: when they can be offered and taken."""

import numpy as np
import pytest

from hwgen.plan.units import (
    Convert,
    Deal,
    Fifo,
    Fork,
    Join,
    MapPlan,
    MatrixPlan,
    PoolPlan,
    Register,
    ReorderPlan,
    Unit,
)
from hwgen.plan.weight_storage import WeightStorage
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


def held(storage: WeightStorage = WeightStorage.MEMORY, depth: int = 2) -> MatrixPlan:
    """Two weight words, each of which stays for three pixels; latency 4."""
    return MatrixPlan(
        name="u", **BITS, pe=1, group=8, taps=(1, 1), block=(1, 1), stride=(1, 1), dilation=(1, 1),
        neuron_fold=1, synapse_fold=2, blocks=(1, 3), pool=None, zero_flags=False, pipeline=0,
        depth=depth, storage=storage, hold=3,
    )  # fmt: skip


def test_pixels_of_the_last_weight_word_give_an_output_each_and_wait_for_room():
    ins, outs = [flow(0, 1, 2, 3, 4, 9)], [flow(7, 8, 20)]
    assert offers(held(), ins, outs) == [[7, 8, 13]]
    assert takes(held(), ins, outs) == [[0, 0, 0, 0, 0, 8]]


def test_pixels_wait_for_their_weight_word_and_the_last_takes_it_along():
    rule = bounds_of(form_of(held(WeightStorage.EXTERNAL), 1))
    ins = {"i": flow(0, 1, 2, 5, 6, 9), "i_weights": flow(2, 9, offered=(0, 5))}
    outs = {"o": flow(9, 10, 20)}
    assert rule.offer(ins, outs)["o"].tolist() == [9, 10, 13]
    found = rule.take(ins, outs)
    assert found["i"].tolist() == [0, 0, 0, 5, 5, 10]
    assert found["i_weights"].tolist() == [2, 9]


def test_a_deal_passes_each_word_to_the_one_whose_turn_it_is_within_the_cycle():
    deal = Deal(name="u", stage="s", counts=(2, 1), in_bits=17, out_bits=16)
    ins = [flow(0, 4, 5, 6, 8, 9, offered=(0, 1, 5, 6, 7, 9))]
    outs = [flow(0, 4, 6, 8), flow(5, 9)]
    rule = bounds_of(form_of(deal, 2))
    sides = ported("i", ins), ported("o", outs)
    assert {k: v.tolist() for k, v in rule.offer(*sides).items()} == {
        "o_0": [0, 1, 6, 7], "o_1": [5, 9],
    }  # fmt: skip
    assert rule.take(*sides)["i"].tolist() == [0, 4, 5, 6, 8, 9]


def map_buffer(**changes) -> MapPlan:
    """A column of four pixels, in passes of two; memory for two of them."""
    form = {
        "in_shape": (4, 1, 1), "bits": 8, "planes": 1, "maps": 1, "kernel": (1, 1),
        "stride": (1, 1), "dilation": (1, 1), "padding": (0, 0, 0, 0), "pad": 0,
        "out_pixels": (4, 1), "rows": 2, "group": 1, "repeats": 1, "raster": False, "slots": 2,
    }  # fmt: skip
    return MapPlan(name="u", **BITS, **{**form, **changes})


def test_a_pass_is_read_once_its_rows_are_there_and_makes_room_when_it_is_over():
    ins, outs = [flow(0, 4, 8, 9)], [flow(6, 7, 11, 12, offered=(6, 7, 11, 12))]
    # Read r is issued a cycle before it is offered, and that not before I[1] + 1 and I[3] + 1.
    assert offers(map_buffer(), ins, outs) == [[6, 7, 11, 12]]
    # Rows wait for the last read of the pass that has their place, a cycle after it was issued.
    assert takes(map_buffer(), ins, outs) == [[0, 0, 7, 7]]
    assert takes(map_buffer(slots=3), ins, outs) == [[0, 0, 0, 7]]
    assert takes(map_buffer(slots=4), ins, outs) == [[0, 0, 0, 0]]


def test_planes_are_read_when_all_are_there_and_the_next_map_waits_for_the_last_read():
    # Two maps of two pixels, each in two planes.
    unit = map_buffer(
        in_shape=(2, 1, 2), planes=2, group=2, out_pixels=(2, 1), rows=2, slots=2, maps=2
    )
    ins = [flow(0, 1, 2, 5, 8, 9, 10, 11)]
    outs = [flow(7, 8, 13, 14)]
    assert offers(unit, ins, outs) == [[7, 8, 13, 14]]
    assert takes(unit, ins, outs) == [[0, 0, 0, 0, 8, 0, 0, 0]]


def test_without_time_weights_and_pixels_are_counted_by_the_same_rule():
    rule = bounds_of(form_of(held(WeightStorage.EXTERNAL, depth=4), 2))
    # Two whole folds of six and of the third four pixels, the last of which gives an output.
    for moved, given in ((2, 0), (3, 0), (4, 1), (6, 3), (9, 3), (12, 6), (16, 7)):
        ins = {"i": Count(offered=moved, room=UNLIMITED, moved=moved), "i_weights": Count()}
        assert rule.gives(ins, {"o": Count()}) == {"o": given}, moved
    # Room for seven outputs: two folds, and one pixel of the third that ends.
    ins = {"i": Count(offered=30), "i_weights": Count(offered=10)}
    assert rule.accepts(ins, {"o": Count(room=3)}) == {"i": 16, "i_weights": 5}
    ins = {"i": Count(offered=8), "i_weights": Count(offered=3)}
    assert rule.accepts(ins, {"o": Count(room=3)}) == {"i": 9, "i_weights": 2}
    assert bounds_of(form_of(held(depth=4), 2)).accepts(
        {"i": Count(offered=30)}, {"o": Count(room=3)}
    ) == {"i": 16}


@pytest.mark.parametrize(
    ("shown", "given"), [(1, (1, 0)), (2, (2, 0)), (3, (2, 1)), (4, (3, 1)), (12, (8, 4))]
)
def test_without_time_words_are_dealt_as_they_come(shown, given):
    deal = Deal(name="u", stage="s", counts=(2, 1), in_bits=17, out_bits=16)
    rule = bounds_of(form_of(deal, 4))
    ins = {"i": Count(offered=shown, room=UNLIMITED, moved=shown)}
    assert rule.gives(ins, {}) == {"o_0": given[0], "o_1": given[1]}
    # A word that has no room holds up all behind it.
    for rooms, accepted in (((0, 9), 0), ((1, 9), 1), ((2, 0), 2), ((9, 1), 5), ((3, 2), 4)):
        outs = {f"o_{k}": Count(room=room) for k, room in enumerate(rooms)}
        assert rule.accepts(ins, outs) == {"i": accepted}


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
    maps = [map_buffer(slots=slots) for slots in (2, 4, 5)] + [map_buffer(slots=16, maps=2)]
    assert [memory_frames(unit, 4) for unit in maps] == [2, 2, 3, 3]
    deal = Deal(name="u", stage="s", counts=(2, 1), in_bits=17, out_bits=16)
    assert [memory_frames(unit, 3) for unit in (deal, held(depth=7))] == [2, 4]
