# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
from fractions import Fraction

import pytest
from amaranth.sim import Simulator

from hwgen.rtl.uart_rx import UartRx

ALL = bytes(range(256))


def levels(data: bytes) -> list[int]:
    """Bits on the line."""
    return [bit for octet in data for bit in (0, *(octet >> k & 1 for k in range(8)), 1)]


def receive(divisor: int, bits: list[int], length: Fraction | None = None, take: bool = True):
    """Bytes with their cycles, and cycles of errors; each bit is ``length`` cycles long."""
    length = Fraction(divisor) if length is None else length
    dut = UartRx(divisor=divisor)
    octets: list[tuple[int, int]] = []
    errors: list[int] = []

    async def bench(ctx) -> None:
        ctx.set(dut.o.ready, take)
        last = -1
        for cycle in range(int((len(bits) + 12) * length)):
            position = int(cycle / length) - 1  # a bit's time of rest comes first
            ctx.set(dut.rx, bits[position] if 0 <= position < len(bits) else 1)
            if ctx.get(dut.o.valid) and (take or last < 0):
                octets.append((ctx.get(dut.o.payload), cycle))
                last = cycle
            if ctx.get(dut.error):
                errors.append(cycle)
            await ctx.tick()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return octets, errors


@pytest.mark.parametrize("divisor", [4, 5, 24])
def test_all_bytes_arrive_at_the_stated_cycle(divisor):
    data = ALL if divisor < 10 else ALL[::15]
    octets, errors = receive(divisor, levels(data))
    assert bytes(octet for octet, _ in octets) == data
    falls = [divisor * (1 + 10 * k) for k in range(len(data))]
    latency = 3 + divisor // 2 + 9 * divisor
    assert [cycle for _, cycle in octets] == [fall + latency for fall in falls]
    assert not errors


@pytest.mark.parametrize("error", [Fraction(97, 100), Fraction(103, 100)])
def test_three_percent_of_another_rate_is_no_matter(error):
    octets, errors = receive(24, levels(ALL[::7]), 24 * error)
    assert bytes(octet for octet, _ in octets) == ALL[::7]
    assert not errors


def test_a_byte_without_a_stop_bit_is_dropped_and_the_next_is_right():
    bits = [0, *[1, 0] * 4, 0, 1, 1, *levels(b"\x5c")]
    octets, errors = receive(8, bits)
    assert [octet for octet, _ in octets] == [0x5C]
    assert len(errors) == 1


def test_a_broken_line_is_one_error():
    octets, errors = receive(6, [0] * 60 + [1] + levels(b"\x81"))
    assert [octet for octet, _ in octets] == [0x81]
    assert len(errors) == 1


def test_a_short_pulse_is_no_byte():
    # At four samples a bit the pulse is a quarter of a bit long.
    line = [1] * 8 + [0] + [1] * 12 + [bit for bit in levels(b"\x37") for _ in range(4)]
    octets, errors = receive(4, line, Fraction(1))
    assert [octet for octet, _ in octets] == [0x37]
    assert not errors


def test_a_byte_that_is_not_taken_is_an_error():
    octets, errors = receive(4, levels(b"\x11\x22\x33"), take=False)
    assert octets[0][0] == 0x11
    assert len(errors) == 2


def test_bad_parameters_are_refused():
    with pytest.raises(ValueError, match=r"^divisor must be at least 4, not 3$"):
        UartRx(divisor=3)
