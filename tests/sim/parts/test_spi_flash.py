"""The model of a flash does what its part does, and each of its rules is seen when it is broken."""

import pytest

from sim.parts.spi_flash import FLASH_RULES
from tests.flash_bench import OFFSET, FlashBench, Script

IMAGE = bytes((17 * k + 3) % 251 for k in range(600))
ADDRESS = tuple(OFFSET.to_bytes(3, "big"))
NIBBLES = tuple(octet >> shift & 15 for octet in ADDRESS for shift in (4, 0))
AWAKE = {"asleep": 0}
WOKEN = 73
"""Cycles that it takes to wake up."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> FlashBench:
    return FlashBench({}, tmp_path_factory.mktemp("flash"))


def answer(bench: FlashBench, script: Script, clocks: int, **options: int) -> bytes:
    """What the last clocks of a script bring on line 1, without any violation."""
    found, seen = bench.play(script.rest(3), IMAGE, **{**AWAKE, **options})
    assert found.violations == 0, found.broken
    bits = [lines >> 1 & 1 for lines in seen[len(script.vectors) - 3 - clocks :][:clocks]]
    return bytes(int("".join(map(str, bits[k : k + 8])), 2) for k in range(0, clocks, 8))


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ((0x9F,), bytes.fromhex("ef4018")),
        ((0x05,), bytes.fromhex("0000")),
        ((0x35,), bytes.fromhex("0202")),
        ((0x03, *ADDRESS), IMAGE[:5]),
        ((0x0B, *ADDRESS, 0), IMAGE[:5]),
        ((0x03, 0xFF, 0xFF, 0xFE), b"\xff" * 5),
        ((0xAB, 0, 0, 0), b"\x17"),
    ],
)
def test_a_command_is_answered(bench: FlashBench, sent: tuple[int, ...], expected: bytes):
    clocks = 8 * len(expected)
    assert answer(bench, Script().send(*sent).clock(clocks), clocks) == expected


def quad(script: Script, mode: int, count: int, command: bool = True) -> Script:
    script = script.send(0xEB) if command else script
    return script.send_quad(*NIBBLES, mode >> 4, mode & 15).clock(4 + count, oe=0)


def test_four_lines_are_read_in_continuous_mode_until_the_mode_bits_end_it(bench: FlashBench):
    script = quad(Script(), 0xA0, 6).rest(2)
    first = len(script.vectors) - 8
    quad(script, 0xF0, 6, command=False).rest(2)
    second = len(script.vectors) - 8
    script.send(0x9F).clock(8)
    third = len(script.vectors) - 8
    found, seen = bench.play(script.rest(3), IMAGE, **AWAKE)
    assert found.violations == 0
    expected = [octet >> shift & 15 for octet in IMAGE[:3] for shift in (4, 0)]
    assert seen[first : first + 6] == seen[second : second + 6] == expected
    assert [x >> 1 & 1 for x in seen[third : third + 8]] == [1, 1, 1, 0, 1, 1, 1, 1]


def test_what_an_ice40_sends_first_ends_a_continuous_read(bench: FlashBench):
    # AB on one line, while nobody drives the others: the mode bits are read as ones.
    script = Script()
    for k in range(7, -1, -1):
        script.clock(1, oe=0b0001, dq=0xAB >> k & 1)
    script.rest(WOKEN).send(0x0B, *ADDRESS, 0).clock(8)
    start = len(script.vectors) - 8
    found, seen = bench.play(script.rest(3), IMAGE, **AWAKE, continuous=1)
    assert found.broken == {"BUS"}
    bits = [x >> 1 & 1 for x in seen[start : start + 8]]
    assert bits == [IMAGE[0] >> 7 - k & 1 for k in range(8)]


@pytest.mark.parametrize(
    ("writes", "sent", "expected"),
    [(3, (0x31, 0x02), 2), (2, (0x31, 0x02), 0), (1, (0x01, 0, 0x02), 0), (2, (0x01, 0, 0x02), 2),
     (3, (0x01, 0), 0)],
)  # fmt: skip
def test_quad_enable_is_written_as_the_part_can(
    bench: FlashBench, writes: int, sent: tuple[int, ...], expected: int
):
    script = Script().send(0x50).rest(2).send(*sent).rest(2).send(0x35).clock(8)
    assert answer(bench, script, 8, quad_enable=0, writes=writes) == bytes([expected])


BROKEN = {
    "asleep": (Script().send(0x9F).clock(8), "WAKE", {"asleep": 1}),
    "woken too soon": (Script().send(0xAB).rest(WOKEN - 2).send(0x9F).clock(8), "WAKE",
                       {"asleep": 1}),
    "no rest": (Script().send(0x9F).clock(8).rest(1).send(0x9F).clock(8), "REST", {}),
    "too fast": (Script().send(0x0B, *ADDRESS, 0).clock(8), "CLOCK", {"least": 41_668}),
    "too fast for 03": (Script().send(0x03, *ADDRESS).clock(8), "CLOCK", {"least_03": 41_668}),
    "no quad enable": (quad(Script(), 0xA0, 2), "QUAD", {"quad_enable": 0}),
    "held": (Script().send(0x9F).clock(8, dq=0b0100), "HOLD", {"quad_enable": 0}),
    "no dummy clocks": (quad(Script(), 0xA0, 0).clock(1, oe=0b1111, dq=15), "BUS", {}),
    "nobody drives": (Script().send(0x9F, clocks=7).clock(1, oe=0b1100), "BUS", {}),
    "a command cut short": (Script().send(0x9F, clocks=7), "CUT", {}),
    "an address cut short": (Script().send(0x03, 1, 2), "CUT", {}),
    "mode bits cut short": (Script().send(0xEB).send_quad(*NIBBLES, 10), "CUT", {}),
    "no enable": (Script().send(0x31, 2), "ENABLE", {}),
    "an enable that is over": (
        Script().send(0x50).rest(2).send(0x05).clock(8).rest(2).send(0x31, 2), "ENABLE", {}),
    "an unknown command": (Script().send(0x77), "UNKNOWN", {}),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_is_seen(bench: FlashBench, name: str):
    script, rule, options = BROKEN[name]
    found, _ = bench.play(script.rest(3), IMAGE, **{**AWAKE, **options})
    assert found.broken == {rule}
    assert found.violations > 0


def test_every_rule_is_broken_by_one_of_these():
    assert {rule for _, rule, _ in BROKEN.values()} == set(FLASH_RULES)


def test_right_after_waking_up_a_command_is_answered(bench: FlashBench):
    script = Script().send(0xAB).rest(WOKEN).send(0x9F).clock(8)
    assert answer(bench, script, 8, asleep=1) == b"\xef"
