"""Energy of a frame at a rate, by what the clock does between frames."""

import pytest

from hwgen.power.events import COMPONENTS
from hwgen.power.fit import coefficients
from hwgen.power.price import ClockSource, GatedCycles, Idle, Work, price_frame

WORK = Work(1000, {"lut": 5e5, "ram read": 1e4}, {"ram read": 10.0, "register bits": 100.0}, {})
HERTZ = 1e6


def priced(**options):
    return price_frame("up5k", WORK, clock_hz=HERTZ, **options)


def test_components_add_up_and_have_the_names_that_are_reported():
    frame = priced(fps=30, idle=Idle.RUNNING, clock_source=ClockSource.PLL)
    assert sum(c.joules for c in frame.components) == pytest.approx(frame.joules)
    names = [c.name for c in frame.components]
    assert names == [name for name in COMPONENTS if name in names]
    assert {"static", "clock source", "clock tree and registers", "block RAM"} <= set(names)
    assert frame.watts == pytest.approx(30 * frame.joules)


def test_at_full_rate_the_clock_never_waits():
    assert priced().fps == 1000
    assert priced(idle=Idle.RUNNING).joules == priced(idle=Idle.STOPPED).joules


def test_a_slower_rate_costs_what_the_part_takes_while_it_waits():
    wait = 1 / 10 - 1 / 1000
    static = coefficients("up5k").watts({"static": 1.0})
    assert priced(fps=10).joules - priced().joules == pytest.approx(static * wait)
    running = priced(fps=10, idle=Idle.RUNNING).joules - priced(fps=10).joules
    cycle = coefficients("up5k").watts({"clock cycle": 1.0} | WORK.waiting)
    assert running == pytest.approx(cycle * wait * HERTZ)


def test_what_makes_the_clock_runs_on_where_the_clock_is_only_gated():
    source = coefficients("up5k").watts({"pll": 1.0})
    gated, stopped = (
        priced(fps=10, idle=idle, clock_source=ClockSource.PLL).joules
        for idle in (Idle.GATED, Idle.STOPPED)
    )
    # And so does the way to the gate.
    way = coefficients("up5k").watts({"clock cycle": HERTZ / 10})
    assert gated - stopped == pytest.approx(source * (1 / 10 - 1 / 1000) + way)


def test_a_gate_that_opens_for_more_than_the_work_costs_what_waits_and_the_link():
    def joules(**cycles):
        return priced(fps=10, idle=Idle.GATED, gated=GatedCycles(**cycles)).joules

    cycle = coefficients("up5k").watts({"clock cycle": 1.0})
    waits = coefficients("up5k").watts({"clock cycle": 1.0} | WORK.waiting)
    assert joules(link=5000) - joules() == pytest.approx(5000 * cycle)
    assert joules(waiting=700) - joules() == pytest.approx(700 * waits)
    # There are no more cycles than those of the rate.
    assert joules(link=1e9, waiting=1e9) == pytest.approx(joules(link=1e5, waiting=99_000))


def test_uncertain_counts_make_an_uncertain_sum():
    unsure = Work(WORK.cycles, WORK.frame, WORK.waiting, {"lut": 0.5})
    frame = price_frame("up5k", unsure, clock_hz=HERTZ)
    luts = next(c for c in frame.components if c.name == "LUTs and routing")
    assert luts.uncertainty > 0.5
    assert priced().uncertainty < frame.uncertainty < luts.uncertainty
