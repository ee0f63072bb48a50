# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
import numpy as np
import pytest
from amaranth.sim import Simulator

from hwgen.rtl.uart_tx import UartTx


def transmit(divisor: int, data: bytes, pauses: list[int]) -> tuple[list[int], list[int]]:
    """Level of the line in each cycle, and the cycle in which each byte is taken."""
    dut = UartTx(divisor=divisor)
    line: list[int] = []
    taken: list[int] = []

    async def bench(ctx) -> None:
        async def cycle() -> bool:
            line.append(ctx.get(dut.tx))
            _, _, ready = await ctx.tick().sample(dut.i.ready)
            return bool(ready)

        for octet, pause in zip(data, pauses, strict=True):
            ctx.set(dut.i.valid, 0)
            for _ in range(pause):
                await cycle()
            ctx.set(dut.i.payload, octet)
            ctx.set(dut.i.valid, 1)
            while not await cycle():
                pass
            taken.append(len(line) - 1)
        ctx.set(dut.i.valid, 0)
        for _ in range(12 * divisor):
            await cycle()

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return line, taken


@pytest.mark.parametrize("divisor", [1, 2, 7])
@pytest.mark.parametrize("most_pause", [0, 90])
def test_each_byte_is_ten_bits_from_the_cycle_after_it_is_taken(divisor, most_pause):
    rng = np.random.default_rng(divisor)
    data = rng.integers(0, 256, 20, np.uint8).tobytes() + b"\x00\xff\x01\x80"
    pauses = rng.integers(0, most_pause + 1, len(data)).tolist()
    line, taken = transmit(divisor, data, pauses)
    expected = [1] * len(line)
    for octet, cycle in zip(data, taken, strict=True):
        for k, bit in enumerate([0, *(octet >> j & 1 for j in range(8)), 1]):
            for t in range(divisor):
                expected[cycle + 1 + k * divisor + t] = bit
    assert line == expected
    if not most_pause:
        assert np.diff(taken).tolist() == [10 * divisor + 1] * (len(data) - 1)


def test_bad_parameters_are_refused():
    with pytest.raises(ValueError, match=r"^divisor must be positive, not 0$"):
        UartTx(divisor=0)
