from fractions import Fraction

import pytest

from hwgen.boards.pll import Ecp5Pll, Ice40Pll, choose_pll, ecp5_settings, ice40_settings
from hwgen.errors import DeviceError


@pytest.mark.parametrize("in_mhz", [10, 12, 16, 25, 48, 100, 133])
def test_each_ice40_setting_is_within_the_limits_of_the_data_sheet(in_mhz):
    settings = list(ice40_settings(Fraction(in_mhz)))
    assert settings
    for p in settings:
        assert 0 <= p.divr <= 15
        assert 0 <= p.divf <= 127
        assert 1 <= p.divq <= 6
        assert 10 <= p.pfd_mhz <= 133
        assert 533 <= p.vco_mhz <= 1066
        assert 16 <= p.out_mhz <= 275
        assert 1 <= p.filter_range <= 6
        assert p.out_mhz == Fraction(in_mhz) * (p.divf + 1) / (p.divr + 1) / 2**p.divq


@pytest.mark.parametrize("in_mhz", [8, 12, 25, 100, 400])
def test_each_ecp5_setting_is_within_the_limits_of_the_data_sheet(in_mhz):
    settings = list(ecp5_settings(Fraction(in_mhz)))
    assert settings or in_mhz == 8  # compared at 10 MHz and more
    for p in settings:
        dividers = (p.clki_div, p.clkfb_div, p.clkop_div, p.clkos_div)
        assert all(1 <= d <= 128 for d in dividers)
        assert 10 <= p.pfd_mhz <= 400
        assert 400 <= p.vco_mhz <= 800
        assert Fraction(25, 8) <= p.clkop_mhz <= 400
        assert Fraction(25, 8) <= p.out_mhz <= 400
        vco = Fraction(in_mhz) / p.clki_div * p.clkfb_div * p.clkop_div
        assert p.out_mhz == vco / p.clkos_div


@pytest.mark.parametrize("in_mhz", [9, 134])
def test_an_ice40_takes_no_clock_beyond_its_limits(in_mhz):
    assert not list(ice40_settings(Fraction(in_mhz)))


@pytest.mark.parametrize("out_mhz", [16.5, 24, 31.5, 36, 48.75, 100.5, 270])
def test_an_ice40_makes_exactly_the_clock_asked_for(out_mhz):
    pll = choose_pll("ice40", 12, out_mhz, "board")
    assert isinstance(pll, Ice40Pll)
    assert pll.out_mhz == Fraction(str(out_mhz))


@pytest.mark.parametrize("out_mhz", [6.25, 24, 62.5, 80, 100, 400])
def test_an_ecp5_makes_exactly_the_clock_asked_for(out_mhz):
    pll = choose_pll("ecp5", 25, out_mhz, "board")
    assert isinstance(pll, Ecp5Pll)
    assert pll.out_mhz == Fraction(str(out_mhz))


def test_settings_are_those_of_icepll():
    pll = choose_pll("ice40", 12, 24, "board")
    assert isinstance(pll, Ice40Pll)
    assert (pll.divr, pll.divf, pll.divq, pll.filter_range) == (0, 63, 5, 1)


@pytest.mark.parametrize("family", ["ice40", "ecp5"])
def test_the_clock_of_the_board_needs_no_pll(family):
    assert choose_pll(family, 25, 25.0, "board") is None


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
        choose_pll(family, in_mhz, out_mhz, "board")
