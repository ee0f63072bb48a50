"""What a deal says of its words."""

from hwgen.families.devices import FAMILIES
from hwgen.plan.units import Deal

DEAL = Deal(name="d", stage="s", counts=(5, 1, 300), in_bits=17, out_bits=16)


def test_each_layer_gets_its_words_of_a_frame_if_they_are_all_there():
    assert DEAL.outputs == {"o_0": 16, "o_1": 16, "o_2": 16}
    assert DEAL.words_given({"i": 306}) == {"o_0": 5, "o_1": 1, "o_2": 300}
    assert DEAL.words_given({"i": 305}) is None
    assert DEAL.words_out(306) is None


def test_words_pass_within_a_cycle_and_wait_nowhere():
    assert DEAL.passes_ready
    assert DEAL.buffer is None
    assert all(DEAL.memories({}, family) == [] for family in FAMILIES.values())


def test_a_longer_frame_takes_a_wider_counter():
    one = Deal(name="d", stage="s", counts=(5,), in_bits=17, out_bits=16)
    assert one.words_out(5) == 5
    for family in FAMILIES.values():
        assert one.features({}, family)["counters"] < DEAL.features({}, family)["counters"]
