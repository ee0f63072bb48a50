from fractions import Fraction

import pytest

from hwgen.boards.pll import choose_pll, clocks_of
from hwgen.errors import DeviceError
from hwgen.families.devices import FAMILIES
from hwgen.families.ecp5.pll import Ecp5Pll
from hwgen.families.ice40.pll import Ice40Pll


@pytest.mark.parametrize("out_mhz", [16.5, 24, 31.5, 36, 48.75, 100.5, 270])
def test_an_ice40_makes_exactly_the_clock_asked_for(out_mhz):
    pll = choose_pll(FAMILIES["ice40"], 12, out_mhz, "board")
    assert isinstance(pll, Ice40Pll)
    assert pll.out_mhz == Fraction(str(out_mhz))


@pytest.mark.parametrize("out_mhz", [6.25, 24, 62.5, 80, 100, 400])
def test_an_ecp5_makes_exactly_the_clock_asked_for(out_mhz):
    pll = choose_pll(FAMILIES["ecp5"], 25, out_mhz, "board")
    assert isinstance(pll, Ecp5Pll)
    assert pll.out_mhz == Fraction(str(out_mhz))


@pytest.mark.parametrize(("family", "in_mhz"), [("ice40", 12), ("ice40", 100), ("ecp5", 25)])
def test_clocks_of_a_board_are_those_that_can_be_asked_for(family, in_mhz):
    found = clocks_of(FAMILIES[family], in_mhz)
    assert found == sorted(set(found))
    assert in_mhz in found
    for mhz in found[:: len(found) // 40 + 1]:
        pll = choose_pll(FAMILIES[family], in_mhz, float(mhz), "board")
        assert (in_mhz if pll is None else pll.out_mhz) == mhz


def test_settings_are_those_of_icepll():
    pll = choose_pll(FAMILIES["ice40"], 12, 24, "board")
    assert isinstance(pll, Ice40Pll)
    assert (pll.divr, pll.divf, pll.divq, pll.filter_range) == (0, 63, 5, 1)


@pytest.mark.parametrize("family", ["ice40", "ecp5"])
def test_the_clock_of_the_board_needs_no_pll(family):
    assert choose_pll(FAMILIES[family], 25, 25.0, "board") is None


@pytest.mark.parametrize(
    ("family", "in_mhz", "out_mhz", "nearest"),
    [
        ("ice40", 12, 31.4, "31.125 or 31.5"),
        ("ice40", 12, 300, "270"),
        ("ice40", 12, 3, "12"),
        ("ice40", 12, 15, "12 or 16.125"),
        ("ecp5", 25, 401, "400"),
        ("ecp5", 25, 78, "77.5 or 78.125"),
    ],
)
def test_what_the_pll_cannot_make_is_refused_with_what_it_can(family, in_mhz, out_mhz, nearest):
    message = (
        rf"^board: its PLL cannot make {out_mhz} MHz from {in_mhz} MHz; "
        rf"the nearest that it can is {nearest} MHz$"
    )
    with pytest.raises(DeviceError, match=message):
        choose_pll(FAMILIES[family], in_mhz, out_mhz, "board")
