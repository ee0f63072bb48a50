# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
import pytest
from amaranth.hdl import ClockDomain, Module
from amaranth.sim import Simulator

from hwgen.rtl.spi_clock import SpiClock


def levels(divisor: int, run: list[int]) -> list[tuple[int, int]]:
    """Levels in both halves of each cycle."""
    dut = SpiClock(divisor=divisor)
    found: list[tuple[int, int]] = []
    between = True

    async def bench(ctx) -> None:
        nonlocal between
        for go in run:
            ctx.set(dut.run, go)
            _, _, sck, free, begins, falls = await ctx.tick().sample(
                dut.sck, dut.between, dut.begins, dut.falls
            )
            found.append((sck & 1, sck >> 1))
            assert free == between
            assert begins == (between and go)
            between = bool(falls) or (between and not go)

    m = Module()
    m.domains.sync = ClockDomain()
    m.submodules.dut = dut
    simulator = Simulator(m)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return found


def test_a_pulse_of_one_cycle_is_high_in_its_second_half():
    assert levels(1, [0, 1, 1, 0, 1]) == [(0, 0), (0, 1), (0, 1), (0, 0), (0, 1)]


@pytest.mark.parametrize(
    ("divisor", "pulse"),
    [(2, [0, 1]), (3, [0, 0, 1]), (4, [0, 0, 1, 1]), (5, [0, 0, 0, 1, 1])],
)
def test_a_longer_pulse_is_low_and_then_high_and_ends_once_begun(divisor, pulse):
    run = [0, 1] + [0] * (divisor - 1) + [0] + [1] * (2 * divisor)
    expected = [0, *pulse, 0, *pulse, *pulse]
    assert levels(divisor, run) == [(level, level) for level in expected]


def test_bad_parameters_are_refused():
    with pytest.raises(ValueError, match=r"^divisor must be positive, not 0$"):
        SpiClock(divisor=0)
