# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
"""Streams of words from the model of a flash, which knows each rule of the part.

HWGEN_FLASH_CYCLES says how many cycles a run has.
"""

import os

import numpy as np
import pytest

from hwgen.rtl import flash_access, flash_commands
from hwgen.rtl.flash_access import FlashAccess
from hwgen.rtl.flash_stream import FlashStream
from tests.flash_bench import DIGEST, FlashBench, image_of, make_stream, stream_verilog

CYCLES = int(os.environ.get("HWGEN_FLASH_CYCLES", "8000"))
NOISE = np.random.default_rng(7).integers(0, 1 << 16, 400).astype(np.uint16)
LOAD, PACKET = NOISE[:70], NOISE[70:370]
WORDS = {
    "quad": (LOAD, PACKET),
    "single": (LOAD, PACKET),
    # Whole blocks, and no boot words.
    "third": (LOAD[:0], PACKET[:128]),
}
IMAGE = image_of(LOAD, PACKET)
LOAD_AT, PACKET_AT = 64, len(IMAGE) - 2 * 300 - 4 * 5


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> FlashBench:
    streams = {
        "quad": make_stream(70, 300),
        "single": make_stream(70, 300, quad=False),
        "third": make_stream(0, 128, divisor=3),
    }
    texts = {name: stream_verilog(name, stream) for name, stream in streams.items()}
    with pytest.MonkeyPatch.context() as planted:
        planted.setattr(flash_access, "QUAD_DUMMY_CLOCKS", 3)
        # A bit that can always be written, and means something else.
        planted.setattr(flash_access, "QUAD_ENABLE", 0x40)
        planted.setattr(flash_commands, "QUAD_ENABLE", 0x40)
        texts["planted"] = stream_verilog("planted", make_stream(70, 300))
    return FlashBench(texts, tmp_path_factory.mktemp("flash"))


STATES = {
    "quad enable set": {},
    "not set": {"quad_enable": 0},
    "not set, and written by the command for both registers alone": {
        "quad_enable": 0, "writes": 2},
    "not set, and not to be written": {"quad_enable": 0, "writes": 0},
    "in the midst of a continuous read": {"continuous": 1, "asleep": 0},
}  # fmt: skip


@pytest.mark.parametrize("ready_mode", range(4))
@pytest.mark.parametrize("state", STATES)
def test_words_are_those_of_the_image_whatever_the_flash_is_like_and_no_rule_is_broken(
    bench: FlashBench, state: str, ready_mode: int
):
    options = {**STATES[state], "ready_mode": ready_mode, "seed": 5 + ready_mode}
    found = bench.run("quad", LOAD, PACKET, cycles=CYCLES, **options)
    assert (found.wrong, found.moved, found.violations, found.broken) == (0, 0, 0, frozenset())
    assert (found.done, found.error, found.foreign) == (True, False, False)
    assert found.quad == ("writes" not in options or options["writes"] == 2)
    assert found.words > (70 if found.quad else 0)


@pytest.mark.parametrize("name", ["single", "third"])
@pytest.mark.parametrize("restarts", [0, 1, 2])
def test_other_clocks_sizes_and_lines_give_the_same(bench: FlashBench, name: str, restarts: int):
    load, packet = WORDS[name]
    found = bench.run(name, load, packet, cycles=2 * CYCLES, restarts=restarts)
    assert (found.wrong, found.moved, found.violations, found.broken) == (0, 0, 0, frozenset())
    assert (found.done, found.error) == (True, False)
    assert found.words > len(load)


@pytest.mark.parametrize("restarts", [1, 2])
def test_a_packet_begins_anew_after_each_restart(bench: FlashBench, restarts: int):
    found = bench.run("quad", LOAD, PACKET, cycles=2 * CYCLES, restarts=restarts, ready_mode=0)
    assert (found.wrong, found.violations) == (0, 0)
    assert found.restarts > 3
    assert found.error is False


@pytest.mark.parametrize(
    ("name", "cycles", "gap"), [("quad", 4, 23), ("single", 16, 51), ("third", 12, 49)]
)
def test_words_and_packets_have_the_intervals_that_are_stated(
    bench: FlashBench, name: str, cycles: int, gap: int
):
    load, packet = WORDS[name]
    found = bench.run(name, load, packet, cycles=25000, ready_mode=0)
    blocks = -(-len(packet) // 64)
    starts = np.array(found.times)[len(load) :: len(packet)]
    period = cycles * (len(packet) + 2 * blocks) + gap
    assert len(starts) > 2
    assert np.diff(starts).tolist() == [period] * (len(starts) - 1)
    within = np.diff(found.times[len(load) :][: len(packet) - 1])
    # Ahead of the first word of a block is the CRC of the one before.
    assert sorted(set(within)) == [cycles, 3 * cycles]
    assert np.count_nonzero(within == 3 * cycles) == blocks - 1


def flipped(at: int, bit: int = 2) -> bytes:
    image = bytearray(IMAGE)
    image[at] ^= 1 << bit
    return bytes(image)


DAMAGED = {
    "header": flipped(13),
    "digest": flipped(40),
    "CRC of the header": flipped(61),
    "first boot word": flipped(LOAD_AT),
    "last bit of the boot words": flipped(PACKET_AT - 5, 0),
    "first bit of the packet": flipped(PACKET_AT, 7),
    "CRC of a block": flipped(PACKET_AT + 2 * 44 + 3),
    "last CRC": flipped(len(IMAGE) - 1, 0),
    "cut short": IMAGE[:-40],
    "nothing": b"",
    "zeros": bytes(len(IMAGE)),
}


@pytest.mark.parametrize("damage", DAMAGED)
@pytest.mark.parametrize("name", ["quad", "single"])
def test_a_damaged_image_is_an_error_and_no_word_leaves(bench: FlashBench, name: str, damage: str):
    found = bench.run(name, LOAD, PACKET, DAMAGED[damage], cycles=12000)
    assert (found.done, found.error, found.foreign, found.words) == (False, True, False, 0)
    assert found.violations == 0


@pytest.mark.parametrize(
    "image",
    [
        image_of(LOAD, PACKET, bytes([*DIGEST[:-1], 0])),
        image_of(LOAD[:-1], PACKET),
        image_of(LOAD, PACKET[:-1]),
    ],
    ids=["digest", "boot words", "packet"],
)
def test_an_image_of_another_build_is_told_apart(bench: FlashBench, image: bytes):
    found = bench.run("quad", LOAD, PACKET, image, cycles=3000)
    assert (found.done, found.error, found.foreign, found.words) == (False, True, True, 0)


@pytest.mark.parametrize("at", [PACKET_AT, PACKET_AT + 301, len(IMAGE) - 3])
def test_a_bit_that_falls_over_later_ends_the_words_before_the_packet_does(
    bench: FlashBench, at: int
):
    found = bench.run("quad", LOAD, PACKET, cycles=8000, poke=at)
    assert (found.done, found.error, found.packets) == (True, True, 0)
    assert found.words < len(LOAD) + len(PACKET)


def test_planted_faults_are_found(bench: FlashBench):
    # It takes another bit for quad enable, and leaves out a dummy clock.
    found = bench.run("planted", LOAD, PACKET, cycles=3000, quad_enable=0)
    assert (found.done, found.error) == (False, True)
    assert "QUAD" in found.broken
    found = bench.run("planted", LOAD, PACKET, cycles=3000, quad_enable=1)
    assert (found.done, found.error, found.violations) == (False, True, 0)


def access() -> FlashAccess:
    return FlashAccess(quad=True, wake_cycles=1, rest_cycles=1)


def test_bad_parameters_are_refused():
    good = {"offset": 0, "header_words": 30, "block_words": 64, "load_words": 0,
            "packet_words": 1, "identity": 0}  # fmt: skip
    cases = {
        "offset": (1 << 24, r"^offset must be such that all lies in 2\*\*24 bytes, not 16777216$"),
        "header_words": (65, r"^header_words must be from 1 to 64, not 65$"),
        "block_words": (48, r"^block_words must be a power of two, not 48$"),
        "load_words": (-1, r"^load_words must be zero or more, not -1$"),
        "packet_words": (0, r"^packet_words must be positive, not 0$"),
        "identity": (1 << 32, r"^identity must be from 0 and below 2\*\*32, not 4294967296$"),
    }
    for name, (value, message) in cases.items():
        with pytest.raises(ValueError, match=message):
            FlashStream(access=access(), **{**good, name: value})
