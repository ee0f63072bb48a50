# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
from binascii import crc_hqx

import numpy as np
import pytest
from amaranth.sim import Simulator

from hwgen.rtl.flash_loader import FlashLoader

WAKE_CYCLES = 25
OFFSET = 0x0150A7


class Flash:
    """SPI flash in mode 0 that wakes up by AB, and reads by 03 from then on."""

    def __init__(self, contents: bytes, offset: int):
        self.contents = contents
        self.offset = offset
        self.awake = False
        self.bits: list[int] = []
        self.cipo = 1
        self.before = (0, 0)

    def look(self, cs: int, clk: int, copi: int) -> None:
        """Pins in a cycle."""
        was_cs, was_clk = self.before
        self.before = (cs, clk)
        if not cs:
            if was_cs and self._number(0, 8) == 0xAB and len(self.bits) == 8:
                self.awake = True
            self.bits = []
            self.cipo = 1
        elif clk and not was_clk:
            self.bits.append(copi)
        elif was_clk and not clk and len(self.bits) >= 32:
            position = len(self.bits) - 32
            assert self._number(0, 8) == 0x03, "the command is not a read"
            address = self._number(8, 32) - self.offset + position // 8
            known = self.awake and 0 <= address < len(self.contents)
            self.cipo = (self.contents[address] if known else 0xFF) >> 7 - position % 8 & 1

    def _number(self, first: int, last: int) -> int:
        return int("0" + "".join(map(str, self.bits[first:last])), 2)


def image(words: np.ndarray) -> bytes:
    data = words.astype("<u2").tobytes()
    return data + crc_hqx(data, 0xFFFF).to_bytes(2, "big")


def load(contents: bytes, words: int, divisor: int, take_each: int = 1):
    """Words, done, error, and the cycles until one of them."""
    dut = FlashLoader(offset=OFFSET, words=words, divisor=divisor, wake_cycles=WAKE_CYCLES)
    flash = Flash(contents, OFFSET)
    found: list[int] = []
    ends: list[tuple[int, int]] = []
    held: list[int] = []

    async def bench(ctx) -> None:
        for cycle in range(3000 + words * 40 * (divisor + take_each)):
            ready = cycle % take_each == 0
            ctx.set(dut.o.ready, ready)
            ctx.set(dut.cipo, flash.cipo)
            _, _, *pins, valid, payload, done, error = await ctx.tick().sample(
                dut.cs, dut.clk, dut.copi, dut.o.valid, dut.o.payload, dut.done, dut.error
            )
            flash.look(*pins)
            if held:
                assert (valid, payload) == (1, held[0]), "a word moved while it waited"
            held[:] = [payload] if valid and not ready else []
            if valid and ready:
                found.append(payload)
            if done or error:
                ends.append((done, error))
                if len(ends) > 50:
                    return

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    assert len(set(ends)) == 1, "it did not come to one end"
    return found, *ends[0]


@pytest.mark.parametrize("divisor", [1, 3])
@pytest.mark.parametrize("take_each", [1, 7, 150])
@pytest.mark.parametrize("words", [1, 2, 13])
def test_the_words_of_the_flash_arrive_and_are_found_right(words, take_each, divisor):
    expected = np.random.default_rng(words).integers(0, 1 << 16, words)
    found, done, error = load(image(expected), words, divisor, take_each)
    assert found == expected.tolist()
    assert (done, error) == (1, 0)


@pytest.mark.parametrize("bit", [0, 7, 23, 95, 96, 111])
def test_a_flipped_bit_is_an_error(bit):
    contents = bytearray(image(np.arange(6) * 1111))
    contents[bit // 8] ^= 1 << bit % 8
    _, done, error = load(bytes(contents), 6, 1)
    assert (done, error) == (0, 1)


@pytest.mark.parametrize("octet", [0x00, 0xFF])
def test_an_empty_flash_is_an_error(octet):
    found, done, error = load(bytes([octet]) * 14, 6, 1)
    assert found == [octet * 0x101] * 6
    assert (done, error) == (0, 1)


def test_bad_parameters_are_refused():
    good = {"offset": 0, "words": 4, "divisor": 1, "wake_cycles": 9}
    cases = {
        "offset": (1 << 24, r"^offset must be from 0 and below 2\*\*24, not 16777216$"),
        "words": (0, r"^words must be positive and end below 2\*\*24 bytes, not 0$"),
        "divisor": (0, r"^divisor must be positive, not 0$"),
        "wake_cycles": (0, r"^wake_cycles must be positive, not 0$"),
    }
    for name, (value, message) in cases.items():
        with pytest.raises(ValueError, match=message):
            FlashLoader(**{**good, name: value})
