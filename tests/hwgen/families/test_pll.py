"""All settings of a family's PLLs are within the limits of its data sheet."""

from fractions import Fraction

import pytest

from hwgen.families.ecp5.pll import ecp5_plls
from hwgen.families.ice40.pll import ice40_plls


@pytest.mark.parametrize("in_mhz", [10, 12, 16, 25, 48, 100, 133])
def test_each_ice40_setting_is_within_the_limits_of_the_data_sheet(in_mhz):
    settings = list(ice40_plls(Fraction(in_mhz)))
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
    settings = list(ecp5_plls(Fraction(in_mhz)))
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
    assert not list(ice40_plls(Fraction(in_mhz)))


@pytest.mark.parametrize("plls", [ice40_plls, ecp5_plls])
@pytest.mark.parametrize("pad", [False, True])
def test_a_placed_pll_has_one_source_one_clock_and_one_lock(plls, pad):
    if pad and plls is ecp5_plls:
        return
    pll = next(plls(Fraction(25)))
    cell = pll.cell(pad=pad)
    assert cell.parameters == pll.parameters()
    drivers = [x for x in cell.inputs.values() if isinstance(x, str)]
    driven = list(cell.outputs.values())
    fed_back = ["feedback"] * ("feedback" in drivers)
    assert sorted(drivers) == [*fed_back, "source"]
    assert sorted(driven) == ["clock", *fed_back, "lock"]
