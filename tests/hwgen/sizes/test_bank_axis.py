"""Where patches begin among the banks, and which banks share an address."""

from hwgen.sizes.bank_axis import BankAxis


def test_a_step_of_one_reaches_all_banks_and_a_step_of_all_banks_the_first():
    assert BankAxis(3, 3, 1, 1, 5).starts == (0, 1, 2)
    assert BankAxis(2, 2, 1, 2, 5).starts == (0,)
    assert BankAxis(4, 4, 1, 2, 5).starts == (0, 2)
    assert BankAxis(3, 3, 1, 1, 2).starts == (0, 1)


def test_banks_that_no_start_parts_are_one_memory():
    assert BankAxis(2, 2, 1, 2, 5).groups == [(0, 1)]
    assert BankAxis(4, 4, 1, 2, 5).groups == [(0, 1), (2, 3)]
    assert BankAxis(3, 3, 1, 1, 5).groups == [(0,), (1,), (2,)]


def test_the_last_patch_is_the_last_tap_group_of_the_last_block():
    assert BankAxis(2, 2, 3, 4, 5).last == 4 * 4 + 2 * 2
